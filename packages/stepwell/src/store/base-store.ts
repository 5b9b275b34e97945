import type { Blobs, ByteRange } from "./blobs/blobs.ts";
import { storeClosed } from "./commit-queue.ts";
import { checkChanges, checkRead } from "./params.ts";
import type {
  Change,
  CommitOptions,
  CommitResult,
  Param,
  Row,
  Statement,
  Store,
  StoreInfo,
} from "./store.ts";

/** What every store does alike: checking what it is given, blobs, and the end of it. */
export abstract class BaseStore implements Store {
  abstract readonly kind: "sqlite" | "postgres";
  readonly info: StoreInfo;
  #closing: Promise<void> | undefined;

  constructor(info: StoreInfo) {
    this.info = info;
  }

  protected abstract readonly blobs: Blobs;
  protected abstract readRows(statement: Statement, params: readonly Param[]): Promise<readonly Row[]>;
  /** Queues checked changes; rejects with StoreClosed once `end` was called. */
  protected abstract push(changes: readonly Change[], key: string): Promise<CommitResult>;
  /** Takes no more commits, waits for those under way, and lets go of everything. */
  protected abstract end(): Promise<void>;

  async read(statement: Statement, params: readonly Param[]): Promise<readonly Row[]> {
    this.checkOpen();
    checkRead(statement, params);
    return this.readRows(statement, params);
  }

  /** Not async: it is called hundreds of thousands of times a second, and another promise each would show. */
  commit(changes: readonly Change[], { key }: CommitOptions): Promise<CommitResult> {
    try {
      checkChanges(changes);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.push(changes, key);
  }

  async putBlob(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    this.checkOpen();
    return this.blobs.put(content);
  }

  async *openBlob(hash: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    this.checkOpen();
    yield* this.blobs.open(hash, range);
  }

  async collectBlobs(olderThanMs: number): Promise<number> {
    this.checkOpen();
    return this.blobs.collect(olderThanMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.end();
    return this.#closing;
  }

  protected checkOpen(): void {
    if (this.#closing) throw storeClosed();
  }
}
