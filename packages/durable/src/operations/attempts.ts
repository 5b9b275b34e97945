import type { Claim } from "../claim.ts";
import { toError } from "../error-object.ts";
import { toMs, toOperationInfo } from "../operation-info.ts";
import { runInScope } from "../scope.ts";
import type { AttemptEndInfo, AttemptInfo } from "../types/plugin.ts";
import type { OperationUpdate } from "../types/wire.ts";
import { AwaitedOperation } from "./awaited.ts";

/** What steps and conditions have in common: a STEP operation whose body runs in attempts. */
export class Attempts extends AwaitedOperation {
  /** When the present attempt began; known only where plugins ask. */
  #startMs: number | undefined;

  /** The number of the attempt that runs now or next, from 1. */
  get number(): number {
    return (this.claim.stored?.StepDetails?.Attempt ?? 0) + 1;
  }

  /** Waits until the service lets the next attempt begin. */
  untilDue(): Promise<void> {
    return this.claim.context.execution.suspension.until(
      this,
      toMs(this.claim.stored?.StepDetails?.NextAttemptTimestamp),
    );
  }

  /** Runs the body of an attempt; the invocation does not end while it runs. */
  async run<T>(attempt: number, body: () => T | PromiseLike<T>): Promise<T> {
    const { context, asked } = this.claim;
    const { plugins, suspension } = context.execution;
    const scope = {
      context: undefined,
      operationId: this.id,
      operationName: asked.name,
      attempt,
      replaying: false,
    };
    suspension.begin(this);
    try {
      if (!plugins) return await runInScope(scope, body);
      this.#startMs = context.execution.nowMs();
      const info = this.#attemptInfo(attempt);
      await plugins.run("onOperationAttemptStart", info);
      return (await runInScope(scope, () => plugins.wrap("wrapOperationAttemptFn", info, body))) as T;
    } finally {
      suspension.end(this);
    }
  }

  /** Tells plugins that an attempt is started, or found started. */
  started(isFound: boolean): Promise<void> | undefined {
    const { plugins } = this.claim.context.execution;
    if (!plugins) return undefined;
    const { stored } = this.claim;
    // A start that is only queued is not yet what is stored.
    const state = stored?.Status === "STARTED" ? storedPart(this.claim) : { status: "STARTED" as const };
    const isReplay = isFound || (stored?.StepDetails?.Attempt ?? 0) >= 1;
    return plugins.run("onOperationStart", { ...this.claim.info(this.label), ...state, isReplay });
  }

  /** Stores what an attempt came to and tells plugins; `isLast` when the operation is over with it. */
  async conclude(update: OperationUpdate, isLast: boolean, thrown?: { error: unknown }): Promise<void> {
    const attempt = this.number;
    await this.claim.commit(update);
    const { plugins, nowMs } = this.claim.context.execution;
    if (!plugins) return;
    const info: AttemptEndInfo = {
      ...this.#attemptInfo(attempt),
      outcome: thrown ? "FAILED" : "SUCCEEDED",
      error: thrown && toError(thrown.error),
    };
    info.endTimestamp ??= new Date(nowMs());
    await plugins.run("onOperationAttemptEnd", info);
    if (isLast) await plugins.run("onOperationEnd", info);
  }

  #attemptInfo(attempt: number): AttemptInfo {
    const startTimestamp = new Date(this.#startMs ?? this.claim.context.execution.nowMs());
    return { ...this.claim.info(this.label), ...storedPart(this.claim), attempt, startTimestamp };
  }
}

/** What the stored operation adds to the claim's own info. */
function storedPart({ stored }: Claim): object {
  if (!stored) return {};
  const { status, startTimestamp, endTimestamp, result, error, attempt } = toOperationInfo(stored);
  return { status, startTimestamp, endTimestamp, result, error, attempt };
}
