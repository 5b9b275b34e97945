import type { Change, CommitOptions, CommitResult, Param, Row, Statement, Store } from "../../store/store.ts";
import type { Activity } from "../../time/activity.ts";
import type { Power } from "./power.ts";

/** Commits to the disk, as the engine wants them made. */
export type Commit = (changes: readonly Change[], options: CommitOptions) => Promise<CommitResult>;

/** The store as one life of an engine has it: what it does counts as activity, and ends when power fails. */
export class LifeStore implements Store {
  readonly kind;
  readonly info;
  readonly #disk: Store;
  readonly #commit: Commit;
  readonly #power: Power;
  readonly #activity: Activity;

  constructor(disk: Store, commit: Commit, power: Power, activity: Activity) {
    this.kind = disk.kind;
    this.info = disk.info;
    this.#disk = disk;
    this.#commit = commit;
    this.#power = power;
    this.#activity = activity;
  }

  read(statement: Statement, params: readonly Param[]): Promise<readonly Row[]> {
    return this.#during(() => this.#disk.read(statement, params));
  }
  commit(changes: readonly Change[], options: CommitOptions): Promise<CommitResult> {
    return this.#during(() => this.#commit(changes, options));
  }
  putBlob(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    return this.#during(() => this.#disk.putBlob(content));
  }
  openBlob(
    hash: string,
    range?: { readonly start: number; readonly end: number },
  ): AsyncIterable<Uint8Array> {
    return this.#disk.openBlob(hash, range);
  }
  collectBlobs(olderThanMs: number): Promise<number> {
    return this.#during(() => this.#disk.collectBlobs(olderThanMs));
  }
  /** The disk outlives every life. */
  async close(): Promise<void> {}

  #during<T>(call: () => Promise<T>): Promise<T> {
    return this.#activity.during(this.#power.guard(call));
  }
}
