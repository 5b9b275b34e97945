import { writeSync } from "node:fs";
import type { Clock } from "../../../kernel/clock.ts";
import { within } from "../../../kernel/within.ts";
import type { InstanceThread } from "./thread.ts";

const MB = 1024 * 1024;
/** What a thread needs before its function's code allocates anything, generously. */
const THREAD_BYTES = 32 * MB;
const MARGIN_BYTES = 64 * MB;
/** How long threads have to say how much memory they use; one that allocates in native code cannot answer. */
const ANSWER_MS = 250;
/** How long the memory of an ended thread may take to be given back. */
const SETTLE_MS = 2000;

/**
 * Keeps the process's resident memory within what its functions were given. V8's own limits see the heap only: a
 * function that fills Buffers would otherwise take the machine's memory.
 */
export class MemoryGuard {
  readonly #clock: Clock;
  readonly #ownBytes = process.memoryUsage.rss();
  /** What ended threads may still hold, and until when. */
  readonly #ended: { readonly bytes: number; readonly untilMs: number }[] = [];
  #quietUntilMs = 0;
  #asking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A thread has ended; its memory is given back a little later. */
  ended({ memoryMb }: InstanceThread): void {
    this.#ended.push({ bytes: allowance(memoryMb), untilMs: this.#clock.monotonicMs() + SETTLE_MS });
  }

  /** Ends the instance that took too much, or the whole process when that is not to be found out or does not help. */
  async check(current: () => readonly InstanceThread[]): Promise<void> {
    const threads = current();
    // A process without instances has nobody to protect the machine from; it is ended when it has been idle for long.
    if (threads.length === 0 || this.#asking || !this.#exceeded(threads)) return;
    if (this.#clock.monotonicMs() < this.#quietUntilMs) return;
    if (threads.some((thread) => thread.outOfMemory)) return this.#killProcess(threads);
    this.#asking = true;
    const culprit = await this.#largest(threads);
    this.#asking = false;
    // Instances may have begun or ended meanwhile.
    if (!this.#exceeded(current())) return;
    if (!culprit) return this.#killProcess(current());
    culprit.outOfMemory = true;
    culprit.terminate();
    this.#quietUntilMs = this.#clock.monotonicMs() + SETTLE_MS;
  }

  #exceeded(threads: readonly InstanceThread[]): boolean {
    return process.memoryUsage.rss() > this.#allowedBytes(threads);
  }

  #allowedBytes(threads: readonly InstanceThread[]): number {
    const nowMs = this.#clock.monotonicMs();
    while (this.#ended[0] && this.#ended[0].untilMs <= nowMs) this.#ended.shift();
    let allowed = this.#ownBytes + MARGIN_BYTES;
    for (const { bytes } of this.#ended) allowed += bytes;
    for (const { memoryMb } of threads) allowed += allowance(memoryMb);
    return allowed;
  }

  #killProcess(threads: readonly InstanceThread[]): void {
    const mb = (bytes: number) => `${Math.round(bytes / MB)} MB`;
    writeSync(
      2,
      `The process of ${threads.length} instances is killed: it uses ${mb(process.memoryUsage.rss())} of ` +
        `${mb(this.#allowedBytes(threads))}, and none of them says that it is the cause.\n`,
    );
    killProcess();
  }

  /** The thread that exceeds its own memory most. */
  async #largest(threads: readonly InstanceThread[]): Promise<InstanceThread | undefined> {
    let largest: InstanceThread | undefined;
    let largestBytes = 0;
    const asked = threads.map(async (thread) => {
      const bytes = (await thread.excessBytes().catch(() => undefined)) ?? 0;
      if (bytes > largestBytes) {
        largest = thread;
        largestBytes = bytes;
      }
    });
    await within(this.#clock, ANSWER_MS, Promise.all(asked));
    return largest;
  }
}

/** What an instance may take in all. */
function allowance(memoryMb: number): number {
  return memoryMb * MB + THREAD_BYTES;
}

/** At once, and without waiting for threads: the server reports it as Lambda does, "signal: killed". */
export function killProcess(): void {
  process.kill(process.pid, "SIGKILL");
}
