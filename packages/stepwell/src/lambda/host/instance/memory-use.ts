import { getHeapStatistics } from "node:v8";
import type { Clock } from "../../../kernel/clock.ts";

/** Measuring after every invocation would cost a fast handler a good part of its time. */
const MEASURE_EVERY_MS = 1000;

/** How much memory this instance uses: its heap and its Buffers, the process around it not counted. */
export class MemoryUse {
  readonly #clock: Clock;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #mb = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In megabytes, at most a second old. */
  mb(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#measuredMs >= MEASURE_EVERY_MS) {
      this.#measuredMs = nowMs;
      const heap = getHeapStatistics();
      this.#mb = Math.ceil((heap.total_heap_size + heap.external_memory) / 1024 / 1024);
    }
    return this.#mb;
  }
}
