import type { WorkHandler } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import type { Operation } from "../kernel/operations.ts";
import type { DurableInvoker } from "../lambda/function.ts";
import { carryOutChainedInvoke } from "./chained-invoker.ts";
import { CHAINED_WORK } from "./chained-work.ts";
import { describeExecution } from "./due.ts";
import { EXECUTION_WORK, Executions, type ExecutionsOptions } from "./executions.ts";
import { listExecutionInvocations } from "./invocations.ts";
import { durableOperations } from "./operations.ts";
import { RETENTION_WORK, removeExpired } from "./retention.ts";
import { startExecution } from "./start.ts";

export interface DurableService {
  /** Lambda's operations on durable executions, by name. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** For the operation table, under `stepwell`. */
  readonly ownOperations: Readonly<Record<string, Operation>>;
  /** Tells what executions wait for. */
  readonly describeDue: DescribeByKind;
  /** How Lambda's Invoke starts executions. */
  readonly invoker: DurableInvoker;
  /** From now on nothing is begun: call it before the host closes. */
  drain(): void;
  /** Resolves when everything that ran is recorded: call it after the host has closed. */
  close(): Promise<void>;
}

/** Durable executions on one node. */
export function createDurableService(options: ExecutionsOptions): DurableService {
  const executions = new Executions(options);
  const { dispatcher, functions, host } = options;
  const calling = new Set<string>();
  const carryOut: WorkHandler = (item) => {
    // Called functions may run for long; the dispatcher goes on once an instance has the call.
    return new Promise<void>((handled) => {
      const run = carryOutChainedInvoke({ executions, functions, host }, item, handled).catch((error) =>
        dispatcher.failed(item, error),
      );
      calling.add(item.key);
      executions.track(
        run.finally(() => {
          calling.delete(item.key);
          handled();
        }),
      );
    });
  };
  dispatcher.handle(CHAINED_WORK, carryOut, (key) => calling.has(key));
  dispatcher.handle(RETENTION_WORK, (item) => removeExpired(executions, item));
  return {
    operations: durableOperations(executions, functions),
    ownOperations: {
      ListExecutionInvocations: (_context, input) => listExecutionInvocations(options.store, input),
    },
    describeDue: { [EXECUTION_WORK]: describeExecution(options.store) },
    invoker: { start: (context, request) => startExecution(executions, context, request) },
    drain() {
      executions.closing = true;
    },
    close: () => executions.close(),
  };
}
