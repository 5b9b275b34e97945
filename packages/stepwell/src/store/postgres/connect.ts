import { Socket } from "node:net";
import pg, { type Client } from "pg";
import { StoreError, type StoreErrorCode } from "../errors.ts";
import { sqlState } from "./failures.ts";
import { valueTypes } from "./types.ts";

/** Where and how to connect. */
export interface Target {
  /** With the settings of every session in it. */
  readonly url: string;
  /** The URL without its password, for people. */
  readonly location: string;
  readonly schema: string;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** How long a statement waits for a row that another transaction holds. Those of other servers take milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A client that is alive goes on with its transaction at once. Less than the lease of a node, whose work others take. */
const IDLE_IN_TRANSACTION_MS = 5_000;

/** Checks a URL and a schema's name. Throws StoreError. */
export function targetOf(text: string, schema: string): Target {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw unreachable(
      text.replace(/:[^:@/]*@/, ":***@"),
      "it is not a URL. Write postgres://user:password@host:5432/database",
    );
  }
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new StoreError(
      "BadParameter",
      `"${schema}" cannot be the schema's name: take up to 63 lower-case letters, digits and _, not starting with a digit.`,
    );
  }
  const shown = new URL(url);
  shown.password = "";
  shown.search = "";
  const settings = [
    `search_path=${schema}`,
    // Whatever the database's own defaults are: a commit that resolved is durable, and guards rely on this isolation.
    "synchronous_commit=on",
    "default_transaction_isolation=read\\ committed",
    "bytea_output=hex",
    `lock_timeout=${LOCK_TIMEOUT_MS}`,
    `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
    // A session whose client vanished, or stands still, must not keep its rows locked.
    `idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS}`,
  ];
  const own = url.searchParams.get("options");
  url.searchParams.set(
    "options",
    [own, ...settings.map((setting) => `-c ${setting}`)].filter(Boolean).join(" "),
  );
  return { url: url.href, location: `${shown.href} (schema ${schema})`, schema };
}

export function clientConfig(target: Target): pg.ClientConfig {
  return {
    connectionString: target.url,
    types: valueTypes,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // A server that vanished without a word is noticed here; one that is only slow reports it itself before.
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "stepwell",
  };
}

/** A connection on which statements may be sent before the answers to earlier ones. */
export interface Connection {
  readonly client: Client;
  /** The server's number of this session (pg_stat_activity.pid). */
  readonly session: number | null;
  /** What is sent during `send` leaves as one write: pg alone would write each statement by itself. */
  batch<T>(send: () => T): T;
  /** Drops it at once, together with whatever is still on its way: those bytes must not arrive later. */
  abandon(): void;
}

/** Throws StoreError. */
export async function connect(target: Target): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({ ...clientConfig(target), pipeline: true, stream: () => socket });
  const abandon = (): void => {
    if (socket.remoteAddress === undefined) socket.destroy();
    else socket.resetAndDestroy();
  };
  const batch = <T>(send: () => T): T => {
    socket.cork();
    try {
      return send();
    } finally {
      socket.uncork();
    }
  };
  try {
    await client.connect();
    const { processID: session } = client as unknown as { processID: number | null };
    return { client, session, batch, abandon };
  } catch (error) {
    throw connectError(error, target);
  }
}

/** Why a connection could not be made, and what to do about it. */
export function connectError(error: unknown, target: Target): StoreError {
  const { location } = target;
  switch (sqlState(error) ?? (error as NodeJS.ErrnoException).code) {
    case "28P01":
      return unreachable(location, "the password is wrong. Correct the user and password in the URL", error);
    case "28000":
      return unreachable(
        location,
        "the user may not log in. Correct the user in the URL, or pg_hba.conf",
        error,
      );
    case "3D000":
      return unreachable(
        location,
        "the database does not exist. Create it (createdb), or correct the URL",
        error,
      );
    case "42501":
      return unreachable(
        location,
        "the user lacks the right to connect. Grant it (GRANT CONNECT ON DATABASE …)",
        error,
      );
    case "53300":
      return unreachable(
        location,
        "the server has no connection left. Raise max_connections, or stop other clients",
        error,
      );
    case "ECONNREFUSED":
      return unreachable(
        location,
        "no server listens there. Start PostgreSQL, or correct host and port in the URL",
        error,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unreachable(location, "the host's name is unknown. Correct it in the URL", error);
    default: {
      const said = (error as Error).message;
      return unreachable(location, `${said}. Check that the server runs and can be reached from here`, error);
    }
  }
}

function unreachable(
  location: string,
  why: string,
  cause?: unknown,
  code: StoreErrorCode = "StoreUnreachable",
): StoreError {
  return new StoreError(code, `PostgreSQL at ${location} cannot be used: ${why}.`, { cause });
}
