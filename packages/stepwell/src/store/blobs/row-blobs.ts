import { createHash } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import type { Ids } from "../../kernel/ids.ts";
import { Conflict, StoreError } from "../errors.ts";
import { type Change, type CommitResult, insert, type Store, statement } from "../store.ts";
import {
  type Blobs,
  type ByteRange,
  blobNotFound,
  checkBlobRequest,
  removeBlob,
  removeUnreferenced,
  unlessConflict,
} from "./blobs.ts";

/** The size of one row; also how much of a blob is held in memory at a time. */
const CHUNK_BYTES = 256 * 1024;

const startUpload = insert("store.startUpload", "blob_uploads", { upload: "text", touched_at: "bigint" });
const touchUpload = statement(
  "store.touchUpload",
  "UPDATE blob_uploads SET touched_at = $2 WHERE upload = $1",
);
const endUpload = statement("store.endUpload", "DELETE FROM blob_uploads WHERE upload = $1");
const abandonUpload = statement(
  "store.abandonUpload",
  "DELETE FROM blob_uploads WHERE upload = $1 AND touched_at < $2",
);
const addChunk = insert("store.addChunk", "blob_chunks", { upload: "text", seq: "bigint", bytes: "bytea" });
const removeChunks = statement("store.removeChunks", "DELETE FROM blob_chunks WHERE upload = $1");
const readChunk = statement(
  "store.readChunk",
  "SELECT bytes FROM blob_chunks WHERE upload = $1 AND seq = $2",
);
/** A blob that is put again keeps its bytes and counts as new: what refers to it may be on its way. */
const recordUpload = statement(
  "store.recordUpload",
  `INSERT INTO blobs (hash, size, upload, stored_at) VALUES ($1, $2, $3, $4)
   ON CONFLICT (hash) DO UPDATE SET stored_at = excluded.stored_at RETURNING upload`,
);
const findUpload = statement("store.findUpload", "SELECT size, upload FROM blobs WHERE hash = $1");
const oldUploads = statement(
  "store.oldUploads",
  `SELECT upload, (SELECT count(*) FROM blobs WHERE blobs.upload = blob_uploads.upload) AS used
   FROM blob_uploads WHERE touched_at < $1`,
);

/** Blobs as rows of a table: on PostgreSQL, and in memory. */
export class RowBlobs implements Blobs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(store: Store, clock: Clock, ids: Ids) {
    this.#store = store;
    this.#clock = clock;
    this.#ids = ids;
  }

  /**
   * Chunks are committed as they come, under the name of an upload; the blob is there when its row is. What a failed
   * upload leaves behind, collect() removes.
   */
  async put(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    const upload = this.#ids.uuid();
    try {
      const { hash, isNew } = await this.#upload(upload, content);
      const clean: Change[] = isNew ? [] : [{ statement: removeChunks, params: [upload] }];
      await this.#store.commit([...clean, { statement: endUpload, params: [upload] }], { key: upload });
      return hash;
    } catch (error) {
      throw error instanceof Conflict ? sweptMeanwhile(error) : error;
    }
  }

  async #upload(
    upload: string,
    content: AsyncIterable<Uint8Array> | Uint8Array,
  ): Promise<{ hash: string; isNew: boolean }> {
    const digest = createHash("sha256");
    let size = 0;
    let seq = 0;
    let held: Change[] = [];
    // Every commit of an upload touches its row: one that was swept meanwhile must not go on.
    const guarded = (changes: readonly Change[], isFirst: boolean): Promise<CommitResult> => {
      const statement = isFirst ? startUpload : touchUpload;
      const guard: Change = { statement, params: [upload, this.#clock.now()], rows: 1 };
      return this.#store.commit([guard, ...changes], { key: upload });
    };
    for await (const bytes of inChunks(content)) {
      digest.update(bytes);
      size += bytes.length;
      if (seq > 0) await guarded(held, seq === 1);
      held = [{ statement: addChunk, params: [upload, seq++, bytes], rows: 1 }];
    }
    const hash = digest.digest("hex");
    const params = [hash, size, upload, this.#clock.now()];
    const rows = await guarded([...held, { statement: recordUpload, params, rows: 1 }], seq <= 1);
    return { hash, isNew: rows.at(-1)![0]!.upload === upload };
  }

  async *open(hash: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    checkBlobRequest(hash, range);
    const blob = (await this.#store.read(findUpload, [hash]))[0];
    if (!blob) throw blobNotFound(hash);
    const end = Math.min(range?.end ?? Number.POSITIVE_INFINITY, blob.size as number);
    for (let at = range?.start ?? 0; at < end; ) {
      const seq = Math.floor(at / CHUNK_BYTES);
      const row = (await this.#store.read(readChunk, [blob.upload!, seq]))[0];
      if (!row) throw blobNotFound(hash);
      const from = seq * CHUNK_BYTES;
      const bytes = (row.bytes as Uint8Array).subarray(at - from, end - from);
      at += bytes.length;
      yield bytes;
    }
  }

  async collect(olderThanMs: number): Promise<number> {
    const before = this.#clock.now() - olderThanMs;
    await this.#sweep(before);
    return removeUnreferenced(this.#store, before, (hash, upload) => this.#remove(hash, upload, before));
  }

  #remove(hash: string, upload: string, before: number): Promise<boolean> {
    const changes: Change[] = [
      { statement: removeBlob, params: [hash, before], rows: 1 },
      { statement: removeChunks, params: [upload] },
    ];
    return unlessConflict(this.#store.commit(changes, { key: upload }));
  }

  /** Uploads that never became a blob: their writer died. */
  async #sweep(before: number): Promise<void> {
    for (const { upload, used } of await this.#store.read(oldUploads, [before])) {
      const changes: Change[] = [{ statement: abandonUpload, params: [upload!, before], rows: 1 }];
      if (used === 0) changes.push({ statement: removeChunks, params: [upload!] });
      await unlessConflict(this.#store.commit(changes, { key: upload as string }));
    }
  }
}

function sweptMeanwhile(cause: Conflict): StoreError {
  return new StoreError(
    "BlobNotFound",
    "The blob's content stood still for longer than unreferenced blobs are kept, and its first part was collected. Put it again.",
    { cause },
  );
}

/** The content in pieces as rows hold them: of 256 KiB, the last one shorter. */
export async function* inChunks(content: AsyncIterable<Uint8Array> | Uint8Array): AsyncIterable<Uint8Array> {
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK_BYTES - filled);
      chunk.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled === CHUNK_BYTES) {
        yield chunk;
        chunk = new Uint8Array(CHUNK_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
