import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parseSql } from "../sql.ts";
import type { Param, Row, Statement, Value } from "../store.ts";

const NO_ROWS: readonly Row[] = Object.freeze([]);

/** A statement prepared on one connection. */
class Prepared {
  readonly returnsRows: boolean;
  readonly #native: StatementSync;
  readonly #order: readonly number[] | undefined;
  #bigints = false;

  constructor(database: DatabaseSync, statement: Statement) {
    const sql = parseSql(statement);
    this.returnsRows = sql.returnsRows;
    this.#order = sql.order;
    this.#native = database.prepare(sql.anonymous);
  }

  /** Runs it and returns how many rows it touched. */
  run(params: readonly Param[]): number {
    return this.#native.run(...this.#inOrder(params)).changes as number;
  }

  /**
   * Runs it and returns its rows. node:sqlite throws on an integer beyond 2^53 unless it is told to make bigints of
   * all of them, which is slower: so that happens from the first such integer on. A statement that changed rows has
   * changed them by then, and must be rolled back before it is run again.
   */
  all(params: readonly Param[]): readonly Row[] {
    try {
      const rows = this.#native.all(...this.#inOrder(params)) as Row[];
      return this.#bigints ? rows.map(narrow) : rows;
    } catch (error) {
      if (!isTooLargeInteger(error)) throw error;
      this.#bigints = true;
      this.#native.setReadBigInts(true);
      throw error;
    }
  }

  #inOrder(params: readonly Param[]): readonly Param[] {
    return this.#order === undefined ? params : this.#order.map((place) => params[place]!);
  }
}

/** The statements that one connection has prepared so far. */
export class PreparedStatements {
  readonly #database: DatabaseSync;
  readonly #known = new Map<Statement, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(statement: Statement): Prepared {
    let prepared = this.#known.get(statement);
    if (!prepared) {
      prepared = new Prepared(this.#database, statement);
      this.#known.set(statement, prepared);
    }
    return prepared;
  }

  /** Rows as of the last commit. */
  read(statement: Statement, params: readonly Param[]): readonly Row[] {
    const prepared = this.get(statement);
    try {
      return prepared.all(params);
    } catch (error) {
      if (!isTooLargeInteger(error)) throw error;
      return prepared.all(params);
    }
  }
}

/** No rows: shared, since most changes return none. */
export function noRows(): readonly Row[] {
  return NO_ROWS;
}

/** An integer beyond 2^53 was met; the statement reads bigints from now on. */
export function isTooLargeInteger(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "ERR_OUT_OF_RANGE";
}

function narrow(row: Row): Row {
  const narrowed = row as Record<string, Value>;
  for (const column of Object.keys(narrowed)) {
    const value = narrowed[column];
    if (typeof value === "bigint") {
      const number = Number(value);
      if (Number.isSafeInteger(number)) narrowed[column] = number;
    }
  }
  return narrowed;
}
