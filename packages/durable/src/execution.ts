import { CheckpointQueue } from "./checkpoint-queue.ts";
import { endingOf } from "./client-error.ts";
import type { DurableTransport } from "./clients.ts";
import type { Ending } from "./ending.ts";
import { toOperationInfos } from "./operation-info.ts";
import type { Plugins } from "./plugins.ts";
import { Suspension } from "./suspension.ts";
import { nowMs } from "./timers.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type {
  CheckpointUpdatedExecutionState,
  DurableExecutionInvocationInput,
  Operation,
  OperationStatus,
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
    this.nowMs = () => transport.nowMs?.() ?? nowMs();
    this.#updatedIds = new Set(event.UpdatedOperationIds);
    this.isReplay = operations.length > 1;
    for (const operation of operations) if (operation.Id) this.operations.set(operation.Id, operation);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.queue = new CheckpointQueue(
      {
        send: (CheckpointToken, Updates) =>
          transport.checkpoint({ DurableExecutionArn: this.arn, CheckpointToken, Updates }),
        apply: (state) => this.#apply(state),
        onIdle: () => this.suspension.active(),
        onError: (error) => this.end(endingOf(error)),
      },
      event.CheckpointToken,
    );
    const { queue } = this;
    this.suspension = new Suspension({
      operations: this.operations,
      get queueIdle() {
        return queue.idle;
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

  #apply(state: CheckpointUpdatedExecutionState | undefined): Promise<void> | undefined {
    const changed: Operation[] = [];
    for (const operation of state?.Operations ?? []) {
      if (!operation.Id) continue;
      const before = this.operations.get(operation.Id)?.Status;
      this.operations.set(operation.Id, operation);
      this.suspension.changed(operation);
      if (this.plugins && before !== operation.Status) changed.push(operation);
    }
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
