import type pg from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { inChunks } from "../blobs/row-blobs.ts";
import { StoreError } from "../errors.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { binaryArray } from "../postgres/arrays.ts";
import type { Target } from "../postgres/connect.ts";
import {
  applyMigrations,
  lockSchema,
  makeSchema,
  migrationError,
  UNFINISHED_COPY,
} from "../postgres/migrate.ts";
import type { ColumnType, Row } from "../store.ts";
import { type CopyTarget, FREE_WORK } from "./ends.ts";
import { connectToCopy, countOf, tablesOf } from "./postgres-connection.ts";

/**
 * A schema without tables, made if it is missing. One transaction writes everything, and holds the lock that nodes
 * take to start; before it, a mark is committed that it removes. Throws StoreError.
 */
export async function openPostgresTarget(target: Target, clock: Clock): Promise<CopyTarget> {
  const client = await connectToCopy(target);
  try {
    await inTransaction(client, target, async () => {
      if (await isEmpty(client, target))
        await client.query(`CREATE TABLE "${target.schema}".${UNFINISHED_COPY} ()`);
    });
    await client.query("BEGIN");
    await lockSchema(client, target);
    // Another copy may have been faster.
    await isEmpty(client, target);
    await applyMigrations(client, target, MIGRATIONS, clock);
  } catch (error) {
    await client.end();
    throw error instanceof StoreError ? error : migrationError(error, target);
  }
  return new PostgresTarget(client, target);
}

async function inTransaction(client: pg.Client, target: Target, change: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  await lockSchema(client, target);
  await change();
  await client.query("COMMIT");
}

/** False when it has but the mark of an interrupted copy. Throws StoreNotEmpty when it has more. */
async function isEmpty(client: pg.Client, target: Target): Promise<boolean> {
  await makeSchema(client, target.schema);
  const tables = await tablesOf(client, target);
  if (tables.some((table) => table !== UNFINISHED_COPY)) {
    throw new StoreError(
      "StoreNotEmpty",
      `${target.location} has tables already. Copy to another schema (--schema), or drop this one: DROP SCHEMA "${target.schema}" CASCADE.`,
    );
  }
  return tables.length === 0;
}

class PostgresTarget implements CopyTarget {
  readonly location: string;
  readonly #client: pg.Client;
  readonly #target: Target;
  /** The columns of tables, with their types. */
  readonly #columns = new Map<string, ReadonlyMap<string, ColumnType>>();

  constructor(client: pg.Client, target: Target) {
    this.location = target.location;
    this.#client = client;
    this.#target = target;
  }

  /** By their foreign keys. */
  async tables(): Promise<readonly string[]> {
    const all = (await tablesOf(this.#client, this.#target)).filter((table) => table !== UNFINISHED_COPY);
    const { rows } = await this.#client.query(
      `SELECT conrelid::regclass::text AS refers, confrelid::regclass::text AS to FROM pg_constraint
       WHERE contype = 'f' AND connamespace = to_regnamespace($1)`,
      [this.#target.schema],
    );
    const ordered = new Set<string>();
    const add = (table: string): void => {
      for (const { refers, to } of rows) if (refers === table && to !== table) add(to);
      ordered.add(table);
    };
    for (const table of all) add(table);
    return [...ordered];
  }

  count(table: string): Promise<number> {
    return countOf(this.#client, table);
  }

  async insert(table: string, rows: readonly Row[]): Promise<void> {
    const types = this.#columns.get(table) ?? (await this.#readColumns(table));
    const columns = Object.keys(rows[0]!);
    const arrays = columns.map((column, i) => `$${i + 1}::${types.get(column)}[]`).join(", ");
    const values = columns.map((column) =>
      binaryArray(
        types.get(column)!,
        rows.map((row) => row[column]!),
      ),
    );
    await this.#client.query(
      `INSERT INTO ${table} (${columns.join(", ")}) SELECT * FROM unnest(${arrays})`,
      values,
    );
  }

  async putBlob(hash: string, content: AsyncIterable<Uint8Array>): Promise<string> {
    const upload = `copied/${hash}`;
    let seq = 0;
    for await (const bytes of inChunks(content)) {
      await this.#client.query("INSERT INTO blob_chunks (upload, seq, bytes) VALUES ($1, $2, $3)", [
        upload,
        seq++,
        bytes,
      ]);
    }
    return upload;
  }

  async finish(): Promise<void> {
    await this.#client.query(FREE_WORK);
    for (const { table, column } of await this.#serials()) {
      await this.#client.query(
        `SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(MAX(${column}), 1), MAX(${column}) IS NOT NULL) FROM ${table}`,
        [table, column],
      );
    }
    for (const table of await this.tables()) await this.#client.query(`ANALYZE ${table}`);
    await this.#client.query(`DROP TABLE ${UNFINISHED_COPY}`);
    await this.#client.query("COMMIT");
    await this.#client.end();
  }

  async abandon(): Promise<void> {
    await this.#client.end().catch(() => {}); // It may be lost already.
  }

  /** Columns that number their rows by themselves: they must go on after the copied numbers. */
  async #serials(): Promise<readonly { readonly table: string; readonly column: string }[]> {
    const { rows } = await this.#client.query(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = $1 AND is_identity = 'YES'`,
      [this.#target.schema],
    );
    return rows;
  }

  async #readColumns(table: string): Promise<ReadonlyMap<string, ColumnType>> {
    const { rows } = await this.#client.query(
      "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2",
      [this.#target.schema, table],
    );
    const columns = new Map(rows.map(({ name, type }) => [name as string, type as ColumnType]));
    this.#columns.set(table, columns);
    return columns;
  }
}
