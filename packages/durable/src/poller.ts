import { after } from "./timers.ts";

/** Something to ask the service about. */
export interface Polled {
  /** When to ask next, in epoch milliseconds. */
  pollAtMs: number;
  polls: number;
}

/** What polling needs of the rest of an invocation. */
export interface PollHost {
  nowMs(): number;
  /** Asks the service what has changed. */
  poll(): Promise<void>;
  /** How much longer the invocation may run. */
  remainingMs(): number;
}

/**
 * Asks the service about operations while the invocation goes on anyway: first when each is expected to be over,
 * then after 1, 2, … 10 seconds, and every minute from the 95th time on. With one timer for all.
 */
export class Poller {
  readonly #host: PollHost;
  readonly #polled: () => Iterable<Polled>;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #asking = false;
  /** News came while an answer was on its way. */
  #again = false;

  /** `polled` gives what has to be asked about at the time. */
  constructor(host: PollHost, polled: () => Iterable<Polled>) {
    this.#host = host;
    this.#polled = polled;
  }

  /** Plans the next poll; `asked` is called after it. */
  plan(asked: () => void): void {
    if (this.#asking) return;
    let atMs = Number.POSITIVE_INFINITY;
    for (const { pollAtMs } of this.#polled()) atMs = Math.min(atMs, pollAtMs);
    if (this.#timer && this.#timer.atMs <= atMs) return;
    this.stop();
    const delayMs = atMs - this.#host.nowMs();
    // With a second left the answer could no longer be used.
    if (delayMs > this.#host.remainingMs() - 1000) return;
    this.#timer = { atMs, cancel: after(delayMs, () => void this.#ask(asked)) };
  }

  /** Asks at once; while an answer is on its way, once more after it. */
  askNow(asked: () => void): void {
    this.stop();
    if (this.#asking) this.#again = true;
    else void this.#ask(asked);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #ask(asked: () => void): Promise<void> {
    const startMs = this.#host.nowMs();
    this.#timer = undefined;
    this.#asking = true;
    do {
      this.#again = false;
      await this.#host.poll();
    } while (this.#again);
    this.#asking = false;
    for (const one of this.#polled()) {
      if (one.pollAtMs > startMs) continue;
      one.polls++;
      one.pollAtMs = this.#host.nowMs() + Math.min(one.polls, one.polls > 95 ? 60 : 10) * 1000;
    }
    asked();
  }
}
