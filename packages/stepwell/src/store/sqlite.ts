import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../kernel/clock.ts";
import { RealIds } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { BaseStore } from "./base-store.ts";
import type { Blobs } from "./blobs/blobs.ts";
import { FileBlobs } from "./blobs/file-blobs.ts";
import { RowBlobs } from "./blobs/row-blobs.ts";
import { CommitQueue, type CommitQueueOptions, type FlushReport } from "./commit-queue.ts";
import { StoreError } from "./errors.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Changes } from "./outcome.ts";
import { backup } from "./sqlite/backup.ts";
import { WAL_LIMIT_BYTES } from "./sqlite/checkpointer.ts";
import { openDatabase } from "./sqlite/database.ts";
import { badStatement, databaseError, isDatabaseFailure, notWritable } from "./sqlite/failures.ts";
import { type FlushWriter, LocalWriter } from "./sqlite/local-writer.ts";
import { lockFolder } from "./sqlite/lock.ts";
import { migrateSqlite } from "./sqlite/migrate.ts";
import { PreparedStatements } from "./sqlite/prepared.ts";
import { measureFsync } from "./sqlite/probe.ts";
import { ThreadedWriter } from "./sqlite/threaded-writer.ts";
import { refuseUnfinished } from "./sqlite/unfinished-copy.ts";
import { SqliteWriter } from "./sqlite/writer.ts";
import type { CommitResult, Param, Row, Statement, Store, StoreInfo } from "./store.ts";

export interface SqliteOptions {
  /** Made if it is missing. `:memory:` keeps everything in this process and loses it at close. */
  readonly folder: string | ":memory:";
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Whether a thread of its own writes, so that a slow disk does not hold up the event loop. `auto` (the default)
   * decides by a measurement. In memory there is no disk and no thread.
   */
  readonly writerThread?: "auto" | "on" | "off";
  /** The schema; the product's own unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
  /** Told of every flush. */
  readonly onFlush?: (report: FlushReport) => void;
}

/** Above this a commit would hold the event loop for longer than handing it to a thread costs. */
const SLOW_FSYNC_MS = 1;

/**
 * Opens SQLite data for this process alone. Throws StoreError: StoreInUse, StoreNewerSchema, StoreCorrupt, StoreFull,
 * StoreUnreachable.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<SqliteStore> {
  return options.folder === ":memory:" ? openInMemory(options) : openInFolder(options, options.folder);
}

interface Parts {
  readonly info: StoreInfo;
  readonly flush: FlushWriter["flush"];
  /** The connection that reads: the writer's own, unless a thread has that. */
  readonly reader: DatabaseSync;
  readonly blobs: (store: Store) => Blobs;
  readonly backup: (folder: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A store in a SQLite database. Use openSqliteStore. */
export class SqliteStore extends BaseStore {
  readonly kind = "sqlite";
  protected readonly blobs: Blobs;
  readonly #parts: Parts;
  readonly #queue: CommitQueue<Changes>;
  readonly #statements: PreparedStatements;

  constructor(parts: Parts, measured: CommitQueueOptions) {
    super(parts.info);
    this.#parts = parts;
    this.#queue = new CommitQueue(parts.flush, measured);
    this.#statements = new PreparedStatements(parts.reader);
    this.blobs = parts.blobs(this);
  }

  /**
   * Copies everything into another folder, where it can be opened as a store, while commits go on. Throws StoreError
   * when that folder already holds a database, and in memory, where there is nothing that outlives the process.
   */
  async backupTo(folder: string): Promise<void> {
    this.checkOpen();
    await this.#parts.backup(folder);
  }

  protected async readRows(statement: Statement, params: readonly Param[]): Promise<readonly Row[]> {
    try {
      return this.#statements.read(statement, params);
    } catch (error) {
      throw isDatabaseFailure(error)
        ? databaseError(error, this.info.location)
        : badStatement(statement.name, error);
    }
  }

  /** There is one order for all commits, whatever their keys. */
  protected push(changes: Changes): Promise<CommitResult> {
    return this.#queue.push(changes);
  }

  protected async end(): Promise<void> {
    await this.#queue.close();
    await this.#parts.close();
  }
}

function openInMemory(options: SqliteOptions): SqliteStore {
  const { clock } = options;
  const database = openMigratedInMemory(options.migrations ?? MIGRATIONS, clock);
  const writer = new SqliteWriter(database, ":memory:");
  const parts: Parts = {
    info: { location: ":memory:" },
    flush: (commits) => writer.flush(commits),
    reader: database,
    blobs: (store) => new RowBlobs(store, clock, new RealIds(clock)),
    backup: () =>
      Promise.reject(
        new StoreError("StoreUnsupported", "A store in memory has no backup. Open it in a folder."),
      ),
    close: async () => database.close(),
  };
  return new SqliteStore(parts, options);
}

/** Fresh databases as bytes: a copy takes a seventh of the time that migrations do, and tests open many stores. */
const images = new WeakMap<readonly Migration[], Uint8Array>();

function openMigratedInMemory(migrations: readonly Migration[], clock: Clock): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  // Tests open many: without these the first claim makes a temporary file, and an empty database is four times as large.
  database.exec("PRAGMA temp_store = MEMORY; PRAGMA page_size = 1024");
  const image = images.get(migrations);
  if (image) {
    database.deserialize(image);
  } else {
    migrateSqlite(database, migrations, ":memory:", clock);
    // Node 22 and early 24 cannot copy databases; they migrate each.
    if (typeof database.serialize === "function") images.set(migrations, database.serialize());
  }
  return database;
}

function openInFolder(options: SqliteOptions, folder: string): SqliteStore {
  const { clock, log, writerThread = "auto" } = options;
  const file = join(folder, "stepwell.db");
  makeFolder(folder);
  const lock = lockFolder(folder, clock);
  try {
    refuseUnfinished(folder);
    const database = openMigrated(file, options);
    const fsyncMs = measureFsync(folder, clock);
    const onTrouble = (reason: string) => log.warn({ file, reason }, "a thread of the store had trouble");
    const threaded = writerThread === "on" || (writerThread === "auto" && fsyncMs > SLOW_FSYNC_MS);
    const writer = threaded
      ? new ThreadedWriter(file, onTrouble)
      : new LocalWriter(database, file, onTrouble);
    let files: FileBlobs;
    const parts: Parts = {
      info: { location: file, fsyncMs, writerThread: threaded },
      flush: (commits) => writer.flush(commits),
      reader: database,
      blobs: (store) => {
        files = new FileBlobs(join(folder, "blobs"), store, clock, new RealIds(clock));
        return files;
      },
      backup: (to) => backup(file, files, to),
      close: async () => {
        if (threaded) database.close();
        await writer.close();
        lock.release();
      },
    };
    return new SqliteStore(parts, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StoreError("StoreUnreachable", notWritable(folder, (error as Error).message), { cause: error });
  }
}

function openMigrated(file: string, options: SqliteOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(file, WAL_LIMIT_BYTES);
    migrateSqlite(database, options.migrations ?? MIGRATIONS, file, options.clock);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof StoreError ? error : databaseError(error, file);
  }
}
