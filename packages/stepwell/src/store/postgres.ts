import type { Clock } from "../kernel/clock.ts";
import { RealIds } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Signals } from "../kernel/signals.ts";
import { BaseStore } from "./base-store.ts";
import { RowBlobs } from "./blobs/row-blobs.ts";
import type { FlushReport } from "./commit-queue.ts";
import { StoreError } from "./errors.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { connect, connectError, type Target, targetOf } from "./postgres/connect.ts";
import { Lane } from "./postgres/lane.ts";
import { checkServer, migratePostgres } from "./postgres/migrate.ts";
import { Reader } from "./postgres/reader.ts";
import { PostgresSignals } from "./postgres/signals.ts";
import type { Change, CommitResult, Param, Row, Statement } from "./store.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, with pg's parameters such as `?sslmode=require`. */
  readonly url: string;
  /** The schema that holds the tables, made if it is missing; `stepwell` if not given. */
  readonly schema?: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** How many connections write; 2 if not given. Commits of one key always take the same. */
  readonly lanes?: number;
  /** How many connections read at most; 4 if not given. */
  readonly readers?: number;
  /** The schema's steps; the product's own unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
  /** Told of every flush. */
  readonly onFlush?: (report: FlushReport) => void;
}

/** How many connections a store has open, and whether they are used. */
export interface PostgresConnections {
  readonly readers: { readonly busy: number; readonly idle: number; readonly waiting: number };
  readonly lanes: { readonly busy: number; readonly idle: number };
}

/**
 * Opens data on a PostgreSQL server, which any number of processes may share. Throws StoreError: StoreUnreachable,
 * StoreUnsupported, StoreNewerSchema, BadParameter.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const target = targetOf(options.url, options.schema ?? "stepwell");
  const { client } = await connect(target);
  try {
    await checkServer(client, target);
    await migratePostgres(client, target, options.migrations ?? MIGRATIONS, options.clock);
  } catch (error) {
    throw error instanceof StoreError ? error : connectError(error, target);
  } finally {
    await client.end();
  }
  return new PostgresStore(target, options);
}

/** A store in a schema of a PostgreSQL database. Use openPostgresStore. */
export class PostgresStore extends BaseStore {
  readonly kind = "postgres";
  protected readonly blobs: RowBlobs;
  readonly #target: Target;
  readonly #lanes: readonly Lane[];
  readonly #reader: Reader;

  constructor(target: Target, options: PostgresOptions) {
    super({ location: target.location });
    this.#target = target;
    const ids = new RealIds(options.clock);
    const process = ids.uuid();
    let flushes = 0;
    const newId = (): string => `${process}/${++flushes}`;
    this.#lanes = Array.from({ length: options.lanes ?? 2 }, () => new Lane(target, newId, options.onFlush));
    this.#reader = new Reader(target, options.readers ?? 4);
    this.blobs = new RowBlobs(this, options.clock, ids);
  }

  connections(): PostgresConnections {
    const open = this.#lanes.filter((lane) => lane.connected);
    const busy = open.filter((lane) => lane.busy).length;
    return { readers: this.#reader.connections(), lanes: { busy, idle: open.length - busy } };
  }

  /** How this process tells others on the same data that something has happened; `sender` is its name. */
  openSignals(sender: string, log: Logger): Signals {
    return new PostgresSignals(this.#target, sender, log);
  }

  /** PostgreSQL has its own tools for that. */
  async backupTo(): Promise<void> {
    throw new StoreError(
      "StoreUnsupported",
      `Data on PostgreSQL is backed up with PostgreSQL's tools: pg_dump --schema of ${this.info.location}.`,
    );
  }

  protected readRows(statement: Statement, params: readonly Param[]): Promise<readonly Row[]> {
    return this.#reader.read(statement, params);
  }

  protected push(changes: readonly Change[], key: string): Promise<CommitResult> {
    return this.#lanes[hash(key) % this.#lanes.length]!.push({ key, changes });
  }

  protected async end(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    await this.#reader.close();
  }
}

/** FNV-1a over the key's UTF-16 units: only has to spread keys over lanes. */
function hash(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
