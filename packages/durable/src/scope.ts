import { AsyncLocalStorage } from "node:async_hooks";

/** The part of the handler that code runs in: the body of a context, or of a step. */
export interface Scope {
  /** The context whose operations may be called here; undefined inside a step, where none may. */
  readonly context: object | undefined;
  readonly operationId?: string | undefined;
  readonly operationName?: string | undefined;
  readonly attempt?: number | undefined;
  /** Whether log lines written here repeat what an earlier invocation wrote. */
  readonly replaying: boolean;
}

const storage = new AsyncLocalStorage<Scope>();

/** Runs code, and whatever it starts, in a scope. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return storage.run(scope, fn);
}

/** The innermost scope of the running code; undefined for code that no handler started. */
export function currentScope(): Scope | undefined {
  return storage.getStore();
}
