import type { Clock } from "../../../kernel/clock.ts";
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
  #quietUntilMs = 0;
  #asking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the instance that took too much, or the whole process when that is not to be found out or does not help. */
  async check(threads: readonly InstanceThread[]): Promise<void> {
    if (this.#asking || !this.#exceeded(threads) || this.#clock.monotonicMs() < this.#quietUntilMs) return;
    if (threads.some((thread) => thread.outOfMemory)) return killProcess();
    this.#asking = true;
    const culprit = await this.#largest(threads);
    this.#asking = false;
    if (!culprit) return killProcess();
    culprit.outOfMemory = true;
    culprit.terminate();
    this.#quietUntilMs = this.#clock.monotonicMs() + SETTLE_MS;
  }

  #exceeded(threads: readonly InstanceThread[]): boolean {
    let allowed = this.#ownBytes + MARGIN_BYTES;
    for (const thread of threads) allowed += thread.memoryMb * MB + THREAD_BYTES;
    return process.memoryUsage.rss() > allowed;
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
    const late = new Promise<void>((resolve) => {
      this.#clock.at(this.#clock.now() + ANSWER_MS, resolve);
    });
    await Promise.race([Promise.all(asked), late]);
    return largest;
  }
}

/** At once, and without waiting for threads: the server reports it as Lambda does, "signal: killed". */
export function killProcess(): void {
  process.kill(process.pid, "SIGKILL");
}
