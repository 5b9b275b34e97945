import type { Clock, Timer } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Store } from "../store.ts";

const EVERY_MS = 60 * 60 * 1000;
/** A blob is put before the commit that refers to it, and a large one may take its time. */
const YOUNGEST_MS = 60 * 60 * 1000;

/**
 * Removes blobs that nothing refers to any more, or that a crash kept from ever being referred to: at once, and every
 * hour. `clock` is the store's own, for it tells how old a blob is.
 */
export class BlobCollection {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#timer = this.#clock.at(this.#clock.now() + EVERY_MS, () => this.start());
    this.#running = this.#collect();
  }

  /** Resolves when nothing is being removed any more: call it before the store is closed. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
  }

  async #collect(): Promise<void> {
    try {
      const blobs = await this.#store.collectBlobs(YOUNGEST_MS);
      if (blobs > 0) this.#log.debug({ blobs }, "blobs that nothing refers to were removed");
    } catch (error) {
      this.#log.error(
        { error },
        "blobs that nothing refers to could not be removed; trying again in an hour",
      );
    }
  }
}
