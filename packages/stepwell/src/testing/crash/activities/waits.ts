import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import { payloadOf } from "../client.ts";
import type { Activity } from "./activity.ts";

/** How long an execution may take that somebody waits for. */
export const LONGEST_SECONDS = 900;

/** A durable function that is waited for, by its execution's name: who asks again gets the same execution's result. */
export class Waits implements Activity {
  #answer: unknown;

  async drive(client: LambdaClient): Promise<void> {
    const command = new InvokeCommand({
      ...{ FunctionName: "quick", DurableExecutionName: "waited-for" },
      Payload: payloadOf({ id: "waited-for", workflow: "child" }),
    });
    this.#answer = JSON.parse((await client.send(command)).Payload!.transformToString());
  }

  check({ executions }: Aftermath): void {
    const found = executions.filter(({ name }) => name === "waited-for");
    expect(found).toHaveLength(1);
    const { status, events } = found[0]!;
    const seconds = (Number(events.at(-1)!.EventTimestamp) - Number(events[0]!.EventTimestamp)) / 1000;
    // AWS lets nobody wait for longer, and the clock is fast.
    if (status === "TIMED_OUT") expect(seconds).toBeGreaterThanOrEqual(LONGEST_SECONDS);
    else expect(this.#answer).toEqual({ first: 1, second: 1 });
  }
}
