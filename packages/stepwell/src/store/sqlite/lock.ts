import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import { databaseError, isBusy } from "./failures.ts";

/** Keeps other processes off a folder until it is released, or until this process ends in whatever way. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The lock is a transaction held open on a small empty database of its own: the
 * operating system drops SQLite's file locks even after kill -9, and the store's own connections do not meet it.
 * Beside it a text file says who holds it. Throws StoreError: StoreInUse, StoreUnreachable.
 *
 * `stepwell.lock` must never be opened by other means in this process: closing any descriptor drops POSIX locks.
 */
export function lockFolder(folder: string, clock: Clock): FolderLock {
  const file = join(folder, "stepwell.lock");
  const holderFile = join(folder, "stepwell.pid");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    throw isBusy(error) ? inUse(folder, holderFile) : databaseError(error, file);
  }
  const held = database;
  noteHolder(holderFile, clock);
  return {
    release: () => {
      rmSync(holderFile, { force: true });
      held.close();
    },
  };
}

/** The note is for people: when it cannot be written (a full disk), the lock holds all the same. */
function noteHolder(file: string, clock: Clock): void {
  const since = new Date(clock.now()).toISOString();
  try {
    writeFileSync(file, `process ${process.pid} on ${hostname()} (since ${since})`);
  } catch {
    rmSync(file, { force: true });
  }
}

function inUse(folder: string, holderFile: string): StoreError {
  let holder = "another process";
  try {
    holder = readFileSync(holderFile, "utf8") || holder;
  } catch {
    // It has just begun, or could not say so.
  }
  return new StoreError(
    "StoreInUse",
    `The data in ${folder} is in use by ${holder}. Stop that process first, or choose another folder. ` +
      "Several servers can share one PostgreSQL instead.",
  );
}
