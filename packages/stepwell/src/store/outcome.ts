import { Conflict, OutcomeUnknown, StoreError, type StoreErrorCode } from "./errors.ts";
import type { Change, CommitResult } from "./store.ts";

/** The changes of one commit. */
export type Changes = readonly Change[];

/** Why a commit was rejected, as data: it may have to cross from a thread. */
export type Failure =
  | {
      readonly kind: "conflict";
      readonly changeIndex: number;
      readonly statement: string;
      readonly reason: string;
    }
  | { readonly kind: "error"; readonly code: StoreErrorCode; readonly message: string }
  | {
      readonly kind: "unknown";
      readonly message: string;
      /** As in OutcomeUnknown. */
      readonly settled?: Promise<void>;
    };

/** What became of one commit of a flush. */
export type Outcome = CommitResult | Failure;

export function isFailure(outcome: Outcome): outcome is Failure {
  return !Array.isArray(outcome);
}

/** The error that a rejected commit's caller gets. */
export function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case "conflict":
      return new Conflict(failure.changeIndex, failure.statement, failure.reason);
    case "error":
      return new StoreError(failure.code, failure.message);
    case "unknown":
      return new OutcomeUnknown(failure.message, failure.settled);
  }
}

/** A change touched another number of rows than it stated. */
export function wrongRowCount(changeIndex: number, change: Change, touched: number): Failure {
  return {
    kind: "conflict",
    changeIndex,
    statement: change.statement.name,
    reason: `touched ${touched} rows and must touch ${change.rows}`,
  };
}

/** A failure on its way up from the change that caused it, within a flush. */
export class ChangeFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.kind, options);
    this.failure = failure;
  }
}
