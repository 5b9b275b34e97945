import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import { payloadOf } from "../client.ts";
import type { Activity } from "./activity.ts";

const CALLS = 6;

/** Synchronous invocations of a plain function: they end with an answer or an error, and nobody repeats them. */
export class Calls implements Activity {
  readonly #made: string[] = [];
  readonly #answered: string[] = [];

  async drive(client: LambdaClient): Promise<void> {
    while (this.#answered.length < CALLS) {
      const id = `call ${this.#made.length}`;
      this.#made.push(id);
      const command = new InvokeCommand({ FunctionName: "echo", Payload: payloadOf({ id }) });
      const { FunctionError, Payload } = await client.send(command);
      const answer = JSON.parse(Payload!.transformToString());
      // Its host was killed: the caller is told.
      if (FunctionError) expect(answer).toMatchObject({ errorType: "Runtime.ExitError" });
      else {
        expect(answer).toEqual({ echo: id });
        this.#answered.push(id);
      }
    }
  }

  check({ record }: Aftermath): void {
    for (const id of this.#made) expect(record.count("echo", id), id).toBeLessThanOrEqual(1);
    for (const id of this.#answered) expect(record.count("echoed", id), id).toBe(1);
  }
}
