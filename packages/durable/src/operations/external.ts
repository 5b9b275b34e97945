import type { Claim } from "../claim.ts";
import { isTerminal } from "../execution.ts";
import { toMs, toOperationInfo } from "../operation-info.ts";
import type { Operation, OperationUpdate } from "../types/wire.ts";
import { AwaitedOperation } from "./awaited.ts";

interface ExternalOptions {
  /** What plugins call it when it has no name on the wire. */
  readonly label?: string | undefined;
  /** Whether the service's answer to its start has something that the handler needs. */
  readonly needsReply?: boolean;
  /** When it is expected to be over, in epoch milliseconds. */
  readonly endMs?: number;
}

/** An operation that the service or somebody outside completes: a wait, a callback, a chained invoke. */
export class ExternalOperation extends AwaitedOperation {
  /** Resolves when it is started, and so known to the service, unless that can wait until the invocation ends. */
  readonly started: Promise<void>;
  readonly #options: ExternalOptions;
  /** It was over before this invocation came to it; plugins were told then. */
  #isFoundOver = false;

  /** Starts it, unless it is stored already. `start` makes the update, of what `input` gives where there is any. */
  constructor(
    claim: Claim,
    start: (payload?: string) => OperationUpdate,
    { input, ...options }: ExternalOptions & { readonly input?: () => Promise<string | undefined> } = {},
  ) {
    super(claim, options.label);
    this.#options = options;
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
          toMs(claim.stored?.WaitDetails?.ScheduledEndTimestamp) ?? this.#options.endMs,
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
    if (!isFound) {
      // Without an await for those that have no input, updates keep the order of the calls.
      const update = input ? start(await input()) : start();
      if (execution.leavesLast && !this.#options.needsReply) claim.enqueue(update);
      else await claim.commit(update);
    }
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
