import {
  BatchCompletionError,
  type ChildContextError,
  DurableOperationError,
  restoredError,
} from "./errors.ts";
import type { Serdes } from "./serdes.ts";
import type { BatchItem, BatchResult, CompletionReason } from "./types/batch.ts";
import type { ErrorObject } from "./types/wire.ts";

/** What became of a batch. As JSON it is `{ all, completionReason }`. */
export class BatchResultOf<T> implements BatchResult<T> {
  readonly all: BatchItem<T>[];
  readonly completionReason: CompletionReason;

  constructor(all: BatchItem<T>[], completionReason: CompletionReason) {
    this.all = all;
    this.completionReason = completionReason;
  }

  succeeded(): Array<BatchItem<T> & { result: T }> {
    return this.all.filter(
      (item): item is BatchItem<T> & { result: T } =>
        item.status === "SUCCEEDED" && item.result !== undefined,
    );
  }

  failed(): Array<BatchItem<T> & { error: ChildContextError }> {
    return this.all.filter(
      (item): item is BatchItem<T> & { error: ChildContextError } =>
        item.status === "FAILED" && item.error !== undefined,
    );
  }

  started(): Array<BatchItem<T> & { status: "STARTED" }> {
    return this.all.filter((item): item is BatchItem<T> & { status: "STARTED" } => item.status === "STARTED");
  }

  get status(): "SUCCEEDED" | "FAILED" {
    if (this.completionReason === "CUSTOM_COMPLETION_FAILED") return "FAILED";
    if (this.completionReason === "CUSTOM_COMPLETION_SUCCEEDED") return "SUCCEEDED";
    return this.hasFailure ? "FAILED" : "SUCCEEDED";
  }

  get hasFailure(): boolean {
    return this.failureCount > 0;
  }

  throwIfError(): void {
    const failed = this.failed()[0];
    if (failed) throw failed.error;
    if (this.status === "FAILED") throw new BatchCompletionError(this.completionReason);
  }

  getResults(): T[] {
    return this.succeeded().map((item) => item.result);
  }

  getErrors(): ChildContextError[] {
    return this.failed().map((item) => item.error);
  }

  get successCount(): number {
    return this.#count("SUCCEEDED");
  }

  get failureCount(): number {
    return this.#count("FAILED");
  }

  get startedCount(): number {
    return this.#count("STARTED");
  }

  get totalCount(): number {
    return this.all.length;
  }

  #count(status: BatchItem<T>["status"]): number {
    return this.all.reduce((count, item) => (item.status === status ? count + 1 : count), 0);
  }
}

/** A stored error with the chain of its causes. */
interface StoredError extends ErrorObject {
  Cause?: StoredError;
}

/** How a batch's result is stored when the user gives no serdes: JSON, with errors spelled out. */
export const batchResultSerdes: Serdes<BatchResult<unknown>> = {
  serialize: async (result) =>
    result &&
    JSON.stringify({
      all: result.all.map((item) => ({ ...item, error: item.error && storeError(item.error) })),
      completionReason: result.completionReason,
    }),
  deserialize: async (data) => (data ? restoreBatch(JSON.parse(data)) : undefined),
};

/** A result as a custom serdes, or JSON, gave it back; other values are returned as they are. */
export function restoreBatch<T>(value: BatchResult<T>): BatchResult<T> {
  if (value instanceof BatchResultOf || !Array.isArray(value?.all)) return value;
  const all = value.all.map((item) => ({ ...item, ...(item.error && { error: restoreError(item.error) }) }));
  return new BatchResultOf(all as BatchItem<T>[], value.completionReason);
}

function storeError(error: Error): StoredError {
  const { cause } = error;
  const stored: StoredError =
    error instanceof DurableOperationError
      ? error.toErrorObject()
      : { ErrorType: error.name, ErrorMessage: error.message };
  return cause instanceof Error ? { ...stored, Cause: storeError(cause) } : stored;
}

function restoreError(stored: StoredError | Error): Error {
  if (stored instanceof Error) return stored;
  const error = restoredError(stored);
  if (stored.Cause) error.cause = restoreError(stored.Cause);
  return error;
}
