import { OutcomeUnknown } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { Claimed } from "./claimed.ts";
import type { Clock, Timer } from "./clock.ts";
import { NewerData } from "./errors.ts";
import { LeftToNewer } from "./left-to-newer.ts";
import type { Logger } from "./logger.ts";
import { NO_SIGNALS, type Signals, WORK_TOPIC } from "./signals.ts";
import { untilSettled, untilStored } from "./until-stored.ts";
import { type Seeker, type WorkItem, type WorkLock, work } from "./work.ts";

/**
 * Takes care of a claimed item. It resolves when the item no longer burdens this node's memory (handed to a host,
 * released, finished), which is what the bound on claimed items counts. One that only waits for somebody outside by now
 * calls `rests`, and no longer counts there.
 */
export type WorkHandler = (item: WorkItem, rests: () => void) => Promise<void>;

const CLAIM_BATCH = 64;
const GIVEN_BACK_MS = 1000;
/** For an item for newer nodes that it meets again, because none has taken it: this one does not spin. */
const LEFT_TO_NEWER_MS = 60_000;
/** After a claim that got nothing of what is due: a transaction of another node holds it. */
const LOCKED_PAUSE_MS = 100;
/** How long what another node has had last is left to it: some times as long as a claim takes. */
const OTHERS_FIRST_MS = 100;

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
  /** Told of every claim, with the number of items that it found. */
  readonly onClaim?: (items: number) => void;
}

/**
 * Claims work items when their time has come and hands them to their handlers. It sleeps on one timer, set for the
 * earliest item, and is woken by commits that make an item due earlier; it never polls.
 */
export class Dispatcher {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #during: DispatcherOptions["during"];
  readonly #onClaim: DispatcherOptions["onClaim"];
  readonly #signals: Signals;
  /** Says this node's name in work items. */
  readonly #seeker: Seeker;
  readonly #handlers = new Map<string, WorkHandler>();
  readonly #holds = new Map<string, (key: string) => boolean>();
  /** Claimed items whose handler has not resolved. */
  readonly #handling = new Set<string>();
  /** A claim may have taken place that the store could not tell of: items may be held that nobody here knows of. */
  #unclear = false;
  #timer: { atMs: number; timer: Timer } | undefined;
  readonly #claimed = new Claimed();
  /** How much of what it asked for the last claim found. */
  #found: "all" | "some" | "nothing" = "nothing";
  /** What was due by then, it asked for. */
  #askedMs = 0;
  /** The lanes and kinds that the last claim left out. */
  #full: readonly string[] = [];
  #fullKinds: readonly string[] = [];
  /** Kinds of items that nobody here handles. */
  readonly #unknown = new Set<string>();
  readonly #left: LeftToNewer;
  #saidNewer = false;
  #state: "stopped" | "idle" | "claiming" = "stopped";
  #deaf = (): void => {};
  /** A wake-up came while claiming: look once more before sleeping. */
  #again = false;
  #rest: Promise<void> = Promise.resolve();

  constructor(options: DispatcherOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#during = options.during;
    this.#onClaim = options.onClaim;
    this.#signals = options.signals ?? NO_SIGNALS;
    this.#left = new LeftToNewer(options.clock, () => this.wake(this.#clock.now()));
    this.#seeker = {
      owner: options.owner,
      othersFirstMs: this.#signals === NO_SIGNALS ? 0 : OTHERS_FIRST_MS,
    };
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
    if (this.#state !== "idle" || this.#claimed.room <= 0) return;
    if (this.#unclear) return this.#claim();
    this.#rest = work.nextAvailableMs(this.#store, this.#unwanted, this.#seeker).then(
      (nextMs) => {
        if (nextMs !== undefined) this.wake(nextMs);
      },
      (error) => {
        this.#log.error({ error }, "looking for work failed; trying again in a second");
        if (this.#state === "idle") this.#sleepUntil(this.#clock.now() + 1000);
      },
    );
  }

  /** Claims nothing more; resolves when a claim under way has ended. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#deaf();
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#left.stop();
    await this.#rest;
  }

  /** An item has become available at `atMs`. Call it after the commit that made it so. */
  wake(atMs: number): void {
    if (this.#state === "stopped" || this.#claimed.room <= 0) {
      if (atMs <= this.#clock.now()) this.#signals.send(WORK_TOPIC);
      return;
    }
    if (atMs > this.#clock.now()) this.#sleepUntil(atMs);
    else if (this.#state === "claiming") this.#again = true;
    else this.#claim();
  }

  /** Releases a claimed item that could not be dealt with, so that it is tried again: in a second, by default. */
  async giveBack(item: WorkLock, afterMs = GIVEN_BACK_MS): Promise<void> {
    const options = {
      clock: this.#clock,
      log: this.#log,
      what: `the release of ${item.key}`,
      closing: () => this.#state === "stopped",
    };
    const release = () => {
      const nowMs = this.#clock.now();
      const change = work.leave(item, this.#seeker.owner, nowMs + afterMs, nowMs);
      return this.#store.commit([change], { key: item.key });
    };
    // Lost, or finished after all: then it is not ours to release.
    await untilStored(options, release).catch(() => {});
    this.wake(this.#clock.now() + afterMs);
  }

  /** Releases a claimed item whose handling has failed, to be tried again. */
  failed(item: WorkItem, error: unknown): Promise<void> {
    const about = { key: item.key, kind: item.kind, error };
    if (!(error instanceof NewerData)) {
      this.#log.error(about, "work item failed; trying again");
      return this.giveBack(item);
    }
    if (!this.#saidNewer)
      this.#log.error(about, "work that only a newer version can do is left to newer nodes");
    this.#saidNewer = true;
    return this.#leaveToNewer(item);
  }

  /** Newer nodes are told at once; one that none of them takes comes back, and then waits for longer. */
  async #leaveToNewer(item: WorkItem): Promise<void> {
    if (!this.#left.meet(item)) return this.giveBack(item, LEFT_TO_NEWER_MS);
    await this.giveBack(item, 0);
    this.#signals.send(WORK_TOPIC);
  }

  #sleepUntil(atMs: number): void {
    if (this.#timer && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.at(atMs, () => {
      this.#timer = undefined;
      if (this.#state === "claiming") this.#again = true;
      else if (this.#isShared) this.look();
      else if (this.#state === "idle") this.#claim();
    });
    this.#timer = { atMs, timer };
  }

  get #isShared(): boolean {
    return this.#seeker.othersFirstMs > 0;
  }

  #claim(): void {
    this.#state = "claiming";
    this.#rest = this.#claimAll().catch((error) => {
      this.#log.error({ error }, "claiming work failed; trying again in a second");
      if (error instanceof OutcomeUnknown) void this.#clearUp(error);
      if (this.#state === "claiming") {
        this.#state = "idle";
        this.#sleepUntil(this.#clock.now() + 1000);
      }
    });
  }

  /** As soon as it can be told, looks for what was claimed after all. */
  async #clearUp(unknown: OutcomeUnknown): Promise<void> {
    const clock = this.#clock;
    await untilSettled(unknown, { clock, closing: () => this.#state === "stopped" });
    this.#unclear = true;
    this.wake(clock.now());
  }

  async #claimAll(): Promise<void> {
    while (this.#state === "claiming") {
      this.#again = false;
      // Also what became known while this claims.
      if (this.#unclear) await this.#takeUnknown();
      const { room } = this.#claimed;
      if (room <= 0) break;
      this.#full = [...new Set([...this.#claimed.fullLanes(), ...this.#left.lanes()])];
      this.#fullKinds = this.#claimed.fullKinds();
      // Half of the room at most, so that the one lane which takes it all leaves some to others.
      const most = Math.min(CLAIM_BATCH, Math.ceil(room / 2));
      const nextMs = this.#full.length === 0 ? await this.#claimAny(most) : await this.#claimOfOthers(most);
      if (this.#again) continue;
      const nowMs = this.#clock.now();
      const isDue = nextMs !== undefined && nextMs <= nowMs;
      // What was due when it was asked for and not found is another node's, which has most often taken it a moment later.
      if (isDue && (this.#found === "all" || nextMs > this.#askedMs)) continue;
      if (isDue && this.#found === "some" && !this.#isShared) continue;
      if (nextMs !== undefined) this.#sleepUntil(isDue ? nowMs + LOCKED_PAUSE_MS : nextMs);
      break;
    }
    if (this.#state === "claiming") this.#state = "idle";
  }

  /** Kinds of items that are not to be claimed. */
  get #unwanted(): string[] {
    return [...this.#unknown, ...this.#claimed.fullKinds()];
  }

  /** Claims what is due; resolves to when there is more. */
  async #claimAny(most: number): Promise<number | undefined> {
    if ((await this.#claimDue(most)) === most) return this.#clock.now();
    return work.nextAvailableMs(this.#store, this.#unwanted, this.#seeker);
  }

  /** Claims what is due of one lane that is not full; resolves to when there is more of any such. */
  async #claimOfOthers(most: number): Promise<number | undefined> {
    const lanes = await work.nextOfLanes(this.#store, this.#unwanted, this.#seeker);
    let nextMs: number | undefined;
    for (const { lane, atMs } of lanes) {
      if (this.#full.includes(lane)) continue;
      nextMs ??= atMs;
      // None where another node is faster: then the next lane.
      if (atMs > this.#clock.now()) break;
      if ((await this.#claimDue(most, lane)) === 0) continue;
      // Other lanes have not been asked.
      this.#found = "all";
      break;
    }
    return nextMs;
  }

  async #claimDue(most: number, lane?: string): Promise<number> {
    this.#askedMs = this.#clock.now();
    const claim = work.claimDue(this.#seeker, this.#askedMs, most, this.#unwanted, lane);
    const [rows] = await this.#store.commit([claim], { key: this.#seeker.owner });
    this.#onClaim?.(rows!.length);
    // RETURNING gives rows in no order.
    const items = rows!.map(work.item).sort((a, b) => a.availableAtMs - b.availableAtMs);
    for (const item of items) this.#take(item);
    this.#found = items.length === most ? "all" : items.length > 0 ? "some" : "nothing";
    return items.length;
  }

  /** Takes what a claim of unknown outcome has claimed after all. */
  async #takeUnknown(): Promise<void> {
    const held = await work.held(this.#store, this.#seeker.owner);
    this.#unclear = false;
    for (const item of held) {
      if (!this.#handling.has(item.key) && !this.#holds.get(item.kind)?.(item.key)) this.#take(item);
    }
  }

  #take(item: WorkItem): void {
    const handler = this.#handlers.get(item.kind);
    if (!handler) {
      void this.#leaveToOthers(item);
      return;
    }
    this.#handling.add(item.key);
    this.#claimed.add(item);
    let place: "claimed" | "resting" | "none" = "claimed";
    const rests = () => {
      if (place !== "claimed") return;
      place = "resting";
      this.#makeRoom(() => this.#claimed.rest(item));
    };
    const ended = () => {
      const rested = place === "resting";
      place = "none";
      this.#handling.delete(item.key);
      this.#makeRoom(() => this.#claimed.remove(item, rested));
    };
    const handled = handler(item, rests)
      .catch((error) => this.failed(item, error))
      .finally(ended);
    this.#during?.(handled);
  }

  /** Claims what was left out for want of room, when `leave` makes some. */
  #makeRoom(leave: () => void): void {
    const wasFull = this.#claimed.room <= 0;
    leave();
    const opened =
      wasFull ||
      this.#full.some((lane) => !this.#isFull(lane)) ||
      this.#fullKinds.some((kind) => !this.#claimed.isFullKind(kind));
    if (opened && this.#state === "claiming") this.#again = true;
    else if (opened && this.#state === "idle") this.#claim();
  }

  /** A newer version has made it: from now on this node claims none of its kind. */
  async #leaveToOthers(item: WorkItem): Promise<void> {
    if (!this.#unknown.has(item.kind)) {
      this.#unknown.add(item.kind);
      const { key, kind } = item;
      this.#log.error(
        { key, kind },
        "this version does not know this kind of work; it is left to newer nodes",
      );
    }
    await this.giveBack(item, 0);
    this.#signals.send(WORK_TOPIC);
  }

  /** Whether no more of a lane is to be claimed. */
  #isFull(lane: string): boolean {
    return this.#left.has(lane) || this.#claimed.isFullLane(lane);
  }
}
