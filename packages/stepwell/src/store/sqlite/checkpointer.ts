import { statSync } from "node:fs";
import { extname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { RealClock, type Timer } from "../../kernel/clock.ts";

/** The log is kept at about this size: 4,096 pages. It is also what SQLite cuts the file back to. */
export const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** When the thread has not kept up and the log is this large, the writer moves its pages itself. */
const WAL_CAP_BYTES = 4 * WAL_LIMIT_BYTES;

/** Asking the file system costs 2 µs; the log does not grow past its cap within so few flushes of ordinary size. */
const FLUSHES_PER_LOOK = 8;

const IDLE_MS = 10_000;

/** At the cap the writer waits for a thread that is at it: on a busy machine the log would grow for as long as that takes. */
const MOST_WAITED_MS = 1_000;
const PAUSE_MS = 2;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Moves the pages of the write-ahead log into the database, off the commit path: a thread with a connection of its
 * own moves the bulk and waits for its fsyncs, and the writer then moves the few pages that came meanwhile, so that
 * the log is empty for a moment and the next commit starts it over (under steady load it would grow forever
 * otherwise: https://sqlite.org/wal.html#avoiding_excessively_large_wal_files).
 *
 * The size of the log's file says when. It grows past the limit only when that much was written since the log was
 * last started over, because SQLite then cuts it back (journal_size_limit).
 */
export class Checkpointer {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #onTrouble: (message: string) => void;
  readonly #clock = new RealClock();
  #flushes = 0;
  #thread: Worker | undefined;
  #moving = false;
  #idle: Timer | undefined;

  constructor(database: DatabaseSync, file: string, onTrouble: (message: string) => void) {
    this.#database = database;
    this.#file = file;
    this.#onTrouble = onTrouble;
  }

  afterFlush(): void {
    if (++this.#flushes % FLUSHES_PER_LOOK !== 0) return;
    const bytes = statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > WAL_CAP_BYTES) this.#restart();
    else if (bytes > WAL_LIMIT_BYTES && !this.#moving) this.#moveAside();
  }

  async close(): Promise<void> {
    this.#idle?.cancel();
    const thread = this.#thread;
    if (!thread) return;
    const exited = new Promise((resolve) => thread.once("exit", resolve));
    thread.ref();
    thread.postMessage("end");
    await exited;
  }

  #moveAside(): void {
    this.#idle?.cancel();
    try {
      this.#thread ??= this.#start();
      this.#thread.postMessage("checkpoint");
      this.#moving = true;
    } catch (error) {
      // No thread to be had: the writer does it when the log reaches its cap.
      this.#onTrouble((error as Error).message);
    }
  }

  #start(): Worker {
    const thread = new Worker(new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: { file: this.#file },
    });
    thread.unref();
    thread.on("message", (trouble: string | null) => {
      if (trouble !== null) this.#onTrouble(trouble);
      else if (this.#thread === thread) this.#checkpoint("PASSIVE");
      this.#moving = false;
      this.#idle = this.#clock.at(this.#clock.now() + IDLE_MS, () => thread.postMessage("end"));
    });
    thread.on("error", (error) => this.#onTrouble(error.message));
    thread.on("exit", () => {
      this.#moving = false;
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }

  #restart(): void {
    for (let waitedMs = 0; waitedMs < MOST_WAITED_MS; waitedMs += PAUSE_MS) {
      if (!this.#checkpoint("RESTART") || !this.#moving) return;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }

  /**
   * Whether somebody was in the way. A checkpoint that cannot be made now (a full disk, a reader) is made later: the log
   * keeps everything.
   */
  #checkpoint(mode: "PASSIVE" | "RESTART"): boolean {
    try {
      return this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()?.busy === 1;
    } catch (error) {
      this.#onTrouble((error as Error).message);
      return false;
    }
  }
}
