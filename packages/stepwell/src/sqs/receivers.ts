import type { Clock, Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Signals } from "../kernel/signals.ts";
import type { Store } from "../store/store.ts";
import type { Queue } from "./queue.ts";
import { fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";

/** Before another look for a message that is available and yet cannot be had, or for a store that could not be asked. */
const LOOK_AGAIN_MS = 100;

export interface ReceiversOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signals: Signals;
}

/** What somebody waits for, and until when. */
export interface Wait<T> {
  /** Resolves to undefined when there is nothing. */
  readonly claim: () => Promise<T | undefined>;
  /** Puts back what was claimed for one who had gone by then. */
  readonly giveBack: (claimed: T) => void;
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

interface Waiter {
  // biome-ignore lint/suspicious/noExplicitAny: each waiter knows what it claims.
  readonly wait: Wait<any>;
  readonly settle: (claimed: unknown, error?: unknown) => void;
  gone: boolean;
}

/** A queue that somebody on this node receives from. */
interface Watched {
  readonly queue: Queue;
  /** Those for whom there was nothing; who has waited longest comes first. */
  readonly waiters: Waiter[];
  /** How many calls are under way. */
  calls: number;
  /** How often something may have become available. */
  changes: number;
  claiming: boolean;
  /** Looks in a row that saw something which could not be had. */
  inVain: number;
  timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  readonly deaf: () => void;
}

/**
 * Those who wait for messages on this node. Nobody polls: a message that becomes available wakes the one who has waited
 * longest, by the commit that sent it or by one timer per queue for the next that will be visible. Other nodes say when
 * they have sent something; that may be lost, so signals are also looked for now and then.
 */
export class Receivers {
  readonly #options: ReceiversOptions;
  readonly #watched = new Map<number, Watched>();
  #closed = false;

  constructor(options: ReceiversOptions) {
    this.#options = options;
  }

  /** A message is available from `atMs` on. Call it after the commit that made it so. */
  available(queue: Queue, atMs: number): void {
    this.#options.signals.send(topicOf(queue));
    this.availableHere(queue, atMs);
  }

  /** The same for what other nodes need not hear of at once. */
  availableHere({ id }: Queue, atMs: number): void {
    const watched = this.#watched.get(id);
    if (watched) this.#available(watched, atMs);
  }

  /**
   * Resolves to what `claim` finds as soon as it finds something; to undefined at `untilMs`, when `signal` is aborted,
   * or when the node leaves. `claim` is asked at once, and then whenever there may be something.
   */
  async wait<T>(queue: Queue, wait: Wait<T>): Promise<T | undefined> {
    const watched = this.#watch(queue);
    watched.calls++;
    try {
      const { changes } = watched;
      const found = await wait.claim();
      if (found !== undefined || wait.signal.aborted || this.#closed) return found;
      return await this.#waitAt(watched, wait, changes);
    } finally {
      if (--watched.calls === 0) this.#forget(watched);
    }
  }

  /** Ends all waiting. */
  close(): void {
    this.#closed = true;
    for (const { waiters } of this.#watched.values()) {
      for (const waiter of [...waiters]) waiter.settle(undefined);
    }
  }

  #waitAt<T>(watched: Watched, wait: Wait<T>, changes: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const end = () => waiter.settle(undefined);
      const timer = this.#options.clock.at(wait.untilMs, end);
      const waiter: Waiter = {
        wait,
        gone: false,
        settle: (claimed, error) => {
          if (waiter.gone) return;
          waiter.gone = true;
          timer.cancel();
          wait.signal.removeEventListener("abort", end);
          watched.waiters.splice(watched.waiters.indexOf(waiter), 1);
          if (error === undefined) resolve(claimed as T | undefined);
          else reject(error);
        },
      };
      wait.signal.addEventListener("abort", end, { once: true });
      watched.waiters.push(waiter);
      if (changes !== watched.changes) void this.#serve(watched);
      else if (!watched.timer && !watched.claiming) void this.#sleep(watched);
    });
  }

  #watch(queue: Queue): Watched {
    let watched = this.#watched.get(queue.id);
    if (!watched) {
      watched = {
        ...{ queue, waiters: [], calls: 0, changes: 0, claiming: false, inVain: 0, timer: undefined },
        deaf: this.#options.signals.on(topicOf(queue), () => this.availableHere(queue, 0)),
      };
      this.#watched.set(queue.id, watched);
    }
    return watched;
  }

  #forget(watched: Watched): void {
    watched.deaf();
    watched.timer?.timer.cancel();
    this.#watched.delete(watched.queue.id);
  }

  #available(watched: Watched, atMs: number): void {
    if (atMs > this.#options.clock.now()) return this.#wakeAt(watched, atMs);
    watched.changes++;
    void this.#serve(watched);
  }

  /** Claims for those who wait, one after the other, for as long as there is something. */
  async #serve(watched: Watched): Promise<void> {
    if (watched.claiming) return;
    watched.claiming = true;
    for (let waiter = watched.waiters[0]; waiter; waiter = watched.waiters[0]) {
      const { changes } = watched;
      try {
        const claimed = await waiter.wait.claim();
        if (claimed !== undefined) {
          watched.inVain = 0;
          if (waiter.gone) waiter.wait.giveBack(claimed);
          else waiter.settle(claimed);
        } else if (changes === watched.changes) {
          break;
        }
      } catch (error) {
        waiter.settle(undefined, error);
      }
    }
    watched.claiming = false;
    if (watched.waiters.length > 0) await this.#sleep(watched);
  }

  /** Until the next message will be visible. */
  async #sleep(watched: Watched): Promise<void> {
    const { store, clock, log } = this.#options;
    const { queue, changes } = watched;
    const table = queue.settings.fifo ? fifo : messages;
    try {
      const nextMs = await table.nextAvailableMs(store, queue.id);
      const nowMs = clock.now();
      if (changes !== watched.changes) void this.#serve(watched);
      else if (nextMs === undefined) watched.inVain = 0;
      else if (nextMs > nowMs) this.#wakeAt(watched, nextMs);
      // It has become available just now, or another node is claiming it.
      else if (watched.inVain++ === 0) void this.#serve(watched);
      else this.#wakeAt(watched, nowMs + LOOK_AGAIN_MS);
    } catch (error) {
      log.error({ queue: queue.arn, error }, "looking for messages failed; trying again");
      this.#wakeAt(watched, clock.now() + LOOK_AGAIN_MS);
    }
  }

  #wakeAt(watched: Watched, atMs: number): void {
    if (watched.waiters.length === 0 || (watched.timer && watched.timer.atMs <= atMs)) return;
    watched.timer?.timer.cancel();
    const timer = this.#options.clock.at(atMs, () => {
      watched.timer = undefined;
      this.#available(watched, 0);
    });
    watched.timer = { atMs, timer };
  }
}

function topicOf({ id }: Queue): string {
  return `sqs/${id}`;
}
