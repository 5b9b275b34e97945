import type { Claim } from "../claim.ts";
import { isTerminal } from "../execution.ts";
import { toMs, toOperationInfo } from "../operation-info.ts";
import type { Operation, OperationUpdate } from "../types/wire.ts";
import { AwaitedOperation } from "./awaited.ts";

/** An operation that the service or somebody outside completes: a wait, a callback, a chained invoke. */
export class ExternalOperation extends AwaitedOperation {
  /** Resolves when it is started, and so known to the service. */
  readonly started: Promise<void>;
  /** It was over before this invocation came to it; plugins were told then. */
  #isFoundOver = false;

  /** Starts it, unless it is stored already. `start` makes the update, of what `input` gives where there is any. */
  constructor(
    claim: Claim,
    start: (payload?: string) => OperationUpdate,
    { label, input }: { label?: string | undefined; input?: () => Promise<string | undefined> } = {},
  ) {
    super(claim, label);
    this.started = this.#start(start, input);
    this.started.catch(() => {}); // It is reported to whoever awaits the operation, not as an unhandled rejection.
  }

  /** Waits until it is over and returns it. `failure` makes the error that plugins are told of. */
  async completion(failure?: (ended: Operation) => Error): Promise<Operation> {
    await this.started;
    const { claim } = this;
    if (!this.#isFoundOver) {
      if (!isTerminal(claim.stored?.Status)) {
        await claim.context.execution.suspension.until(
          this,
          toMs(claim.stored?.WaitDetails?.ScheduledEndTimestamp),
        );
      }
      claim.context.passedReplayedOutcome();
      const error = claim.stored?.Status === "SUCCEEDED" ? undefined : failure?.(claim.stored!);
      await this.#tell("onOperationEnd", false, error);
    }
    return claim.stored!;
  }

  async #start(
    start: (payload?: string) => OperationUpdate,
    input: (() => Promise<string | undefined>) | undefined,
  ): Promise<void> {
    const { claim } = this;
    const { execution } = claim.context;
    if (isTerminal(claim.stored?.Status)) {
      this.#isFoundOver = true;
      claim.context.passedReplayedOutcome();
      await this.#tell("onOperationEnd", !execution.changedOutside(claim.id));
      return;
    }
    const isFound = claim.stored !== undefined;
    // Without an await for those that have no input, updates keep the order of the calls.
    if (!isFound) await claim.commit(input ? start(await input()) : start());
    await this.#tell("onOperationStart", isFound);
  }

  #tell(
    hook: "onOperationStart" | "onOperationEnd",
    isReplay: boolean,
    error?: Error,
  ): Promise<void> | undefined {
    const { plugins } = this.claim.context.execution;
    const stored = this.claim.stored;
    return plugins?.run(hook, {
      ...(stored && toOperationInfo(stored)),
      ...this.claim.info(this.label),
      isReplay,
      ...(error && { error }),
    });
  }
}
