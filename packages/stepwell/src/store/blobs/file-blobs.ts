import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Ids } from "../../kernel/ids.ts";
import { StoreError } from "../errors.ts";
import { type Store, statement } from "../store.ts";
import {
  type Blobs,
  type ByteRange,
  blobNotFound,
  checkBlobRequest,
  isHash,
  removeBlob,
  removeUnreferenced,
  unlessConflict,
} from "./blobs.ts";
import { KeyedMutex } from "./keyed-mutex.ts";

const READ_BYTES = 256 * 1024;

/** What a mutex is asked for by whoever removes blobs, or must not have them removed. */
const COLLECTION = "collection";

/** A blob that is put again counts as new: what refers to it may be on its way. */
const recordBlob = statement(
  "store.recordBlob",
  `INSERT INTO blobs (hash, size, upload, stored_at) VALUES ($1, $2, NULL, $3)
   ON CONFLICT (hash) DO UPDATE SET stored_at = excluded.stored_at`,
);
const findBlob = statement("store.findBlob", "SELECT 1 AS found FROM blobs WHERE hash = $1");

/**
 * Blobs as files of a folder, named by their hash: written aside, fsynced, renamed, the folder fsynced, and only then
 * recorded in the database. So a row always has its file; a file without a row is left over from a crash.
 */
export class FileBlobs implements Blobs {
  readonly #folder: string;
  readonly #aside: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;
  /** Putting a blob in its place and removing it must not overlap. */
  readonly #places = new KeyedMutex();
  #ready: Promise<unknown> | undefined;
  #swept = false;

  constructor(folder: string, store: Store, clock: Clock, ids: Ids) {
    this.#folder = folder;
    this.#aside = join(folder, "incoming");
    this.#store = store;
    this.#clock = clock;
    this.#ids = ids;
  }

  async put(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    this.#ready ??= this.#empty();
    await this.#ready;
    const aside = join(this.#aside, this.#ids.uuid());
    try {
      const { hash, size } = await writeDurably(aside, content);
      await this.#places.run(hash, async () => {
        await rename(aside, join(this.#folder, hash));
        await syncFolder(this.#folder);
        await this.#store.commit([{ statement: recordBlob, params: [hash, size, this.#clock.now()] }], {
          key: hash,
        });
      });
      return hash;
    } catch (error) {
      throw isFull(error) ? diskFull(this.#folder, error) : error;
    } finally {
      await rm(aside, { force: true });
    }
  }

  async *open(hash: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    checkBlobRequest(hash, range);
    const file = await openOrNot(join(this.#folder, hash));
    if (!file) throw blobNotFound(hash);
    try {
      let at = range?.start ?? 0;
      const end = range?.end ?? Number.POSITIVE_INFINITY;
      while (at < end) {
        const buffer = new Uint8Array(Math.min(READ_BYTES, end - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  collect(olderThanMs: number): Promise<number> {
    return this.#places.run(COLLECTION, async () => {
      if (!this.#swept) await this.#sweep();
      const before = this.#clock.now() - olderThanMs;
      return removeUnreferenced(this.#store, before, (hash) => this.#remove(hash, before));
    });
  }

  /**
   * Copies the database by `copyDatabase`, then all blobs into a folder. Nothing is collected meanwhile, so that every
   * blob which the copied database refers to is among them.
   */
  copy(to: string, copyDatabase: () => Promise<void>): Promise<void> {
    return this.#places.run(COLLECTION, async () => {
      await copyDatabase();
      await mkdir(to, { recursive: true });
      const names = existsSync(this.#folder) ? await readdir(this.#folder) : [];
      for (const name of names.filter(isHash)) {
        await copyFile(join(this.#folder, name), join(to, name), constants.COPYFILE_FICLONE);
      }
    });
  }

  /** Nobody else writes in this folder, so what lies aside at the first put is left over from a crash. */
  async #empty(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true });
    await mkdir(this.#aside, { recursive: true });
  }

  /** First the row, then the file: a crash between them leaves a file that nobody refers to. */
  #remove(hash: string, before: number): Promise<boolean> {
    return this.#places.run(hash, async () => {
      const change = { statement: removeBlob, params: [hash, before], rows: 1 };
      if (!(await unlessConflict(this.#store.commit([change], { key: hash })))) return false;
      await rm(join(this.#folder, hash), { force: true });
      return true;
    });
  }

  /** Removes files that have no row. Only a crash leaves such files, so once per opening is enough. */
  async #sweep(): Promise<void> {
    this.#swept = true;
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : [];
    for (const hash of names.filter(isHash)) {
      await this.#places.run(hash, async () => {
        const rows = await this.#store.read(findBlob, [hash]);
        if (rows.length === 0) await rm(join(this.#folder, hash), { force: true });
      });
    }
  }
}

export async function writeDurably(
  path: string,
  content: AsyncIterable<Uint8Array> | Uint8Array,
): Promise<{ hash: string; size: number }> {
  const digest = createHash("sha256");
  let size = 0;
  const file = await open(path, "wx");
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      digest.update(piece);
      await file.writeFile(piece);
      size += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { hash: digest.digest("hex"), size };
}

/** A rename is durable when its folder is. Windows cannot fsync a folder, and its renames are journalled. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

function diskFull(folder: string, cause: unknown): StoreError {
  return new StoreError(
    "StoreFull",
    `The disk that holds ${folder} is full. The blob was not stored. Free some space and put it again.`,
    { cause },
  );
}

async function openOrNot(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
