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

  /** The body of an attempt is about to run: until `end` the invocation does not end. Plugins are told. */
  begin(attempt: number): Promise<void> | undefined {
    const { plugins, suspension, nowMs } = this.claim.context.execution;
    suspension.begin(this);
    if (!plugins) return undefined;
    this.#startMs = nowMs();
    return plugins.run("onOperationAttemptStart", this.#attemptInfo(attempt));
  }

  run<T>(attempt: number, body: () => T | PromiseLike<T>): T | PromiseLike<T> {
    const { context, asked } = this.claim;
    const { plugins } = context.execution;
    const scope = {
      context: undefined,
      operationId: this.id,
      operationName: asked.name,
      attempt,
      replaying: false,
    };
    if (!plugins) return runInScope(scope, body);
    const info = this.#attemptInfo(attempt);
    return runInScope(scope, () => plugins.wrap("wrapOperationAttemptFn", info, body)) as PromiseLike<T>;
  }

  /** The body has ended. */
  end(): void {
    this.claim.context.execution.suspension.end(this);
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
    const info: AttemptEndInfo | undefined = plugins && {
      ...this.#attemptInfo(attempt),
      outcome: thrown ? "FAILED" : "SUCCEEDED",
      error: thrown && toError(thrown.error),
    };
    if (info) info.endTimestamp ??= new Date(nowMs());
    await plugins?.run("onOperationAttemptEnd", info!);
    return isLast ? plugins?.run("onOperationEnd", info!) : undefined;
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
