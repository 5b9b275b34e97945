import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { WAL_LIMIT_BYTES } from "../sqlite/checkpointer.ts";
import { openDatabase } from "../sqlite/database.ts";
import { databaseError } from "../sqlite/failures.ts";
import { lockFolder } from "../sqlite/lock.ts";
import { migrateSqlite } from "../sqlite/migrate.ts";
import { refuseUnfinished } from "../sqlite/unfinished-copy.ts";
import type { Row } from "../store.ts";
import { type CopySource, inBatches } from "./ends.ts";

/**
 * The data of a folder, which must not be in use; it is brought to the newest schema, as by any start. Throws
 * StoreError.
 */
export function openSqliteSource(folder: string, clock: Clock): CopySource {
  const file = join(folder, "stepwell.db");
  if (!existsSync(file)) {
    throw new StoreError(
      "BadParameter",
      `There is no data of Stepwell in ${folder}. Name a data folder, such as .stepwell.`,
    );
  }
  const lock = lockFolder(folder, clock);
  let database: DatabaseSync | undefined;
  try {
    refuseUnfinished(folder);
    database = openDatabase(file, WAL_LIMIT_BYTES);
    migrateSqlite(database, MIGRATIONS, file, clock);
  } catch (error) {
    database?.close();
    lock.release();
    throw error instanceof StoreError ? error : databaseError(error, file);
  }
  const opened = database;
  const value = (sql: string) => Number(Object.values(opened.prepare(sql).get()!)[0]);
  return {
    location: file,
    kind: "sqlite",
    tables: async () => tablesOf(opened),
    count: async (table) => value(`SELECT COUNT(*) FROM ${table}`),
    async *rows(table) {
      const statement = opened.prepare(`SELECT * FROM ${table}`);
      statement.setReadBigInts(true);
      yield* inBatches(statement.iterate() as Iterable<Row>);
    },
    blob: ({ hash }) => createReadStream(join(folder, "blobs", String(hash))),
    async close() {
      opened.close();
      lock.release();
    },
  };
}

export function tablesOf(database: DatabaseSync): readonly string[] {
  const sql =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  return database
    .prepare(sql)
    .all()
    .map(({ name }) => String(name));
}
