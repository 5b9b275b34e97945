import type pg from "pg";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { SCHEMA_TABLE } from "../migrations/pending.ts";
import type { Target } from "../postgres/connect.ts";
import { serverError } from "../postgres/failures.ts";
import { migratePostgres } from "../postgres/migrate.ts";
import type { Row } from "../store.ts";
import { type CopySource, inBatches } from "./ends.ts";
import { connectToCopy, countOf, tablesOf } from "./postgres-connection.ts";

const FETCH = "FETCH 500 FROM copied";

/** The longest time between two signs of life of a node: a third of the longest lease. */
const ALIVE_MS = 200_000;

/**
 * The data of a schema as of one moment; no node may be alive on it. It is brought to the newest schema, as by any
 * start. Throws StoreError.
 */
export async function openPostgresSource(target: Target, clock: Clock): Promise<CopySource> {
  const client = await connectToCopy(target);
  try {
    const { rows } = await client.query("SELECT to_regclass($1) IS NULL AS missing", [
      `"${target.schema}".${SCHEMA_TABLE}`,
    ]);
    if (rows[0].missing === 1) {
      throw new StoreError(
        "BadParameter",
        `There is no data of Stepwell in ${target.location}. Correct the URL, or --schema.`,
      );
    }
    await migratePostgres(client, target, MIGRATIONS, clock);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await refuseAlive(client, target);
  } catch (error) {
    await client.end();
    throw error instanceof StoreError ? error : serverError(error, target.location);
  }
  return {
    location: target.location,
    kind: "postgres",
    tables: () => tablesOf(client, target),
    count: (table) => countOf(client, table),
    async *rows(table) {
      await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT * FROM ${table}`);
      for (
        let fetched = await client.query<Row>(FETCH);
        fetched.rows.length > 0;
        fetched = await client.query(FETCH)
      ) {
        yield* inBatches(fetched.rows);
      }
      await client.query("CLOSE copied");
    },
    async *blob({ upload }) {
      for (let seq = 0; ; seq++) {
        const { rows } = await client.query("SELECT bytes FROM blob_chunks WHERE upload = $1 AND seq = $2", [
          upload,
          seq,
        ]);
        if (rows.length === 0) return;
        yield rows[0].bytes as Uint8Array;
      }
    },
    close: () => client.end(),
  };
}

async function refuseAlive(client: pg.Client, { location }: Target): Promise<void> {
  const { rows } = await client.query(
    `SELECT address, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - renewed_at AS silent_ms FROM nodes
     ORDER BY renewed_at DESC LIMIT 1`,
  );
  const silentMs = Number(rows[0]?.silent_ms);
  if (!(silentMs < ALIVE_MS)) return;
  const seconds = (ms: number) => Math.ceil(Math.max(ms, 0) / 1000);
  throw new StoreError(
    "StoreInUse",
    `A node on ${rows[0].address} used ${location} ${seconds(silentMs)} s ago. Stop all nodes, then copy again; one that ` +
      `was killed is taken for gone in ${seconds(ALIVE_MS - silentMs)} s.`,
  );
}
