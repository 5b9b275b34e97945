import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import type { Change, Store } from "../store/store.ts";
import type { Place } from "./names.ts";
import { archivedEvents } from "./table/archived-events.ts";
import { type Archive, archives } from "./table/archives.ts";
import { UnderWay } from "./under-way.ts";

const CLEANING = "events.archive";
const DAY_MS = 24 * 60 * 60 * 1000;
/** Readers leave expired events out whether or not they are still there, so their removal can wait for company. */
const EVERY_MS = 60 * 60 * 1000;
/** A commit that archives an event while its archive is deleted is there by then, or never: statements end before. */
const LATE_MS = 60_000;
/** Rows of one commit: a longer one would hold up everybody else's. */
const CHUNK = 500;

interface HousekeepingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly owner: string;
}

/** The time before which an archive's events have expired. */
export function keptFromMs({ retentionDays }: Archive, nowMs: number): number {
  return retentionDays === 0 ? 0 : nowMs - retentionDays * DAY_MS;
}

/** Removes events that have expired, and those of deleted archives: an item per archive that has any such. */
export class ArchiveHousekeeping {
  readonly #options: HousekeepingOptions;
  readonly #underWay = new UnderWay();

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    options.dispatcher.handle(CLEANING, (item) => this.#underWay.run(this.#clean(item)));
  }

  /** The change that has an archive looked at after the same commit has changed it; then `wake()`. */
  look({ account, region }: Place, archiveId: number): Change {
    const key = `${account}/${region}/${CLEANING}/${archiveId}`;
    return work.insertEarlier(key, CLEANING, this.#options.clock.now());
  }

  /** The changes that remove all events of an archive, which the same commit deletes; then `wake()`. */
  remove({ account, region }: Place, archiveId: number): Change[] {
    const late = `${account}/${region}/${CLEANING}.late/${archiveId}`;
    const lateMs = this.#options.clock.now() + LATE_MS;
    return [this.look({ account, region }, archiveId), work.insertEarlier(late, CLEANING, lateMs)];
  }

  wake(): void {
    this.#options.dispatcher.wake(this.#options.clock.now());
  }

  /** Stops behind the commit under way. */
  close(): Promise<void> {
    return this.#underWay.close();
  }

  async #clean(item: WorkItem): Promise<void> {
    const { store, clock, owner, dispatcher } = this.#options;
    const id = Number(item.key.slice(item.key.lastIndexOf("/") + 1));
    const archive = await archives.findById(store, id);
    const nowMs = clock.now();
    const beforeMs = archive ? keptFromMs(archive, nowMs) : Number.MAX_SAFE_INTEGER;
    let removed = CHUNK;
    while (removed === CHUNK && !this.#underWay.closing) {
      const [rows] = await store.commit([archivedEvents.remove(id, beforeMs, CHUNK)], { key: item.key });
      removed = rows!.length;
    }
    const goesOn = removed === CHUNK || (archive !== undefined && archive.retentionDays > 0);
    const againMs = removed === CHUNK ? nowMs : nowMs + EVERY_MS;
    const change = goesOn ? work.release(item, owner, againMs, nowMs) : work.finish(item, owner);
    const [rows] = await store.commit([change], { key: item.key });
    if (goesOn) dispatcher.wake(Number(rows![0]!.available_at));
  }
}
