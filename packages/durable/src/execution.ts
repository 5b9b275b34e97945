import { CheckpointQueue } from "./checkpoint-queue.ts";
import { endingOf } from "./client-error.ts";
import type { DurableTransport, TransportRequest, TransportResponse } from "./clients.ts";
import type { Ending } from "./ending.ts";
import { toOperationInfos } from "./operation-info.ts";
import { afterUpdate, isSelfEvident } from "./own-updates.ts";
import type { Plugins } from "./plugins.ts";
import { Suspension } from "./suspension.ts";
import { nowMs } from "./timers.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type {
  DurableExecutionInvocationInput,
  Operation,
  OperationStatus,
  OperationUpdate,
} from "./types/wire.ts";
import { verbose } from "./verbose.ts";

/** One invocation's view of its execution: the known operations, the way to the service, and how it ends. */
export class Execution {
  readonly arn: string;
  readonly lambdaContext: LambdaContext;
  readonly plugins: Plugins | undefined;
  /** By id; the first one is the execution itself. */
  readonly operations = new Map<string, Operation>();
  readonly queue: CheckpointQueue;
  readonly suspension: Suspension;
  /** Whether an earlier invocation has stored operations. */
  readonly isReplay: boolean;
  /** Resolves when the invocation has to end before its handler does. */
  readonly ended: Promise<Ending>;
  /** What `ended` resolved with, if it has. */
  ending: Ending | undefined;
  /** Epoch milliseconds, by the service's clock where the transport tells it. */
  readonly nowMs: () => number;
  /** Whether the last checkpoint travels with the invocation's answer. Plugins are told of an end that is stored. */
  readonly leavesLast: boolean;
  readonly #transport: DurableTransport;
  readonly #updatedIds: ReadonlySet<string>;
  #end!: (ending: Ending) => void;

  constructor(
    event: DurableExecutionInvocationInput,
    lambdaContext: LambdaContext,
    operations: readonly Operation[],
    transport: DurableTransport,
    plugins: Plugins | undefined,
  ) {
    this.arn = event.DurableExecutionArn;
    this.lambdaContext = lambdaContext;
    this.plugins = plugins;
    this.leavesLast = transport.leave !== undefined && plugins === undefined;
    this.#transport = transport;
    this.nowMs = () => transport.nowMs?.() ?? nowMs();
    this.#updatedIds = new Set(event.UpdatedOperationIds);
    this.isReplay = operations.length > 1;
    for (const operation of operations) if (operation.Id) this.operations.set(operation.Id, operation);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.queue = new CheckpointQueue(
      {
        send: (token, updates) => transport.checkpoint(this.#request(token, updates)),
        apply: (answer, updates) => this.#apply(answer, updates),
        mayWait: () => this.leavesLast && this.suspension.isLooking,
        onIdle: () => this.suspension.active(),
        onError: (error) => this.end(endingOf(error)),
      },
      event.CheckpointToken,
      transport.mostUpdates,
    );
    const { queue, leavesLast } = this;
    this.suspension = new Suspension({
      operations: this.operations,
      get queueIdle() {
        return queue.idle || (leavesLast && queue.mayBeLeft);
      },
      nowMs: this.nowMs,
      poll: () => queue.poll(),
      suspend: () => this.end({ kind: "suspended" }),
      remainingMs: () => lambdaContext?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY,
    });
    transport.onNews?.(() => this.suspension.news());
  }

  /** Ends the invocation. Operations that are not complete never settle. */
  end(ending: Ending): void {
    verbose("the invocation ends", () => ending);
    this.close();
    this.ending ??= ending;
    this.#end(ending);
  }

  /** Takes no further updates and stops all timers. */
  close(): void {
    this.queue.close();
    this.suspension.stop();
  }

  /** Whether the operation changed outside since the last invocation, so that this one is the first to see it. */
  changedOutside(id: string): boolean {
    return this.#updatedIds.has(id);
  }

  /** Resolves when nothing is under way, and nothing is queued but what can be left to travel with the answer. */
  settled(): Promise<void> {
    return this.leavesLast ? this.queue.settled() : this.queue.drained();
  }

  /** The invocation is about to answer: what is still queued travels with that. */
  leaveLast(): void {
    const last = this.leavesLast ? this.queue.takeLast() : undefined;
    if (last) this.#transport.leave?.(this.#request(last.token, last.updates));
  }

  #request(CheckpointToken: string, Updates: OperationUpdate[]): TransportRequest {
    const DurableExecutionArn = this.arn;
    if (!this.#transport.answersBriefly) return { DurableExecutionArn, CheckpointToken, Updates };
    return { DurableExecutionArn, CheckpointToken, Updates, Briefly: true };
  }

  #apply(
    { At, NewExecutionState }: TransportResponse,
    updates: readonly OperationUpdate[],
  ): Promise<void> | undefined {
    const changed: Operation[] = [];
    const take = (operation: Operation): void => {
      const id = operation.Id!;
      if (this.plugins && this.operations.get(id)?.Status !== operation.Status) changed.push(operation);
      this.operations.set(id, operation);
      this.suspension.changed(operation);
    };
    if (At !== undefined) {
      for (const update of updates)
        if (isSelfEvident(update)) take(afterUpdate(this.operations.get(update.Id!), update, At));
    }
    for (const operation of NewExecutionState?.Operations ?? []) if (operation.Id) take(operation);
    if (changed.length === 0) return undefined;
    return this.plugins?.run("onOperationChange", {
      executionArn: this.arn,
      updatedOperations: toOperationInfos(changed),
      operations: toOperationInfos(this.operations.values()),
    });
  }
}

/** Whether an operation is over. */
export function isTerminal(status: OperationStatus | undefined): boolean {
  return (
    status === "SUCCEEDED" ||
    status === "FAILED" ||
    status === "TIMED_OUT" ||
    status === "STOPPED" ||
    status === "CANCELLED"
  );
}
