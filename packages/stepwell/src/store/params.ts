import { StoreError } from "./errors.ts";
import { parseSql } from "./sql.ts";
import type { Change, ColumnType, InsertColumn, Param, Statement } from "./store.ts";

const MIN_BIGINT = -(2n ** 63n);
const MAX_BIGINT = 2n ** 63n - 1n;

/**
 * Rejects what a store could not bind, by name. node:sqlite would take a stray object for named parameters, and
 * would silently reuse the last call's value for a parameter that is missing.
 */
function checkParams(statement: Statement, params: readonly Param[]): void {
  const { paramCount } = parseSql(statement);
  const columns = statement.insert?.columns;
  if (params.length !== paramCount) {
    throw new StoreError(
      "BadParameter",
      `The statement "${statement.name}" takes ${paramCount} parameters and was given ${params.length}. Nothing was stored.`,
    );
  }
  for (let i = 0; i < params.length; i++) {
    const fault = faultOf(params[i]) ?? (columns && columnFault(params[i]!, columns[i]!));
    if (fault !== undefined) throw badParameter(statement, i, fault);
  }
}

/** Checks every change of a commit before any of it is queued. */
export function checkChanges(changes: readonly Change[]): void {
  for (let i = 0; i < changes.length; i++) checkParams(changes[i]!.statement, changes[i]!.params);
}

/** A reading statement with its parameters; one that writes belongs into a commit. */
export function checkRead(statement: Statement, params: readonly Param[]): void {
  checkParams(statement, params);
  if (parseSql(statement).writes) {
    throw new StoreError(
      "BadStatement",
      `The statement "${statement.name}" writes: commit() it, read() only reads. Nothing was stored.`,
    );
  }
}

function faultOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      // PostgreSQL has no NUL in text, so no store has.
      return value.includes("\0") ? "a string that contains a NUL character" : undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `the number ${value}`;
    case "bigint":
      return value < MIN_BIGINT || value > MAX_BIGINT ? `the bigint ${value}, beyond 64 bits` : undefined;
    case "object":
      if (value === null || value instanceof Uint8Array) return undefined;
      return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "no class"})`;
    default:
      return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  }
}

/** A declared insert says what its columns take, so a wrong type is found before it meets a database. */
function columnFault(value: Param, column: InsertColumn): string | undefined {
  if (value === null || fits(value, column.type)) return undefined;
  const what = value instanceof Uint8Array ? "bytes" : `the ${typeof value} ${shown(value)}`;
  return `${what}, which the ${column.type} column ${column.name} cannot hold`;
}

function fits(value: Exclude<Param, null>, type: ColumnType): boolean {
  switch (type) {
    case "text":
      return typeof value === "string";
    case "bytea":
      return value instanceof Uint8Array;
    case "double precision":
      return typeof value === "number";
    case "bigint":
      return typeof value === "bigint" || (Number.isInteger(value) && inRange(value as number, 2 ** 63));
    case "integer":
      return (typeof value === "bigint" || Number.isInteger(value)) && inRange(value as number, 2 ** 31);
  }
}

function inRange(value: number | bigint, limit: number): boolean {
  return value >= -limit && value < limit;
}

function shown(value: Exclude<Param, null>): string {
  const text = String(value);
  return text.length <= 20 ? `"${text}"` : `"${text.slice(0, 20)}…"`;
}

function badParameter(statement: Statement, index: number, was: string): StoreError {
  return new StoreError(
    "BadParameter",
    `Parameter $${index + 1} of the statement "${statement.name}" is ${was}. ` +
      "Bind null, a string without NUL, a finite number, a bigint of 64 bits or a Uint8Array. Nothing was stored.",
  );
}
