import type { Operation } from "../kernel/operations.ts";
import type { DurableInvoker } from "../lambda/function.ts";
import { Executions, type ExecutionsOptions } from "./executions.ts";
import { durableOperations, type FunctionNameResolver } from "./operations.ts";
import { startExecution } from "./start.ts";

export interface DurableService {
  /** Lambda's operations on durable executions, by name. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** How Lambda's Invoke starts executions. */
  readonly invoker: DurableInvoker;
  /** From now on nothing is begun: call it before the host closes. */
  drain(): void;
  /** Resolves when everything that ran is recorded: call it after the host has closed. */
  close(): Promise<void>;
}

/** Durable executions on one node. */
export function createDurableService(
  options: ExecutionsOptions & { readonly resolveFunction: FunctionNameResolver },
): DurableService {
  const executions = new Executions(options);
  return {
    operations: durableOperations(executions, options.resolveFunction),
    invoker: { start: (context, request) => startExecution(executions, context, request) },
    drain() {
      executions.closing = true;
    },
    close: () => executions.close(),
  };
}
