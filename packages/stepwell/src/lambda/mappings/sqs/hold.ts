import type { Clock, Timer } from "../../../kernel/clock.ts";
import type { Batch } from "./batch.ts";
import type { Queue } from "./queue.ts";

export interface HoldOptions {
  readonly clock: Clock;
  readonly queue: Queue;
  /** Told of what went wrong; the messages may come twice then. */
  readonly failed: (error: unknown) => void;
}

/** Most batches are handed over before: nobody need look after those. */
const SOON_MS = 500;

/**
 * Keeps the messages of a batch invisible until the function has them: while it gathers, and while it waits for an
 * instance. Somebody else would receive them otherwise, and they might end in a dead-letter queue untried.
 */
export class Hold {
  readonly #options: HoldOptions;
  readonly #batch: Batch;
  #renewedAtMs: number;
  #timer: Timer | undefined;
  #released = false;
  /** One renewal after the other. */
  #renewing: Promise<void> = Promise.resolve();

  /** Of a batch that has just got its first message. */
  constructor(batch: Batch, options: HoldOptions) {
    this.#options = options;
    this.#batch = batch;
    this.#renewedAtMs = options.clock.now();
    this.#wakeIn(SOON_MS);
  }

  /** Leaves out of the batch what is somebody else's by now; the rest stays invisible as if it had been received now. */
  async seal(): Promise<void> {
    if (this.#isFresh) return;
    const gone = await this.#renew();
    if (gone) this.#batch.leaveOut(gone);
  }

  /** The function has the batch: it gets the whole visibility timeout for it, and nobody looks after it any more. */
  handedOver(): void {
    if (!this.#released && !this.#isFresh) void this.#renew();
    void this.release();
  }

  /** Resolves when nothing will be done to the messages any more. */
  release(): Promise<void> {
    this.#released = true;
    this.#timer?.cancel();
    return this.#renewing;
  }

  get #isFresh(): boolean {
    return this.#options.clock.now() < this.#renewedAtMs + SOON_MS;
  }

  /** Resolves to the receipts that do not hold any more, where that could be told. */
  #renew(): Promise<ReadonlySet<string> | undefined> {
    const renewed = this.#renewing.then(() => this.#renewNow());
    this.#renewing = renewed.then(() => {});
    return renewed;
  }

  async #renewNow(): Promise<ReadonlySet<string> | undefined> {
    const { clock, queue, failed } = this.#options;
    const { messages } = this.#batch;
    this.#timer?.cancel();
    let nextMs = SOON_MS;
    try {
      const seconds = await queue.visibilityTimeoutSeconds();
      // Where nothing is ever invisible, nothing can be kept so.
      if (seconds === 0) return undefined;
      const renewedAtMs = clock.now();
      const gone = await queue.hide(messages, seconds);
      this.#renewedAtMs = renewedAtMs;
      nextMs = (seconds * 1000) / 2;
      return gone;
    } catch (error) {
      failed(error);
      return undefined;
    } finally {
      this.#wakeIn(nextMs);
    }
  }

  #wakeIn(ms: number): void {
    if (this.#released) return;
    const { clock } = this.#options;
    this.#timer = clock.at(clock.now() + ms, () => void this.#renew());
  }
}
