import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import type { Delivery } from "../kernel/targets.ts";
import { type NewWorkItem, type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { keptFromMs } from "./archive-housekeeping.ts";
import type { EventRouter } from "./router.ts";
import { type ArchivedEvent, archivedEvents, type Position } from "./table/archived-events.ts";
import { archives } from "./table/archives.ts";
import { type Replay, replays } from "./table/replays.ts";
import { UnderWay } from "./under-way.ts";

const REPLAY = "events.replay";
/** AWS takes minutes to begin; this is long enough to cancel one that was started by mistake. */
const STARTS_AFTER_MS = 1000;
/** Events of one commit, with all their deliveries. */
const CHUNK = 50;

interface ReplayReference {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export function replayKey({ account, region, name }: ReplayReference): string {
  return `${account}/${region}/${REPLAY}/${name}`;
}

/** The work item of a new replay. */
export function replayItem({ account, region, name, startedAtMs }: Replay): NewWorkItem {
  const atMs = startedAtMs + STARTS_AFTER_MS;
  const reference: ReplayReference = { account, region, name };
  return {
    key: replayKey(reference),
    kind: REPLAY,
    dueAtMs: atMs,
    availableAtMs: atMs,
    data: JSON.stringify(reference),
  };
}

interface ReplayerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly owner: string;
  readonly router: EventRouter;
}

/** Tells what the items wait for. */
export const describeReplays: DescribeByKind = { [REPLAY]: async () => ({ kind: "REPLAY" }) };

/**
 * Replays archived events in the order of their times. How far it has come is part of the commit that delivers, so one
 * that is interrupted goes on behind the last event that it has delivered.
 */
export class Replayer {
  readonly #options: ReplayerOptions;
  readonly #underWay = new UnderWay();

  constructor(options: ReplayerOptions) {
    this.#options = options;
    options.dispatcher.handle(REPLAY, (item) => this.#underWay.run(this.#handle(item)));
  }

  /** Stops behind the commit under way; the next start goes on. */
  close(): Promise<void> {
    return this.#underWay.close();
  }

  async #handle(item: WorkItem): Promise<void> {
    const { dispatcher } = this.#options;
    try {
      while (!this.#underWay.closing) if (await this.#step(item)) return;
      await dispatcher.giveBack(item, 0);
    } catch (error) {
      // It was cancelled, or what it delivers to has changed: it looks again.
      if (!(error instanceof Conflict)) throw error;
      await dispatcher.giveBack(item);
    }
  }

  /** One commit; whether it was the last. */
  async #step(item: WorkItem): Promise<boolean> {
    const { store, clock, owner } = this.#options;
    const { name, ...place } = JSON.parse(item.data) as ReplayReference;
    const replay = (await replays.find(store, place, name))!;
    const finish = work.finish(item, owner);
    if (replay.state === "CANCELLING") {
      await this.#commit(item, replay, { state: "CANCELLED", endedAtMs: clock.now() }, [finish]);
      return true;
    }
    const events = await this.#next(replay);
    const position: Position | undefined = events.at(-1) ?? replay.position;
    const deliveries = await this.#deliver(replay, events);
    const isLast = events.length < CHUNK;
    const end = isLast
      ? ({ state: "COMPLETED", endedAtMs: clock.now() } as const)
      : ({ state: "RUNNING" } as const);
    const changes = [...deliveries.flatMap((delivery) => delivery.changes), ...(isLast ? [finish] : [])];
    await this.#commit(item, replay, { ...end, ...(position ? { position: at(position) } : {}) }, changes);
    for (const { committed } of deliveries) committed();
    return isLast;
  }

  async #next({ archiveId, request, position }: Replay): Promise<readonly ArchivedEvent[]> {
    const { store, clock } = this.#options;
    const archive = await archives.findById(store, archiveId);
    if (!archive) return [];
    const fromMs = Math.max(request.fromMs, keptFromMs(archive, clock.now()));
    const behind = position && position.atMs >= fromMs ? position : { atMs: fromMs - 1, id: MAX_ID };
    return archivedEvents.after(store, archiveId, behind, request.toMs, CHUNK);
  }

  async #deliver(replay: Replay, events: readonly ArchivedEvent[]): Promise<readonly Delivery[]> {
    const { account, region, name, request } = replay;
    const deliveries: Delivery[] = [];
    for (const { event } of events) {
      const bus = { account, region, name: request.bus };
      deliveries.push(await this.#options.router.route(bus, { ...event, replayName: name }, request.filters));
    }
    return deliveries;
  }

  async #commit(
    item: WorkItem,
    replay: Replay,
    moved: Partial<Replay>,
    changes: readonly Change[],
  ): Promise<void> {
    const update = replays.update(replay, { ...replay, ...moved });
    await this.#options.store.commit([update, ...changes], { key: item.key });
  }
}

const MAX_ID = Number.MAX_SAFE_INTEGER;

function at({ atMs, id }: Position): Position {
  return { atMs, id };
}
