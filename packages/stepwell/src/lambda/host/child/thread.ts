import { writeSync } from "node:fs";
import { extname } from "node:path";
import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import {
  ASLEEP,
  BEGUN,
  CONNECTED,
  type InstanceData,
  RUNNING,
  SHARED_LENGTH,
  type ThreadEnd,
  type ToChild,
} from "../protocol.ts";

/** From source the entry is a .ts file that Node strips, in the package it is .js. */
const ENTRY = new URL(`../instance/main${extname(import.meta.url)}`, import.meta.url);
/**
 * By default V8 lets it grow to 128 MB of garbage per thread on a large machine: at the end of 10,000 sleeping executions
 * all processes had 620 MB instead of 349 MB, at no more processor time.
 */
const YOUNG_GENERATION_MB = 48;
/** An event loop that was busy for less than this part of the time waits on I/O, as far as bounds are concerned. */
const BUSY_SHARE = 0.5;

export interface ThreadEvents {
  /** It took up an invocation while nobody was looking. */
  woke(): void;
  exited(end: ThreadEnd): void;
}

/** An instance's thread as the child's main thread sees it. */
export class InstanceThread {
  readonly instance: number;
  readonly memoryMb: number;
  /** Whether it ended, or is being ended, because it needed more memory than its function has. */
  outOfMemory = false;
  readonly #worker: Worker;
  readonly #shared = new Int32Array(new SharedArrayBuffer(4 * SHARED_LENGTH));
  #utilization: EventLoopUtilization | undefined;

  constructor({ instance, setup, environment, memoryMb }: ToChild & { kind: "start" }, events: ThreadEvents) {
    this.instance = instance;
    this.memoryMb = memoryMb;
    this.#worker = new Worker(ENTRY, {
      workerData: { setup, shared: this.#shared } satisfies InstanceData,
      env: { ...environment },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      // Else Node would pipe them to process.stdout and, opening it, make file descriptor 1 non-blocking: a handler that
      // writes to it directly would then fail with EAGAIN as soon as the pipe is full.
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.on("data", (chunk: Uint8Array) => writeSync(1, chunk));
    this.#worker.stderr.on("data", (chunk: Uint8Array) => writeSync(2, chunk));
    this.#worker.on("message", () => events.woke());
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") this.outOfMemory = true;
    });
    this.#worker.on("exit", (exitCode) => {
      const connected = Atomics.load(this.#shared, CONNECTED) === 1;
      const begun = Atomics.load(this.#shared, BEGUN);
      events.exited({ exitCode, connected, begun, outOfMemory: this.outOfMemory });
    });
  }

  get running(): boolean {
    return Atomics.load(this.#shared, RUNNING) > 0;
  }

  /** Asks it to say when it next takes up an invocation. */
  letSleep(): void {
    Atomics.store(this.#shared, ASLEEP, 1);
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  /** Whether its event loop was idle since this was asked last. */
  waited(): boolean {
    const now = this.#worker.performance.eventLoopUtilization();
    const since = this.#worker.performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    // Before the loop has begun to turn, both are 0.
    return since.idle > 0 && since.utilization < BUSY_SHARE;
  }

  /** How far its heap and Buffers exceed its function's memory; undefined where Node cannot tell (before 22.16). */
  async excessBytes(): Promise<number | undefined> {
    if (typeof this.#worker.getHeapStatistics !== "function") return undefined;
    const heap = await this.#worker.getHeapStatistics();
    return heap.total_heap_size + heap.external_memory - this.memoryMb * 1024 * 1024;
  }
}
