import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Logger } from "../kernel/logger.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import type { Place } from "./names.ts";
import { type EventRange, events } from "./table/events.ts";
import { DAY_MS, groups } from "./table/groups.ts";

const PURGE = "logs.purge";
const RETENTION = "logs.retention";

/** Readers leave expired events out whether or not they are still there, so their removal can wait for company. */
const RETENTION_EVERY_MS = 60 * 60 * 1000;
const RETRY_MS = 60 * 1000;
/** Rows of one commit: a longer one would hold up everybody else's. */
const CHUNK = 500;

export interface HousekeepingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
}

/** Removes what nobody can see any more: events of deleted groups and streams, and events past their retention. */
export class LogHousekeeping {
  readonly #options: HousekeepingOptions;
  readonly #running = new Set<Promise<void>>();
  #closing = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    options.dispatcher.handle(PURGE, (item) => this.#run(item, (held) => this.#purge(held)));
    options.dispatcher.handle(RETENTION, (item) => this.#run(item, (held) => this.#retention(held)));
  }

  /** The change that has the events of a group or stream removed which the same commit deletes; then `wake()`. */
  purge(place: Place, of: EventRange["of"]): Change {
    const id = "group" in of ? of.group : of.stream;
    return this.#insert(`${place.account}/${place.region}/${PURGE}/${id}`, PURGE, of);
  }

  /**
   * The change that has a group's retention looked at again after the same commit has set it; then `wake()`. That
   * commit conflicts when the work item comes or goes meanwhile.
   */
  async retentionSet(place: Place, groupId: number): Promise<Change> {
    const key = retentionKey(place, groupId);
    const item = await work.read(this.#options.store, key);
    if (item) return { ...work.markDirty(key, this.#options.clock.now()), rows: 1 };
    return this.#insert(key, RETENTION, { group: groupId });
  }

  /** The change that has the work item of a group's retention finished, if there is one; then `wake()`. */
  retentionEnded(place: Place, groupId: number): Change {
    return work.markDirty(retentionKey(place, groupId), this.#options.clock.now());
  }

  wake(): void {
    this.#options.dispatcher.wake(this.#options.clock.now());
  }

  /** Resolves when what runs has stopped, at the end of a commit; stop the dispatcher before. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#running);
  }

  #insert(key: string, kind: string, data: object): Change {
    const nowMs = this.#options.clock.now();
    return work.insert({ key, kind, dueAtMs: nowMs, availableAtMs: nowMs, data: JSON.stringify(data) });
  }

  async #purge(item: WorkItem): Promise<unknown> {
    const of = JSON.parse(item.data) as EventRange["of"];
    while (!this.#closing) {
      const [rows] = await this.#commit(item, [events.purge(of, CHUNK)]);
      if (rows!.length < CHUNK) return this.#commit(item, [work.finish(item, this.#options.owner)]);
    }
    return this.#release(item, this.#options.clock.now());
  }

  async #retention(item: WorkItem): Promise<unknown> {
    const { store, clock } = this.#options;
    const { group } = JSON.parse(item.data) as { group: number };
    const days = await groups.retentionDays(store, group);
    if (days === undefined) return this.#finishUnless(item, []);
    if (days === null) return this.#finishUnless(item, [groups.keepsForEver(group)]);
    const keptMs = days * DAY_MS;
    // What expires while this looks is for the next look, so its time counts from here and not from the end.
    let lookedAtMs = clock.now();
    while (!this.#closing) {
      lookedAtMs = clock.now();
      const changes = await events.expire(store, group, lookedAtMs - keptMs, CHUNK);
      if (changes.length === 0) break;
      await this.#commit(item, changes);
    }
    const firstAtMs = (await events.firstAtMs(store, group)) ?? lookedAtMs;
    return this.#release(item, Math.max(firstAtMs + keptMs + 1, lookedAtMs + RETENTION_EVERY_MS));
  }

  /** A retention that was set in the meantime conflicts, and the item is due again at once. */
  async #finishUnless(item: WorkItem, guards: readonly Change[]): Promise<void> {
    try {
      await this.#commit(item, [...guards, work.finish(item, this.#options.owner)]);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.#release(item, this.#options.clock.now());
    }
  }

  async #release(item: WorkItem, availableAtMs: number): Promise<void> {
    const { owner, clock, dispatcher } = this.#options;
    const release = work.release(item, owner, availableAtMs, clock.now());
    const [rows] = await this.#commit(item, [release]);
    dispatcher.wake(Number(rows![0]!.available_at));
  }

  #run(item: WorkItem, handle: (item: WorkItem) => Promise<unknown>): Promise<void> {
    const run = this.#guarded(item, handle).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  /** A failure leaves the item for a later try; whoever has taken it over meanwhile carries on. */
  async #guarded(item: WorkItem, handle: (item: WorkItem) => Promise<unknown>): Promise<void> {
    try {
      await handle(item);
    } catch (error) {
      if (error instanceof Conflict) return;
      this.#options.log.error({ key: item.key, error }, "log events could not be removed; trying again");
      await this.#release(item, this.#options.clock.now() + RETRY_MS);
    }
  }

  #commit(item: WorkItem, changes: readonly Change[]) {
    return this.#options.store.commit(changes, { key: item.key });
  }
}

function retentionKey({ account, region }: Place, groupId: number): string {
  return `${account}/${region}/${RETENTION}/${groupId}`;
}
