import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import { syncFolder, writeDurably } from "../blobs/file-blobs.ts";
import { StoreError } from "../errors.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { WAL_LIMIT_BYTES } from "../sqlite/checkpointer.ts";
import { openDatabase } from "../sqlite/database.ts";
import { databaseError, notWritable } from "../sqlite/failures.ts";
import { lockFolder } from "../sqlite/lock.ts";
import { migrateSqlite } from "../sqlite/migrate.ts";
import { unfinishedMark } from "../sqlite/unfinished-copy.ts";
import type { Row } from "../store.ts";
import { type CopyTarget, FREE_WORK } from "./ends.ts";
import { tablesOf } from "./sqlite-source.ts";

/** A folder without data. Throws StoreError. */
export async function openSqliteTarget(folder: string, clock: Clock): Promise<CopyTarget> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StoreError("StoreUnreachable", notWritable(folder, (error as Error).message), { cause: error });
  }
  const lock = lockFolder(folder, clock);
  const file = join(folder, "stepwell.db");
  let database: DatabaseSync | undefined;
  try {
    await claimEmpty(folder, file);
    database = openDatabase(file, WAL_LIMIT_BYTES);
    // All of it may be in another order than references ask for: they are checked at the end.
    database.exec("PRAGMA wal_autocheckpoint = 1000; PRAGMA foreign_keys = OFF");
    migrateSqlite(database, MIGRATIONS, file, clock);
  } catch (error) {
    database?.close();
    lock.release();
    throw error instanceof StoreError ? error : databaseError(error, file);
  }
  return new SqliteTarget(folder, file, database, () => lock.release());
}

/** What an interrupted copy has left is removed. */
async function claimEmpty(folder: string, file: string): Promise<void> {
  const mark = unfinishedMark(folder);
  if (!existsSync(mark)) {
    if (existsSync(file)) {
      throw new StoreError("StoreNotEmpty", `${folder} has data already. Copy to a new folder.`);
    }
    writeFileSync(mark, "");
    await syncFolder(folder);
  }
  for (const left of [file, `${file}-wal`, `${file}-shm`]) rmSync(left, { force: true });
  rmSync(join(folder, "blobs"), { recursive: true, force: true });
}

class SqliteTarget implements CopyTarget {
  readonly location: string;
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #release: () => void;
  #closed = false;

  constructor(folder: string, file: string, database: DatabaseSync, release: () => void) {
    this.location = file;
    this.#folder = folder;
    this.#database = database;
    this.#release = release;
  }

  async tables(): Promise<readonly string[]> {
    return tablesOf(this.#database);
  }

  async count(table: string): Promise<number> {
    return Number(this.#database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()!.rows);
  }

  async insert(table: string, rows: readonly Row[]): Promise<void> {
    const columns = Object.keys(rows[0]!);
    const places = columns.map(() => "?").join(", ");
    const statement = this.#database.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`,
    );
    try {
      this.#database.exec("BEGIN");
      for (const row of rows) statement.run(...columns.map((column) => row[column]!));
      this.#database.exec("COMMIT");
    } catch (error) {
      throw databaseError(error, this.location);
    }
  }

  async putBlob(hash: string, content: AsyncIterable<Uint8Array>): Promise<null> {
    const blobs = join(this.#folder, "blobs");
    await mkdir(blobs, { recursive: true });
    await writeDurably(join(blobs, hash), content);
    return null;
  }

  async finish(): Promise<void> {
    this.#database.exec(FREE_WORK);
    const broken = this.#database.prepare("PRAGMA foreign_key_check").all();
    if (broken.length > 0) {
      throw new StoreError(
        "StoreCorrupt",
        `${broken.length} rows refer to rows that are not there (${broken[0]!.table}).`,
      );
    }
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#close();
    for (const folder of [join(this.#folder, "blobs"), this.#folder])
      if (existsSync(folder)) await syncFolder(folder);
    rmSync(unfinishedMark(this.#folder));
    await syncFolder(this.#folder);
    this.#release();
  }

  async abandon(): Promise<void> {
    this.#close();
    this.#release();
  }

  #close(): void {
    if (!this.#closed) this.#database.close();
    this.#closed = true;
  }
}
