import type { Clock } from "../../../kernel/clock.ts";

/** Those who wait a moment before they try again; each ends early when somebody tells the first, or all stop. */
export class Pauses {
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  /** Who has paused longest comes first. */
  readonly #ends: (() => void)[] = [];

  constructor(clock: Clock, stopping: AbortSignal) {
    this.#clock = clock;
    this.#stopping = stopping;
  }

  get some(): boolean {
    return this.#ends.length > 0;
  }

  endFirst(): void {
    this.#ends[0]?.();
  }

  /** Does not wait at all once everything stops. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        this.#stopping.removeEventListener("abort", end);
        this.#ends.splice(this.#ends.indexOf(end), 1);
        resolve();
      };
      const timer = this.#clock.at(this.#clock.now() + ms, end);
      this.#ends.push(end);
      this.#stopping.addEventListener("abort", end);
      if (this.#stopping.aborted) end();
    });
  }
}
