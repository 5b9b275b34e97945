import { StoreError, type StoreErrorCode } from "../errors.ts";
import type { Failure } from "../outcome.ts";
import type { Change } from "../store.ts";

/** SQLite's result codes (https://sqlite.org/rescode.html); the low byte of an extended code is its primary code. */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const CONSTRAINT_FOREIGNKEY = 787;
const CONSTRAINT_PRIMARYKEY = 1555;
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_ROWID = 2579;

/** The extended result code of an error from node:sqlite, or 0 for any other error. */
function codeOf(error: unknown): number {
  return (error as { errcode?: number } | undefined)?.errcode ?? 0;
}

/** SQLite refused because another connection holds a lock. */
export function isBusy(error: unknown): boolean {
  return (codeOf(error) & 0xff) === BUSY;
}

/** Whether the error is about the database as a whole, not about the statement that met it. */
export function isDatabaseFailure(error: unknown): boolean {
  return [BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB].includes(codeOf(error) & 0xff);
}

/** Why one change failed: a guard (a key that must be unique, a row that must be there), or the statement itself. */
export function changeFailure(changeIndex: number, change: Change, error: unknown): Failure {
  const statement = change.statement.name;
  switch (codeOf(error)) {
    case CONSTRAINT_PRIMARYKEY:
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_ROWID:
    case CONSTRAINT_FOREIGNKEY:
      return { kind: "conflict", changeIndex, statement, reason: `failed: ${messageOf(error)}` };
    default:
      return {
        kind: "error",
        code: "BadStatement",
        message: `Change ${changeIndex} (${statement}) failed: ${messageOf(error)}. Nothing of this commit was stored.`,
      };
  }
}

/** Why the whole flush failed. */
export function flushFailure(error: unknown, file: string, committing: boolean): Failure {
  if (committing && (codeOf(error) & 0xff) === IOERR) {
    return {
      kind: "unknown",
      message:
        `The disk failed while a commit was written to ${file} (${messageOf(error)}): it may or may not be there ` +
        "after a restart. Check the disk, then restart.",
    };
  }
  const { code, message } = databaseError(error, file);
  return { kind: "error", code, message };
}

/** The error for a database that cannot be opened, read or written, saying what to do about it. */
export function databaseError(error: unknown, file: string): StoreError {
  const make = (code: StoreErrorCode, message: string): StoreError =>
    new StoreError(code, message, { cause: error });
  switch (codeOf(error) & 0xff) {
    case FULL:
      return make(
        "StoreFull",
        `The disk that holds ${file} is full. Nothing was stored. Free some space: commits succeed again as soon as there is room.`,
      );
    case CORRUPT:
    case NOTADB:
      return make(
        "StoreCorrupt",
        `${file} is damaged or is not a Stepwell database (${messageOf(error)}). Restore it from a backup, or move it ` +
          "away together with its -wal file to start empty.",
      );
    case BUSY:
      return make(
        "StoreBusy",
        `Another program keeps ${file} locked, such as a database browser. Close it and try again. Nothing was stored.`,
      );
    case READONLY:
    case CANTOPEN:
      return make("StoreUnreachable", notWritable(file, messageOf(error)));
    case IOERR:
      return make(
        "StoreUnreachable",
        `The disk failed at ${file} (${messageOf(error)}). Nothing was stored. Check the disk and its mount.`,
      );
    default:
      return make("BadStatement", `${file}: ${messageOf(error)}. Nothing was stored.`);
  }
}

/** The error for a reading statement that SQLite refused. */
export function badStatement(name: string, error: unknown): StoreError {
  const message = `The statement "${name}" failed: ${messageOf(error)}. Correct its text or its parameters.`;
  return new StoreError("BadStatement", message, { cause: error });
}

/** A folder or file that cannot be written to, with the reason. */
export function notWritable(path: string, reason: string): string {
  return (
    `${path} cannot be opened for writing (${reason}). Make its folder writable for the user that runs Stepwell, ` +
    "or choose another folder for the data."
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
