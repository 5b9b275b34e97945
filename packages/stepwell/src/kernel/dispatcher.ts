import { OutcomeUnknown } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { NO_SIGNALS, type Signals, WORK_TOPIC } from "./signals.ts";
import { untilStored } from "./until-stored.ts";
import { type WorkItem, type WorkLock, work } from "./work.ts";

/**
 * Takes care of a claimed item. It resolves when the item no longer burdens this node's memory (handed to a host,
 * released, finished), which is what the bound on claimed items counts.
 */
export type WorkHandler = (item: WorkItem) => Promise<void>;

const MOST_CLAIMED = 256;
const CLAIM_BATCH = 64;
const GIVEN_BACK_MS = 1000;

export interface DispatcherOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's name in work items. */
  readonly owner: string;
  /** To other nodes, where there are any. */
  readonly signals?: Signals;
  /** Told of every item that is being taken care of. */
  readonly during?: (handled: Promise<void>) => void;
}

/**
 * Claims work items when their time has come and hands them to their handlers. It sleeps on one timer, set for the
 * earliest item, and is woken by commits that make an item due earlier; it never polls.
 */
export class Dispatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #owner: string;
  readonly #during: DispatcherOptions["during"];
  readonly #signals: Signals;
  readonly #handlers = new Map<string, WorkHandler>();
  readonly #holds = new Map<string, (key: string) => boolean>();
  /** Claimed items whose handler has not resolved. */
  readonly #handling = new Set<string>();
  /** The store could not tell whether a claim took place: items may be held that nobody here knows of. */
  #unclear = false;
  #timer: { atMs: number; timer: Timer } | undefined;
  #claimed = 0;
  /** How many of the claimed items are of each lane. */
  readonly #claimedOf = new Map<string, number>();
  /** The lanes that the last claim left out. */
  #full: readonly string[] = [];
  #state: "stopped" | "idle" | "claiming" = "stopped";
  #deaf = (): void => {};
  /** A wake-up came while claiming: look once more before sleeping. */
  #again = false;
  #rest: Promise<void> = Promise.resolve();

  constructor(options: DispatcherOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#owner = options.owner;
    this.#during = options.during;
    this.#signals = options.signals ?? NO_SIGNALS;
  }

  /**
   * Names who handles items of a kind; `holds` tells of those that it holds although `handler` has resolved, or that it
   * claimed without the dispatcher.
   */
  handle(kind: string, handler: WorkHandler, holds: (key: string) => boolean = () => false): void {
    this.#handlers.set(kind, handler);
    this.#holds.set(kind, holds);
  }

  start(): void {
    this.#state = "idle";
    this.#deaf = this.#signals.on(WORK_TOPIC, () => this.look());
    this.#claim();
  }

  /** Other nodes may have left work: looks whether there is any before it claims, since they may be faster. */
  look(): void {
    if (this.#state !== "idle" || this.#claimed >= MOST_CLAIMED) return;
    this.#rest = work.nextAvailableMs(this.#store, this.#full).then(
      (nextMs) => {
        if (nextMs !== undefined) this.wake(nextMs);
      },
      (error) => this.#log.error({ error }, "looking for work failed; somebody will look again"),
    );
  }

  /** Claims nothing more; resolves when a claim under way has ended. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#deaf();
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    await this.#rest;
  }

  /** An item has become available at `atMs`. Call it after the commit that made it so. */
  wake(atMs: number): void {
    if (this.#state === "stopped" || this.#claimed >= MOST_CLAIMED) {
      if (atMs <= this.#clock.now()) this.#signals.send(WORK_TOPIC);
      return;
    }
    if (this.#state === "claiming") this.#again = true;
    else if (atMs <= this.#clock.now()) this.#claim();
    else this.#sleepUntil(atMs);
  }

  /** Releases a claimed item that could not be dealt with, so that it is tried again in a second. */
  async giveBack(item: WorkLock): Promise<void> {
    const options = {
      clock: this.#clock,
      log: this.#log,
      what: `the release of ${item.key}`,
      closing: () => this.#state === "stopped",
    };
    const release = () => {
      const nowMs = this.#clock.now();
      const change = work.release(item, this.#owner, nowMs + GIVEN_BACK_MS, nowMs);
      return this.#store.commit([change], { key: item.key });
    };
    // Lost, or finished after all: then it is not ours to release.
    await untilStored(options, release).catch(() => {});
    this.wake(this.#clock.now() + GIVEN_BACK_MS);
  }

  #sleepUntil(atMs: number): void {
    if (this.#timer && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.at(atMs, () => {
      this.#timer = undefined;
      if (this.#state === "idle") this.#claim();
    });
    this.#timer = { atMs, timer };
  }

  #claim(): void {
    this.#state = "claiming";
    this.#rest = this.#claimAll().catch((error) => {
      this.#log.error({ error }, "claiming work failed; trying again in a second");
      this.#unclear ||= error instanceof OutcomeUnknown;
      if (this.#state === "claiming") {
        this.#state = "idle";
        this.#sleepUntil(this.#clock.now() + 1000);
      }
    });
  }

  async #claimAll(): Promise<void> {
    if (this.#unclear) await this.#takeUnknown();
    while (this.#state === "claiming") {
      this.#again = false;
      const room = MOST_CLAIMED - this.#claimed;
      if (room <= 0) break;
      this.#full = [...this.#claimedOf.keys()].filter((lane) => this.#isFull(lane));
      // Half of the room at most, so that the one lane which takes it all leaves some to others.
      const most = Math.min(CLAIM_BATCH, Math.ceil(room / 2));
      const claim = work.claimDue(this.#owner, this.#clock.now(), most, this.#full);
      const [rows] = await this.#store.commit([claim], { key: this.#owner });
      // RETURNING gives rows in no order.
      const items = rows!.map(work.item).sort((a, b) => a.availableAtMs - b.availableAtMs);
      for (const item of items) this.#take(item);
      if (rows!.length === most || this.#again) continue;
      const nextMs = await work.nextAvailableMs(this.#store, this.#full);
      if (this.#again) continue;
      if (nextMs !== undefined) {
        if (nextMs <= this.#clock.now()) continue;
        this.#sleepUntil(nextMs);
      }
      break;
    }
    if (this.#state === "claiming") this.#state = "idle";
  }

  /** Takes what a claim of unknown outcome has claimed after all. */
  async #takeUnknown(): Promise<void> {
    const held = await work.held(this.#store, this.#owner);
    this.#unclear = false;
    for (const item of held) {
      if (!this.#handling.has(item.key) && !this.#holds.get(item.kind)?.(item.key)) this.#take(item);
    }
  }

  #take(item: WorkItem): void {
    const handler = this.#handlers.get(item.kind);
    if (!handler) {
      // A newer version may have made it; leaving it claimed keeps it for the next start of that version.
      this.#log.error({ key: item.key, kind: item.kind }, "no handler for this kind of work item");
      return;
    }
    this.#handling.add(item.key);
    this.#count(item, 1);
    const handled = handler(item)
      .catch((error) => {
        this.#log.error({ key: item.key, kind: item.kind, error }, "work item failed; trying again");
        return this.giveBack(item);
      })
      .finally(() => {
        const wasFull = this.#claimed === MOST_CLAIMED;
        this.#handling.delete(item.key);
        this.#count(item, -1);
        const opened = wasFull || this.#full.some((lane) => !this.#isFull(lane));
        if (opened && this.#state === "idle") this.#claim();
      });
    this.#during?.(handled);
  }

  #count({ lane }: WorkItem, by: 1 | -1): void {
    this.#claimed += by;
    if (lane === "") return;
    const count = (this.#claimedOf.get(lane) ?? 0) + by;
    if (count === 0) this.#claimedOf.delete(lane);
    else this.#claimedOf.set(lane, count);
  }

  /**
   * Whether no more of a lane is to be claimed: it has as many items here as there is room left for all others. So
   * there is always room for a function that has none, however many of another one's are due before.
   */
  #isFull(lane: string): boolean {
    return (this.#claimedOf.get(lane) ?? 0) >= MOST_CLAIMED - this.#claimed;
  }
}
