import { DatabaseError } from "pg";
import { StoreError, type StoreErrorCode } from "../errors.ts";
import { ChangeFailed, type Failure } from "../outcome.ts";
import type { Change } from "../store.ts";

/** The SQLSTATE of an error the server reported (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** The connection is gone or going: whatever was under way on it got no answer. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof ChangeFailed) return false;
  return !(error instanceof DatabaseError) || error.severity === "FATAL" || error.severity === "PANIC";
}

/** Deadlock, serialization failure: run again, the rival has gone on. */
export function mustRunAgain(error: unknown): boolean {
  return sqlState(error) === "40P01" || sqlState(error) === "40001";
}

/** Not about one statement, but about the server: out of room or resources, read only, shutting down. */
export function isServerFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(53|57P|58|25006|XX)/.test(state);
}

/** Why one change failed: a guard (a key that must be unique, a row that must be there), a lock, or the statement. */
export function changeFailure(changeIndex: number, change: Change, error: DatabaseError): Failure {
  const statement = change.statement.name;
  const nothing = "Nothing of this commit was stored.";
  switch (error.code) {
    case "23505":
    case "23503":
    case "23P01":
      return { kind: "conflict", changeIndex, statement, reason: `failed: ${error.message}` };
    case "55P03":
    case "57014":
      return {
        kind: "error",
        code: "StoreBusy",
        message: `Change ${changeIndex} (${statement}) waited too long for a row that another transaction holds. ${nothing} Try again.`,
      };
    default:
      return {
        kind: "error",
        code: "BadStatement",
        message: `Change ${changeIndex} (${statement}) failed: ${error.message}. ${nothing}`,
      };
  }
}

/** The error for a server that answers, but not with what a store needs. */
export function serverError(error: unknown, location: string): StoreError {
  const make = (code: StoreErrorCode, message: string): StoreError =>
    new StoreError(code, message, { cause: error });
  const said = error instanceof Error ? error.message : String(error);
  switch (sqlState(error)) {
    case "53100":
      return make(
        "StoreFull",
        `The disk of ${location} is full. Nothing was stored. Free some space: commits succeed again as soon as there is room.`,
      );
    case "25006":
      return make(
        "StoreUnsupported",
        `${location} is read-only (a standby?). Nothing was stored. Use the URL of the primary server.`,
      );
    case "XX001":
    case "XX002":
      return make("StoreCorrupt", `${location} reports damaged data (${said}). Restore it from a backup.`);
    case "57014":
    case "55P03":
      return make("StoreBusy", `${location} did not answer in time (${said}). Try again.`);
    default:
      return make(
        "StoreUnreachable",
        `${location} failed: ${said}. Nothing was stored. See the server's log.`,
      );
  }
}

/** The error for a reading statement that PostgreSQL refused. */
export function badStatement(name: string, error: unknown): StoreError {
  const said = error instanceof Error ? error.message : String(error);
  const message = `The statement "${name}" failed: ${said}. Correct its text or its parameters.`;
  return new StoreError("BadStatement", message, { cause: error });
}
