import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import type { FileBlobs } from "../blobs/file-blobs.ts";
import { StoreError } from "../errors.ts";

/**
 * Copies a database and its blobs into another folder while commits go on. A store opened there has everything as of
 * a moment during the copy. Throws StoreError when that folder already holds a database.
 */
export async function backup(database: sqlite.DatabaseSync, blobs: FileBlobs, folder: string): Promise<void> {
  const file = join(folder, "stepwell.db");
  if (existsSync(file)) {
    throw new StoreError(
      "BadParameter",
      `${folder} already holds a database. Choose an empty folder for the backup.`,
    );
  }
  await mkdir(folder, { recursive: true });
  try {
    await blobs.copy(join(folder, "blobs"), () => copyDatabase(database, file));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function copyDatabase(database: sqlite.DatabaseSync, file: string): Promise<void> {
  // Node before 22.16 does not have it; VACUUM INTO holds the event loop for as long as it takes.
  if (sqlite.backup) await sqlite.backup(database, file);
  else database.prepare("VACUUM INTO ?").run(file);
}
