/**
 * The store contract. Everything Stepwell remembers goes through these few calls, and one contract suite
 * (contract.ts) holds SQLite and PostgreSQL to the same behaviour.
 */

/** A value that may be bound to a statement. Anything else is rejected by name before it reaches a database. */
export type Param = null | string | number | bigint | Uint8Array;

/** A value as it comes back. 64-bit integers come back as numbers when they are safe integers, else as bigints. */
export type Value = Param;

export type Row = Readonly<Record<string, Value>>;

/**
 * A declared statement. `$1`, `$2` … are its parameters, on both stores. Declare it once, at module level, with
 * `statement()`: a store prepares it once and knows it by its name.
 */
export interface Statement {
  readonly name: string;
  readonly sql: string;
  /**
   * Set for a plain `INSERT INTO table (columns) VALUES ($1, $2 …)`: equal inserts of one flush may then travel
   * as one statement. The types are PostgreSQL's.
   */
  readonly insert?: { readonly table: string; readonly columns: readonly InsertColumn[] };
}

export interface InsertColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export type ColumnType = "text" | "bigint" | "integer" | "bytea" | "double precision";

/** One statement with its parameters inside a commit. */
export interface Change {
  readonly statement: Statement;
  readonly params: readonly Param[];
  /**
   * How many rows the statement must touch (or return). Another count rejects the whole commit with Conflict and
   * changes nothing. Absent: any count will do.
   */
  readonly rows?: number;
}

export interface CommitOptions {
  /**
   * Whom the commit is about (an execution, a queue …). Commits with the same key are applied in the order in
   * which they were made; commits of different keys have no order.
   */
  readonly key: string;
}

/** Rows returned by each change, in the order of the changes; an empty list for one that returns none. */
export type CommitResult = readonly (readonly Row[])[];

/** What opening a store found out, for people to read. */
export interface StoreInfo {
  /** Where the data is: a file, `:memory:`, or a PostgreSQL URL without its password. */
  readonly location: string;
  /** SQLite in a folder: the time of a 4 KiB write and its fdatasync there, when nothing disturbs it. */
  readonly fsyncMs?: number;
  /** SQLite in a folder: whether a thread of its own writes, because the disk is slow or because it was asked for. */
  readonly writerThread?: boolean;
}

export interface Store {
  readonly kind: "sqlite" | "postgres";
  readonly info: StoreInfo;
  /** Rows as of the last commit. */
  read(statement: Statement, params: readonly Param[]): Promise<readonly Row[]>;
  /**
   * Atomic, and durable when it resolves. Rejects with Conflict when a guard fails (a unique key, or a change that
   * touched another number of rows than it stated): then nothing of this commit happened, and its neighbours in
   * the same flush are not harmed. Rejects with OutcomeUnknown when the database died before it answered and could
   * not be asked again.
   */
  commit(changes: readonly Change[], options: CommitOptions): Promise<CommitResult>;
  /** Stores bytes under the SHA-256 of their content (lower-case hex) and resolves when they are durable. */
  putBlob(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string>;
  /** The bytes of a blob, or of a part of it (`end` is exclusive). Throws BlobNotFound. */
  openBlob(hash: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /** Removes blobs that no row refers to and that are older than `olderThanMs`. Resolves to how many. */
  collectBlobs(olderThanMs: number): Promise<number>;
  /** Waits for commits under way, then closes. Later calls reject with StoreClosed. */
  close(): Promise<void>;
}

const names = new Map<string, Statement>();

/** Declares a statement. The name must be unique in the program: stores use it as the prepared statement's name. */
export function statement(name: string, sql: string): Statement {
  return declare({ name, sql });
}

/** Declares a plain insert of one row, which stores may merge with its like. */
export function insert(
  name: string,
  table: string,
  columns: Readonly<Record<string, ColumnType>>,
): Statement {
  const list = Object.entries(columns).map(([column, type]) => ({ name: column, type }));
  const places = list.map((_, i) => `$${i + 1}`).join(", ");
  const sql = `INSERT INTO ${table} (${list.map((c) => c.name).join(", ")}) VALUES (${places})`;
  return declare({ name, sql, insert: { table, columns: list } });
}

function declare(declared: Statement): Statement {
  if (names.has(declared.name)) throw new Error(`A statement named "${declared.name}" is declared twice.`);
  names.set(declared.name, declared);
  return declared;
}
