import type { Clock } from "../kernel/clock.ts";
import type { Store } from "../store/store.ts";
import type { Queue } from "./queue.ts";
import { messages } from "./table/messages.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MOST_IN_FLIGHT = 120_000;

/**
 * How many messages of a queue may be in flight. Nobody counts them each time: what was received here since the last
 * count is counted on, and only when that comes to the limit is the queue looked at again.
 */
export class InFlightLimit {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #most: number;
  /** No more than so many can be in flight, as far as this node knows. */
  readonly #bounds = new Map<number, number>();

  constructor(store: Store, clock: Clock, most: number) {
    this.#store = store;
    this.#clock = clock;
    this.#most = most;
  }

  received({ id }: Queue, count: number): void {
    this.#bounds.set(id, (this.#bounds.get(id) ?? 0) + count);
  }

  isOpen({ id }: Queue): boolean | Promise<boolean> {
    return (this.#bounds.get(id) ?? 0) < this.#most || this.#count(id);
  }

  async #count(id: number): Promise<boolean> {
    const count = await messages.countInFlight(this.#store, id, this.#clock.now(), this.#most);
    this.#bounds.set(id, count);
    return count < this.#most;
  }
}
