import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import type { Migration } from "../migrations/migration.ts";
import { pendingMigrations, SCHEMA_TABLE } from "../migrations/pending.ts";

/** Brings a database to the newest schema, in one transaction. Throws StoreNewerSchema; then nothing was changed. */
export function migrateSqlite(
  database: DatabaseSync,
  migrations: readonly Migration[],
  file: string,
  clock: Clock,
): void {
  const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(SCHEMA_TABLE);
  const applied = exists
    ? database
        .prepare(`SELECT version FROM ${SCHEMA_TABLE}`)
        .all()
        .map((row) => Number(row.version))
    : [];
  const pending = pendingMigrations(migrations, applied, file);
  if (pending.length === 0) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    if (!exists) {
      database.exec(
        `CREATE TABLE ${SCHEMA_TABLE} (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
      );
    }
    const record = database.prepare(
      `INSERT INTO ${SCHEMA_TABLE} (version, name, applied_at) VALUES (?, ?, ?)`,
    );
    for (const step of pending) {
      database.exec(step.sqlite);
      record.run(step.version, step.name, clock.now());
    }
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
