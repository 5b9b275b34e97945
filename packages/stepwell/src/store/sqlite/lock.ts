import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import { databaseError, isBusy } from "./failures.ts";

/** Keeps other processes off a folder until it is released, or until this process ends in whatever way. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The lock is a write transaction held open on a small database of its own:
 * the operating system drops SQLite's file locks even after kill -9, and the store's own connections do not meet it.
 * Who holds it can still be read, because a reserved lock lets readers in. Throws StoreError StoreInUse.
 *
 * The file must never be opened by other means in this process: closing any descriptor of it drops POSIX locks.
 */
export function lockFolder(file: string, folder: string, clock: Clock): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec("PRAGMA busy_timeout = 200");
    database.exec("CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since INTEGER)");
    database.exec("BEGIN IMMEDIATE; DELETE FROM holder");
    database
      .prepare("INSERT INTO holder (pid, host, since) VALUES (?, ?, ?)")
      .run(process.pid, hostname(), clock.now());
    database.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    const holder = isBusy(error) && database ? holderOf(database) : undefined;
    database?.close();
    if (isBusy(error)) throw inUse(folder, holder);
    throw databaseError(error, file);
  }
  const held = database;
  return { release: () => held.close() };
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly since: number;
}

function holderOf(database: DatabaseSync): Holder | undefined {
  try {
    return database.prepare("SELECT pid, host, since FROM holder").get() as Holder | undefined;
  } catch {
    return undefined;
  }
}

function inUse(folder: string, holder: Holder | undefined): StoreError {
  const who = holder
    ? `process ${holder.pid} on ${holder.host} (since ${new Date(holder.since).toISOString()})`
    : "another process";
  return new StoreError(
    "StoreInUse",
    `The data in ${folder} is in use by ${who}. Stop that process first, or choose another folder. ` +
      "Several servers can share one PostgreSQL instead.",
  );
}
