import {
  CallbackTimeoutException,
  type Event,
  InvalidParameterValueException,
  type LambdaClient,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath, ShownExecution } from "../aftermath.ts";
import { ExecutionActivity } from "./execution.ts";

const HEARTBEATS_OF_SILENT = 2;
const HEARTBEATS_OF_KEPT = 8;

/** Callbacks that are completed, kept alive by heartbeats, and left alone after some. */
export class Callbacks extends ExecutionActivity {
  /** What was sent first among what was acknowledged, by the callback's name. */
  readonly #acknowledged = new Map<string, string>();
  /** By the callback's name; the journal must have those that were acknowledged. */
  readonly #heartbeats = new Map<string, { sent: number; acknowledged: number }>();
  #tries = 0;

  constructor() {
    super("callbacks");
  }

  protected override async tend(client: LambdaClient, events: readonly Event[]): Promise<void> {
    const open = events.filter(
      ({ Id, EventType }) =>
        EventType === "CallbackStarted" &&
        !events.some((other) => other.Id === Id && other.EventType !== "CallbackStarted"),
    );
    await Promise.all(
      open.map(({ Name, CallbackStartedDetails }) =>
        this.#tend(client, Name ?? "approval", CallbackStartedDetails!.CallbackId!).catch(
          (error: unknown) => {
            // An earlier try was stored after all, or time was faster.
            const late =
              error instanceof CallbackTimeoutException || error instanceof InvalidParameterValueException;
            if (!late) throw error;
          },
        ),
      ),
    );
  }

  async #tend(client: LambdaClient, name: string, CallbackId: string): Promise<void> {
    const beats = this.#heartbeats.get(name) ?? { sent: 0, acknowledged: 0 };
    this.#heartbeats.set(name, beats);
    const wanted = name === "silent" ? HEARTBEATS_OF_SILENT : name === "kept" ? HEARTBEATS_OF_KEPT : 0;
    if (beats.acknowledged < wanted) {
      beats.sent++;
      await client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
      beats.acknowledged++;
    } else if (name !== "silent") {
      const result = `${name}, try ${++this.#tries}`;
      const command = new SendDurableExecutionCallbackSuccessCommand({
        CallbackId,
        Result: Buffer.from(result),
      });
      await client.send(command);
      expect(this.#acknowledged.get(name), `a second success of ${name}`).toBe(undefined);
      this.#acknowledged.set(name, result);
    }
  }

  protected override checkResult(
    result: unknown,
    { arn, events }: ShownExecution,
    { stored }: Aftermath,
  ): void {
    const { approval, kept, silent } = result as Record<string, string>;
    expect(approval).toBe(this.#acknowledged.get("approval") ?? expect.stringMatching(/^approval, try/));
    expect(silent).toContain("CallbackTimeoutError");
    // While the server was away too long, nobody could keep it alive.
    const expected = this.#acknowledged.get("kept");
    if (expected) expect(kept).toBe(expected);
    else expect(kept).toMatch(/^kept, try|CallbackTimeoutError/);
    const ends = events.filter(({ EventType }) => /^Callback(Succeeded|TimedOut)$/.test(EventType!));
    expect(ends, "ends of callbacks").toHaveLength(3);
    const { rows } = stored.find((execution) => execution.arn === arn)!;
    for (const [name, { sent, acknowledged }] of this.#heartbeats) {
      const beats = rows.filter(({ kind, data }) => kind === "CallbackHeartbeat" && data.Name === name);
      expect(beats.length, `heartbeats of ${name}`).toBeGreaterThanOrEqual(acknowledged);
      expect(beats.length, `heartbeats of ${name}`).toBeLessThanOrEqual(sent);
    }
  }
}
