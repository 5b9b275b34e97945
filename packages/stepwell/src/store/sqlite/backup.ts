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
export async function backup(source: string, blobs: FileBlobs, folder: string): Promise<void> {
  const file = join(folder, "stepwell.db");
  if (existsSync(file)) {
    throw new StoreError(
      "BadParameter",
      `${folder} already holds a database. Choose an empty folder for the backup.`,
    );
  }
  await mkdir(folder, { recursive: true });
  try {
    await blobs.copy(join(folder, "blobs"), () => copyDatabase(source, file));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** More pages than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * A connection of its own copies all pages in one step, off the event loop: it sees one moment, and does not stop those
 * who write meanwhile. In several steps the copy would begin anew after every commit of another connection, and under
 * load never end (seen after 20 s, with a thread that writes).
 */
async function copyDatabase(source: string, file: string): Promise<void> {
  const database = new sqlite.DatabaseSync(source, { readOnly: true });
  try {
    // Node before 22.16 does not have it; VACUUM INTO holds the event loop for as long as it takes.
    if (sqlite.backup) await sqlite.backup(database, file, { rate: ALL_PAGES });
    else database.prepare("VACUUM INTO ?").run(file);
  } finally {
    database.close();
  }
}
