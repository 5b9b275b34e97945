import type { Client } from "pg";
import { statement } from "../store.ts";
import { sqlState } from "./failures.ts";

/** By the database's time, which all servers share. */
const NOW_MS = "(extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/** `$1` the id: what every flush does first. It is kept for a minute; asking for it takes seconds at most. */
export const RECORD_FLUSH = {
  name: "store.recordFlush",
  text: `INSERT INTO flushes (id, keep_until, fenced) VALUES ($1, ${NOW_MS} + 60000, 0)`,
};

/** A fence stays for an hour, which is longer than the bytes of a lost flush can be on their way. */
const FENCE = `INSERT INTO flushes (id, keep_until, fenced) VALUES ($1, ${NOW_MS} + 3600000, 1)
  ON CONFLICT (id) DO NOTHING`;
const FATE = "SELECT fenced FROM flushes WHERE id = $1";

export const forgetFlushes = statement(
  "store.forgetFlushes",
  `DELETE FROM flushes WHERE keep_until < ${NOW_MS}`,
);

/** How long a flush whose client is gone may stay open before it is ended. */
const STILL_OPEN_MS = 1_000;
const LOCK_NOT_AVAILABLE = "55P03";
const END_SESSION = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE pid = $1 AND usename = current_user AND application_name = current_setting('application_name')`;

/**
 * Whether a flush committed whose connection was lost, asked on a new connection. Its id is recorded in its stead: if
 * the flush was quicker, its own record is there; if not, its attempt to record the id fails whenever it arrives. A
 * flush that is still open in the server makes the insert wait, and is ended when it stays so: its client is gone.
 * Resolves to undefined when it had to be ended: ask again.
 */
export async function askFate(
  client: Client,
  id: string,
  session: number | null,
): Promise<boolean | undefined> {
  await client.query(`SET lock_timeout = ${STILL_OPEN_MS}`);
  try {
    await client.query(FENCE, [id]);
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    await client.query(END_SESSION, [session]);
    return undefined;
  }
  const { rows } = await client.query<{ fenced: number }>(FATE, [id]);
  return rows[0] && rows[0].fenced === 0;
}
