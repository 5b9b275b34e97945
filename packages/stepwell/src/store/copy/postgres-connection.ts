import pg from "pg";
import { StoreError } from "../errors.ts";
import { clientConfig, connectError, type Target } from "../postgres/connect.ts";
import { checkServer } from "../postgres/migrate.ts";

/** A connection that may take as long as a copy does. Throws StoreError. */
export async function connectToCopy(target: Target): Promise<pg.Client> {
  const { query_timeout: _, ...config } = clientConfig(target);
  const client = new pg.Client(config);
  // One that is lost fails the statement under way, which is where it is reported.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(
      "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0",
    );
    await checkServer(client, target);
    return client;
  } catch (error) {
    await client.end().catch(() => {}); // It may never have been open.
    throw error instanceof StoreError ? error : connectError(error, target);
  }
}

/** All tables of the schema. */
export async function tablesOf(client: pg.Client, { schema }: Target): Promise<readonly string[]> {
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schema]);
  return rows.map(({ tablename }) => String(tablename));
}

export async function countOf(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT COUNT(*) AS rows FROM ${table}`);
  return Number(rows[0].rows);
}
