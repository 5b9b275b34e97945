import { type Clock, RealClock, type Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Store } from "../store/store.ts";
import { arrivals } from "./table/arrivals.ts";
import type { GroupName, TailEvent } from "./tails.ts";

/** An event becomes visible out of turn when its commit takes longer than one that began later: by no more than this. */
const LATE_MS = 15_000;
const SETTLE_EVERY_MS = 1000;
const PAGE = 500;

interface GroupReaderOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly group: GroupName;
  readonly found: (events: readonly TailEvent[]) => void;
}

/** Reads what arrives in a group, whichever node stores it; whoever has one tells it when to look. */
export class GroupReader {
  readonly #options: GroupReaderOptions;
  readonly #clock: Clock = new RealClock();
  /** The last event that was found: those after it are new. Undefined before it has begun. */
  #lastId: number | undefined;
  /** No event up to this one is still to become visible. */
  #settledId = 0;
  /** Which of those between the two were found. */
  readonly #seen = new Set<number>();
  /** What the last event was, and when. */
  readonly #marks: { readonly atMs: number; readonly id: number }[] = [];
  #looking: Promise<void> | undefined;
  #again = false;
  #settledMs = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: GroupReaderOptions) {
    this.#options = options;
  }

  /** Everything that is stored after this has resolved will be found. */
  async begin(): Promise<void> {
    const lastId = await arrivals.lastId(this.#options.store);
    if (this.#lastId !== undefined) return;
    this.#lastId = lastId;
    this.#settledId = lastId;
    this.look();
  }

  /** Something may have arrived. */
  readonly look = (): void => {
    this.#again = true;
    this.#looking ??= this.#lookUntilSeen()
      // The store is away: whoever may have missed something is asked to look again.
      .catch((error) => this.#options.log.error({ error }, "what others log cannot be read; looking again"))
      .finally(() => {
        this.#looking = undefined;
      });
  };

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #lookUntilSeen(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      if (this.#lastId === undefined) await this.begin();
      const lastId = await this.#readNew(this.#lastId!);
      await this.#readLate(lastId);
    }
  }

  async #readNew(afterId: number): Promise<number> {
    const { store, group } = this.#options;
    for (let lastId = afterId; ; ) {
      const page = await arrivals.after(store, group, lastId, PAGE);
      lastId = page.at(-1)?.id ?? lastId;
      this.#lastId = lastId;
      this.#found(page);
      if (page.length < PAGE || this.#closed) return lastId;
    }
  }

  /** Counts now and then whether there is more than was found, which nearly always there is not. */
  async #readLate(lastId: number): Promise<void> {
    const { store, group } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    if (this.#seen.size === 0 && this.#marks.length === 0) return;
    if (nowMs - this.#settledMs < SETTLE_EVERY_MS) return this.#lookLater();
    this.#settledMs = nowMs;
    const count = await arrivals.count(store, group, this.#settledId, lastId);
    if (count > this.#seen.size) {
      const all = await arrivals.between(store, group, this.#settledId, lastId);
      this.#found(all.filter(({ id }) => !this.#seen.has(id)));
    }
    this.#marks.push({ atMs: nowMs, id: lastId });
    while (this.#marks[0]!.atMs < nowMs - LATE_MS) this.#settledId = this.#marks.shift()!.id;
    for (const id of this.#seen) if (id <= this.#settledId) this.#seen.delete(id);
    if (this.#seen.size > 0) this.#lookLater();
    else this.#marks.length = 0;
  }

  #found(events: readonly (TailEvent & { readonly id: number })[]): void {
    if (events.length === 0) return;
    for (const { id } of events) this.#seen.add(id);
    this.#options.found(events.map(({ id: _, ...event }) => event));
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer ??= this.#clock.at(this.#clock.now() + SETTLE_EVERY_MS, () => {
      this.#timer = undefined;
      this.look();
    });
  }
}
