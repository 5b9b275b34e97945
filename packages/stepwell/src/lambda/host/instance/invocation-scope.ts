import { AsyncLocalStorage } from "node:async_hooks";
import { LARGEST_LOG_BYTES } from "../invocation-log.ts";

/** What code that runs on behalf of an invocation belongs to, however many run at once. */
export class InvocationScope {
  readonly id: number;
  readonly requestId: string;
  readonly tenantId: string | undefined;
  readonly executionArn: string | undefined;
  #loggedBytes = 0;
  droppedLogBytes = 0;

  constructor(id: number, requestId: string, tenantId?: string, executionArn?: string) {
    this.id = id;
    this.requestId = requestId;
    this.tenantId = tenantId;
    this.executionArn = executionArn;
  }

  /** Whether a text still fits into this invocation's log; if not it is counted as dropped. */
  admits(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (this.#loggedBytes + bytes > LARGEST_LOG_BYTES) {
      this.droppedLogBytes += bytes;
      return false;
    }
    this.#loggedBytes += bytes;
    return true;
  }
}

/** Code that runs while the handler is loaded, before any invocation. */
const loading = new InvocationScope(0, "");
const storage = new AsyncLocalStorage<InvocationScope>();
let latest = loading;

export function runInScope<T>(scope: InvocationScope, run: () => T): T {
  latest = scope;
  return storage.run(scope, run);
}

/** The scope of the code that asks; for code that lost its context, the invocation that began last. */
export function currentScope(): InvocationScope {
  return storage.getStore() ?? latest;
}
