import type { Clock } from "../kernel/clock.ts";
import { StoreError } from "./errors.ts";
import { errorOf, isFailure, type Outcome } from "./outcome.ts";
import type { CommitResult } from "./store.ts";

// Taken when the module loads: a test that fakes timers must not stop a store in its process.
const { setImmediate } = globalThis;

/** A flush takes no more commits than this, so that a burst of them does not hold the event loop for too long. */
const MAX_COMMITS = 4096;

interface Settle {
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: Error) => void;
}

/** What a flush did, for whoever measures. */
export interface FlushReport {
  readonly outcomes: readonly Outcome[];
  /** The time of the flush itself. */
  readonly flushMs: number;
  /** From the arrival of its first commit to its end: none of its commits took longer. */
  readonly longestMs: number;
}

export interface CommitQueueOptions {
  /** Measures flushes. */
  readonly clock: Clock;
  readonly onFlush?: ((report: FlushReport) => void) | undefined;
}

/**
 * Gathers commits into flushes, in arrival order: whatever was made in one turn of the event loop, or while a flush
 * was under way, forms the next one. No timer, so one waiting commit waits for nothing but itself. A flush resolves
 * to one outcome per commit and never rejects.
 */
export class CommitQueue<T> {
  readonly #flush: (commits: readonly T[]) => readonly Outcome[] | Promise<readonly Outcome[]>;
  #commits: T[] = [];
  #settle: Settle[] = [];
  /** When the first of the commits that wait came. */
  #firstMs = 0;
  readonly #options: CommitQueueOptions;
  /** A turn is scheduled or a flush is under way. */
  #busy = false;
  #closed = false;
  #drained: (() => void)[] = [];

  constructor(
    flush: (commits: readonly T[]) => readonly Outcome[] | Promise<readonly Outcome[]>,
    options: CommitQueueOptions,
  ) {
    this.#flush = flush;
    this.#options = options;
  }

  /** Whether commits wait or are being written. */
  get busy(): boolean {
    return this.#busy;
  }

  push(commit: T): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(storeClosed());
        return;
      }
      if (this.#commits.length === 0) this.#firstMs = this.#options.clock.monotonicMs();
      this.#commits.push(commit);
      this.#settle.push({ resolve, reject });
      if (!this.#busy) this.#schedule();
    });
  }

  /** Takes no more commits, and resolves when those it has are settled. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      if (this.#busy) this.#drained.push(resolve);
      else resolve();
    });
  }

  #schedule(): void {
    this.#busy = true;
    setImmediate(() => {
      const commits =
        this.#commits.length <= MAX_COMMITS ? this.#commits : this.#commits.splice(0, MAX_COMMITS);
      const settle = this.#settle.length <= MAX_COMMITS ? this.#settle : this.#settle.splice(0, MAX_COMMITS);
      if (commits === this.#commits) {
        this.#commits = [];
        this.#settle = [];
      }
      const firstMs = this.#firstMs;
      const startedMs = this.#options.clock.monotonicMs();
      const outcomes = this.#flush(commits);
      const done = (known: readonly Outcome[]) => {
        this.#report(known, firstMs, startedMs);
        this.#done(known, settle);
      };
      if (outcomes instanceof Promise) void outcomes.then(done);
      else done(outcomes);
    });
  }

  #report(outcomes: readonly Outcome[], firstMs: number, startedMs: number): void {
    const { clock, onFlush } = this.#options;
    if (!onFlush) return;
    const nowMs = clock.monotonicMs();
    onFlush({ outcomes, flushMs: nowMs - startedMs, longestMs: nowMs - firstMs });
  }

  #done(outcomes: readonly Outcome[], settle: readonly Settle[]): void {
    for (let i = 0; i < settle.length; i++) {
      const outcome = outcomes[i]!;
      if (isFailure(outcome)) settle[i]!.reject(errorOf(outcome));
      else settle[i]!.resolve(outcome);
    }
    if (this.#commits.length > 0) {
      this.#schedule();
      return;
    }
    this.#busy = false;
    for (const drained of this.#drained.splice(0)) drained();
  }
}

export function storeClosed(): StoreError {
  return new StoreError("StoreClosed", "The store is closed. Nothing was stored.");
}
