import { setTimeout as sleep } from "node:timers/promises";
import { type LambdaClient, StopDurableExecutionCommand } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath } from "../aftermath.ts";
import { startNamed } from "../client.ts";
import type { Activity, ActivityOptions } from "./activity.ts";

/** Stops an execution about when it ends by itself. */
export class Stop implements Activity {
  readonly #afterMs: number;
  #arn = "";
  #stoppedAt: Date | undefined;

  constructor({ random }: ActivityOptions) {
    this.#afterMs = random() * 800;
  }

  async drive(client: LambdaClient): Promise<void> {
    if (!this.#arn) {
      this.#arn = await startNamed(client, "stopped", { id: "stopped", workflow: "child" });
      await sleep(this.#afterMs);
    }
    const command = new StopDurableExecutionCommand({ DurableExecutionArn: this.#arn });
    const { StopTimestamp } = await client.send(command);
    this.#stoppedAt ??= StopTimestamp;
    expect(StopTimestamp, "when it was stopped first").toEqual(this.#stoppedAt);
  }

  check({ executions }: Aftermath): void {
    const found = executions.filter(({ name }) => name === "stopped");
    expect(found).toHaveLength(1);
    const last = found[0]!.events.at(-1)!;
    expect(last.EventType).toMatch(/^Execution(Stopped|Succeeded)$/);
    expect(last.EventTimestamp).toEqual(this.#stoppedAt);
  }
}
