/** A guard of a commit failed: nothing of that commit happened. */
export class Conflict extends Error {
  override readonly name = "Conflict";
  /** The change that failed, by its place in the commit. */
  readonly changeIndex: number;
  /** The name of the statement that failed. */
  readonly statement: string;
  constructor(changeIndex: number, statement: string, reason: string) {
    super(`Change ${changeIndex} (${statement}) ${reason}. Nothing of this commit was stored.`);
    this.changeIndex = changeIndex;
    this.statement = statement;
  }
}

/** The database went away before it answered, and it could not be asked whether it had committed. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
  /**
   * Resolves when reading tells what became of the commit: until then one that seems not to have happened may still
   * become visible.
   */
  readonly settled: Promise<void>;
  constructor(message: string, settled = Promise.resolve()) {
    super(message);
    this.settled = settled;
  }
}

export type StoreErrorCode =
  | "StoreClosed"
  | "StoreInUse"
  | "StoreNewerSchema"
  | "StoreNotEmpty"
  | "StoreUnfinished"
  | "StoreFull"
  | "StoreCorrupt"
  | "StoreUnreachable"
  | "StoreUnsupported"
  | "StoreBusy"
  | "BlobNotFound"
  | "BadParameter"
  | "BadStatement";

/** What went wrong with the store itself, with what to do about it in the message. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
