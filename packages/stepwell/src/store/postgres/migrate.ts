import type { Client } from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import type { Migration } from "../migrations/migration.ts";
import { pendingMigrations, SCHEMA_TABLE } from "../migrations/pending.ts";
import type { Target } from "./connect.ts";
import { serverError, sqlState } from "./failures.ts";

const OLDEST_VERSION = 15;

/** The table that is there while a copy into a schema is not finished. */
export const UNFINISHED_COPY = "stepwell_copying";

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
    await lockSchema(client, target);
    await refuseUnfinished(client, target);
    await applyMigrations(client, target, migrations, clock);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {}); // The connection may be gone; the first error is the one to report.
    throw error instanceof StoreError ? error : migrationError(error, target);
  }
}

/** Until the transaction ends, nobody else changes the schema or opens a store in it. */
export async function lockSchema(client: Client, { schema }: Target): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`stepwell ${schema}`]);
}

/** Not `IF NOT EXISTS`: that asks for the right to create schemas also where this one exists. */
export async function makeSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query("SELECT to_regnamespace($1) IS NOT NULL AS found", [schema]);
  if (rows[0].found === 0) await client.query(`CREATE SCHEMA "${schema}"`);
}

async function refuseUnfinished(client: Client, { schema, location }: Target): Promise<void> {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS found", [
    `"${schema}".${UNFINISHED_COPY}`,
  ]);
  if (rows[0].found === 0) return;
  throw new StoreError(
    "StoreUnfinished",
    `A copy of data into ${location} was interrupted. Copy again (stepwell copy), or drop the schema to begin empty: ` +
      `DROP SCHEMA "${schema}" CASCADE.`,
  );
}

/** Inside a transaction that has locked the schema. */
export async function applyMigrations(
  client: Client,
  { schema, location }: Target,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<void> {
  await makeSchema(client, schema);
  await client.query(
    `CREATE TABLE IF NOT EXISTS "${schema}".${SCHEMA_TABLE}
       (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`,
  );
  const applied = await client.query(`SELECT version FROM "${schema}".${SCHEMA_TABLE}`);
  const pending = pendingMigrations(
    migrations,
    applied.rows.map((row) => row.version),
    location,
  );
  for (const step of pending) {
    await client.query(step.postgres);
    await client.query(
      `INSERT INTO "${schema}".${SCHEMA_TABLE} (version, name, applied_at) VALUES ($1, $2, $3)`,
      [step.version, step.name, clock.now()],
    );
  }
}

export function migrationError(error: unknown, target: Target): StoreError {
  if (sqlState(error) !== "42501") return serverError(error, target.location);
  return new StoreError(
    "StoreUnreachable",
    `PostgreSQL at ${target.location} cannot be used: the user may not create what is needed (${(error as Error).message}). ` +
      `Grant it: GRANT CREATE ON DATABASE …, or CREATE SCHEMA "${target.schema}" AUTHORIZATION the user. All nodes use one ` +
      "user: the tables belong to it.",
    { cause: error },
  );
}
