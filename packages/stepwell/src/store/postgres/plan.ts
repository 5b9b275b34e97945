import type { Changes } from "../outcome.ts";
import { parseSql } from "../sql.ts";
import type { Change, Param, Statement } from "../store.ts";
import { binaryArray } from "./arrays.ts";
import { bound } from "./types.ts";

/** One statement to send, for one change or for several inserts that were merged. */
export interface Step {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Param[];
  /** The change it is for; of merged inserts, the first. */
  readonly commit: number;
  readonly index: number;
  readonly change: Change;
  /** The answer decides whether the flush may commit, or is part of its result: COMMIT must wait for it. */
  readonly decides: boolean;
}

/** A merged insert is cut off here, well below what a PostgreSQL message or array may hold. */
const MAX_ROWS = 2000;
const MAX_BYTES = 8 * 1024 * 1024;

interface Group {
  readonly commit: number;
  readonly index: number;
  readonly change: Change;
  readonly rows: (readonly Param[])[];
  bytes: number;
}

/**
 * The statements of a flush, in order, with equal plain inserts merged into one. An insert is moved up to the first
 * of its like, past statements that do not name its table: those can neither see the row nor be seen by it. What it
 * could still run into (a row that its foreign key needs, which comes later) fails the flush, and the flush is then
 * run again commit by commit. Updates are never merged: one that meets a key twice silently applies once.
 */
export function planFlush(commits: readonly Changes[]): Step[] {
  const groups: Group[] = [];
  const open = new Map<Statement, Group>();
  for (let commit = 0; commit < commits.length; commit++) {
    const changes = commits[commit]!;
    for (let index = 0; index < changes.length; index++) {
      const change = changes[index]!;
      const merges = isPlainInsert(change);
      const group = merges ? open.get(change.statement) : undefined;
      const bytes = merges ? bytesOf(change.params) : 0;
      if (group && group.rows.length < MAX_ROWS && group.bytes + bytes <= MAX_BYTES) {
        group.rows.push(change.params);
        group.bytes += bytes;
        continue;
      }
      const made = { commit, index, change, rows: [change.params], bytes };
      groups.push(made);
      if (merges) open.set(change.statement, made);
      else closeNamed(open, change.statement);
    }
  }
  return groups.map((group) => (group.rows.length === 1 ? single(group) : merged(group)));
}

/** One change as it is, for a flush that runs commit by commit. */
export function planChange(change: Change, commit: number, index: number): Step {
  return single({ commit, index, change });
}

/** A plain insert adds one row or fails, so that stating one row says nothing more. */
function isPlainInsert(change: Change): boolean {
  return change.statement.insert !== undefined && (change.rows === undefined || change.rows === 1);
}

/** Inserts into a table must not move past a statement that names it. */
function closeNamed(open: Map<Statement, Group>, statement: Statement): void {
  if (open.size === 0) return;
  const { words } = parseSql(statement);
  for (const insert of open.keys()) {
    if (words.has(insert.insert!.table.toLowerCase())) open.delete(insert);
  }
}

function single({ commit, index, change }: Pick<Group, "commit" | "index" | "change">): Step {
  const { statement, params, rows } = change;
  const decides = parseSql(statement).returnsRows || (rows !== undefined && !isPlainInsert(change));
  return {
    name: statement.name,
    text: statement.sql,
    values: params.map(bound),
    commit,
    index,
    change,
    decides,
  };
}

function merged({ commit, index, change, rows }: Group): Step {
  const { table, columns } = change.statement.insert!;
  const names = columns.map((column) => column.name).join(", ");
  const arrays = columns.map((column, i) => `$${i + 1}::${column.type}[]`).join(", ");
  return {
    name: `${change.statement.name}/many`,
    text: `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays})`,
    values: columns.map((column, i) =>
      binaryArray(
        column.type,
        rows.map((row) => row[i]!),
      ),
    ),
    commit,
    index,
    change,
    decides: false,
  };
}

function bytesOf(params: readonly Param[]): number {
  let bytes = 0;
  for (const param of params) {
    if (param instanceof Uint8Array) bytes += param.byteLength;
    else if (typeof param === "string") bytes += param.length;
  }
  return bytes;
}
