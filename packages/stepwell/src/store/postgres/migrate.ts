import type { Client } from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import type { Migration } from "../migrations/migration.ts";
import { pendingMigrations, SCHEMA_TABLE } from "../migrations/pending.ts";
import type { Target } from "./connect.ts";
import { serverError, sqlState } from "./failures.ts";

const OLDEST_VERSION = 15;

/** Refuses a server that a store cannot work on. Throws StoreError StoreUnsupported. */
export async function checkServer(client: Client, target: Target): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`,
  );
  const { version, name, encoding, standby } = rows[0];
  const refuse = (why: string): StoreError => new StoreError("StoreUnsupported", `${target.location} ${why}`);
  if (version < OLDEST_VERSION * 10_000) {
    throw refuse(`is PostgreSQL ${name}: Stepwell needs ${OLDEST_VERSION} or newer. Update the server.`);
  }
  if (encoding !== "UTF8") {
    throw refuse(
      `stores text as ${encoding}: Stepwell needs UTF8. Create the database with ENCODING 'UTF8'.`,
    );
  }
  if (standby === 1) throw refuse("is a read-only standby. Use the URL of the primary server.");
}

/**
 * Brings the schema to its newest version, in one transaction and under a lock, so that servers that start together
 * wait for each other. Throws StoreError; then nothing was changed.
 */
export async function migratePostgres(
  client: Client,
  target: Target,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<void> {
  await client.query("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`stepwell ${target.schema}`]);
    await migrate(client, target, migrations, clock);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // The connection may be gone; the first error is the one to report.
    throw error instanceof StoreError ? error : migrationError(error, target);
  }
}

async function migrate(
  client: Client,
  { schema, location }: Target,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<void> {
  const found = await client.query("SELECT to_regnamespace($1) IS NOT NULL AS found", [schema]);
  if (found.rows[0].found === 0) await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.${SCHEMA_TABLE}
       (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`,
  );
  const applied = await client.query(`SELECT version FROM ${schema}.${SCHEMA_TABLE}`);
  const pending = pendingMigrations(
    migrations,
    applied.rows.map((row) => row.version),
    location,
  );
  for (const step of pending) {
    await client.query(step.postgres);
    await client.query(
      `INSERT INTO ${schema}.${SCHEMA_TABLE} (version, name, applied_at) VALUES ($1, $2, $3)`,
      [step.version, step.name, clock.now()],
    );
  }
}

function migrationError(error: unknown, target: Target): StoreError {
  if (sqlState(error) !== "42501") return serverError(error, target.location);
  return new StoreError(
    "StoreUnreachable",
    `PostgreSQL at ${target.location} cannot be used: the user may not create what is needed (${(error as Error).message}). ` +
      `Grant it: GRANT CREATE ON DATABASE …, or CREATE SCHEMA ${target.schema} AUTHORIZATION the user.`,
    { cause: error },
  );
}
