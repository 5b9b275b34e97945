import { setTimeout as sleep } from "node:timers/promises";
import { GetFunctionConfigurationCommand, InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import { payloadOf } from "../client.ts";
import type { EffectRecord } from "../record.ts";
import { type Activity, type ActivityOptions, LOOK_MS } from "./activity.ts";

/** AWS's three attempts. */
const ATTEMPTS = 3;

/** Asynchronous invocations of a plain function, two of which always fail. */
export class Events implements Activity {
  readonly #record: EffectRecord;
  readonly #wanted = ["good 1", "good 2", "good 3", "large", "fails 1", "fails 2"];
  readonly #sent: string[] = [];
  readonly #acknowledged: string[] = [];

  constructor({ record }: ActivityOptions) {
    this.#record = record;
  }

  async drive(client: LambdaClient): Promise<void> {
    for (const wanted of this.#wanted) {
      if (this.#acknowledged.some((id) => id.startsWith(wanted))) continue;
      // One whose answer was lost may or may not run, so the next try is another event.
      const id = `${wanted}, try ${this.#sent.length}`;
      this.#sent.push(id);
      const event = {
        ...{ id, fails: id.startsWith("fails") },
        ...(id.startsWith("large") ? { more: "x".repeat(300_000) } : {}),
      };
      await client.send(
        new InvokeCommand({ FunctionName: "event", InvocationType: "Event", Payload: payloadOf(event) }),
      );
      this.#acknowledged.push(id);
    }
    while (!this.#acknowledged.every((id) => this.#isDone(id))) {
      await sleep(LOOK_MS);
      // Rejects when the server has gone.
      await client.send(new GetFunctionConfigurationCommand({ FunctionName: "event" }));
    }
  }

  check({ record, interruptions }: Aftermath): void {
    for (const id of this.#sent) {
      const fails = id.startsWith("fails");
      const attempts = fails ? ATTEMPTS : 1;
      expect(record.count("event", id), id).toBeLessThanOrEqual(attempts + interruptions);
      const records = record.read().filter(({ what, which }) => what === "sink" && which[0] === id);
      // A lost host or server is not a failure: each of the three was the function's own.
      for (const { which } of records) expect(which).toEqual([id, "RetriesExhausted", ATTEMPTS]);
      expect(records.length, `records of ${id}`).toBeLessThanOrEqual(fails ? 1 + interruptions : 0);
      if (this.#acknowledged.includes(id) || records.length > 0) {
        expect(record.count("handled", id), id).toBeGreaterThanOrEqual(attempts);
      }
    }
  }

  #isDone(id: string): boolean {
    return id.startsWith("fails")
      ? this.#record.count("sink", id, "RetriesExhausted", ATTEMPTS) > 0
      : this.#record.count("handled", id) > 0;
  }
}
