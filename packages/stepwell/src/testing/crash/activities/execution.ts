import { setTimeout as sleep } from "node:timers/promises";
import type { Event, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath, ShownExecution } from "../aftermath.ts";
import { hasEnded, historyOf, startNamed } from "../client.ts";
import { type Activity, LOOK_MS } from "./activity.ts";

/** An execution that is started by its name, again as often as the answer is lost, and followed to its end. */
export class ExecutionActivity implements Activity {
  readonly name: string;
  #arn: string | undefined;

  /** `name` is also that of its workflow. */
  constructor(name: string) {
    this.name = name;
  }

  async drive(client: LambdaClient): Promise<void> {
    const arn = await startNamed(client, this.name, { id: this.name, workflow: this.name });
    expect(this.#arn ?? arn, "the execution that was acknowledged").toBe(arn);
    this.#arn = arn;
    for (;;) {
      const events = await historyOf(client, arn);
      if (hasEnded(events)) return;
      await this.tend(client, events);
      await sleep(LOOK_MS);
    }
  }

  check(aftermath: Aftermath): void {
    const found = aftermath.executions.filter(({ name }) => name === this.name);
    expect(found, `executions named ${this.name}`).toHaveLength(1);
    expect(found[0]!.arn).toBe(this.#arn);
    expect(found[0], this.name).toMatchObject({ status: "SUCCEEDED" });
    this.checkResult(JSON.parse(found[0]!.result!), found[0]!, aftermath);
  }

  /** Does from outside what the execution waits for. */
  protected async tend(_client: LambdaClient, _events: readonly Event[]): Promise<void> {}

  protected checkResult(_result: unknown, _execution: ShownExecution, _aftermath: Aftermath): void {}
}
