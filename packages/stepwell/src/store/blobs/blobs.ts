import { Conflict, StoreError } from "../errors.ts";
import { type Statement, type Store, statement } from "../store.ts";

/**
 * Blobs are kept under the SHA-256 of their bytes. `blobs` has a row per blob, `blob_refs` a row per owner and blob;
 * a blob without a reference is removed when it is old enough. A reference to a blob that was just removed fails its
 * commit with Conflict (its foreign key), so no commit ever refers to bytes that are gone: put the blob again.
 */
export interface Blobs {
  put(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string>;
  open(hash: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  collect(olderThanMs: number): Promise<number>;
}

/** `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `$1` owner, `$2` hash: keeps the blob for as long as the reference is there. Twice is as good as once. */
export const referToBlob: Statement = statement(
  "store.referToBlob",
  "INSERT INTO blob_refs (owner, hash) VALUES ($1, $2) ON CONFLICT (owner, hash) DO NOTHING",
);

/** `$1` owner, `$2` hash: drops one reference. */
export const releaseBlob: Statement = statement(
  "store.releaseBlob",
  "DELETE FROM blob_refs WHERE owner = $1 AND hash = $2",
);

/** `$1` owner: drops all of its references. */
export const releaseBlobs: Statement = statement(
  "store.releaseBlobs",
  "DELETE FROM blob_refs WHERE owner = $1",
);

/** `$1` not stored or put again since (ms), `$2` beyond this hash, `$3` how many: candidates for removal, by hash. */
const unreferencedBlobs: Statement = statement(
  "store.unreferencedBlobs",
  `SELECT hash, upload FROM blobs WHERE stored_at < $1 AND hash > $2
   AND NOT EXISTS (SELECT 1 FROM blob_refs WHERE blob_refs.hash = blobs.hash) ORDER BY hash LIMIT $3`,
);

/** `$1` hash, `$2` as above: removes the blob's row unless something has happened to it since. */
export const removeBlob: Statement = statement(
  "store.removeBlob",
  `DELETE FROM blobs WHERE hash = $1 AND stored_at < $2
   AND NOT EXISTS (SELECT 1 FROM blob_refs WHERE blob_refs.hash = blobs.hash)`,
);

const PAGE = 200;

/**
 * Removes by `remove`, which resolves to whether it did, every blob that nothing refers to and that was neither
 * stored nor put again since `beforeMs`. Resolves to how many.
 */
export async function removeUnreferenced(
  store: Store,
  beforeMs: number,
  remove: (hash: string, upload: string) => Promise<boolean>,
): Promise<number> {
  let removed = 0;
  let beyond = "";
  for (;;) {
    const page = await store.read(unreferencedBlobs, [beforeMs, beyond, PAGE]);
    if (page.length === 0) return removed;
    const results = await Promise.all(
      page.map(({ hash, upload }) => remove(hash as string, upload as string)),
    );
    removed += results.filter(Boolean).length;
    beyond = page.at(-1)!.hash as string;
  }
}

/** Whether a commit went through; false when one of its guards said no. */
export async function unlessConflict(commit: Promise<unknown>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}

export function blobNotFound(hash: string): StoreError {
  return new StoreError(
    "BlobNotFound",
    `There is no blob ${hash}: it was never stored, or nothing referred to it and it was collected.`,
  );
}

/** Whether it can be the name of a blob. */
export function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** Rejects what cannot be a blob's name or a part of one, before it comes near a file. */
export function checkBlobRequest(hash: string, range: ByteRange | undefined): void {
  if (!isHash(hash)) {
    throw new StoreError("BadParameter", `"${hash}" is not a blob's hash: 64 digits of lower-case hex.`);
  }
  if (!range) return;
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new StoreError(
      "BadParameter",
      `The range ${start} to ${end} is not one: 0 <= start <= end, in whole bytes.`,
    );
  }
}
