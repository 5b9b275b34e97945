import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Logger } from "../kernel/logger.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { isFifoName, settingsOf } from "./attributes/attributes.ts";
import { DEDUPLICATION_MS, fifo } from "./table/fifo.ts";
import { messages } from "./table/messages.ts";
import { type QueueRecord, queues } from "./table/queues.ts";

const RETENTION = "sqs.retention";
const REMOVAL = "sqs.removal";

/** Nobody receives what has expired, whether or not it is still there, so its removal can wait for company. */
const RETENTION_EVERY_MS = 60 * 60 * 1000;
/** For so long after a queue's end somebody on another node may send to it, who has not heard of that. */
const LATECOMERS_MS = 60 * 1000;
const RETRY_MS = 60 * 1000;
/** Rows of one commit: a longer one would hold up everybody else's. */
const CHUNK = 1000;
const EVER = Number.MAX_SAFE_INTEGER;

export interface QueueHousekeepingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
}

/** Messages of a queue that are to go. */
interface Removal {
  readonly queue: number;
  /** Those that were sent until then; without it, all that was ever the queue's. */
  readonly untilMs?: number;
}

/** Removes what nobody can see any more: messages past their retention, and those of deleted and of purged queues. */
export class QueueHousekeeping {
  readonly #options: QueueHousekeepingOptions;
  readonly #running = new Map<string, Promise<void>>();
  #closing = false;

  constructor(options: QueueHousekeepingOptions) {
    this.#options = options;
    const { dispatcher } = options;
    const holds = (key: string) => this.#running.has(key);
    dispatcher.handle(RETENTION, (item) => this.#run(item, () => this.#retention(item)), holds);
    dispatcher.handle(REMOVAL, (item) => this.#run(item, () => this.#removal(item)), holds);
  }

  /** The change that has the retention of a queue looked after which the same commit makes; then `wake()`. */
  retention(queue: QueueRecord, nowMs: number): Change {
    const availableAtMs = nowMs + Math.max(retentionOf(queue), RETENTION_EVERY_MS);
    const data = JSON.stringify({ queue: queue.id });
    return work.insert({ key: retentionKey(queue), kind: RETENTION, dueAtMs: nowMs, availableAtMs, data });
  }

  /** The changes that have everything removed of a queue that the same commit deletes; then `wake()`. */
  queueDeleted(queue: QueueRecord, nowMs: number): Change[] {
    const item = removalItem(queue, nowMs, { queue: queue.id });
    return [work.insert(item), work.markDirty(retentionKey(queue), nowMs)];
  }

  /**
   * Removes what was sent to a queue until now. `begin` makes the commit that the removal, given to it, becomes a part of:
   * from then on it will happen, whatever becomes of this node.
   */
  async purge(queue: QueueRecord, nowMs: number, begin: (removal: Change) => Promise<void>): Promise<void> {
    const item = removalItem(queue, nowMs, { queue: queue.id, untilMs: nowMs });
    await begin(work.insertClaimed(item, this.#options.owner));
    const held = { ...item, version: 1, lane: "" };
    await this.#run(held, () => this.#removal(held));
  }

  wake(atMs: number): void {
    this.#options.dispatcher.wake(atMs);
  }

  /** Resolves when what runs has stopped, at the end of a commit; stop the dispatcher before. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#running.values());
  }

  async #retention(item: WorkItem): Promise<unknown> {
    const { store, clock, owner } = this.#options;
    const record = await queues.findById(store, (JSON.parse(item.data) as { queue: number }).queue);
    if (!record) return this.#commit(item, [work.finish(item, owner)]);
    const { id } = record;
    const retentionMs = retentionOf(record);
    const isFifo = isFifoName(record.name);
    const nowMs = clock.now();
    for (let removed = CHUNK; removed === CHUNK && !this.#closing; ) {
      const remove = messages.removeAvailable(id, nowMs - retentionMs, CHUNK);
      const answers = await this.#commit(item, isFifo ? fifo.inAllGroups(id, [remove]) : [remove]);
      removed = answers[isFifo ? 1 : 0]!.length;
    }
    if (isFifo) await this.#commit(item, [fifo.forgetUntil(id, nowMs)]);
    const firstAtMs = (await messages.nextAvailableMs(store, id)) ?? nowMs;
    return this.#release(item, Math.max(firstAtMs + retentionMs, nowMs + RETENTION_EVERY_MS));
  }

  async #removal(item: WorkItem): Promise<unknown> {
    const { clock, owner } = this.#options;
    const { queue, untilMs } = JSON.parse(item.data) as Removal;
    for (let removed = CHUNK; removed === CHUNK; ) {
      if (this.#closing) return this.#release(item, clock.now());
      const [rows] = await this.#commit(item, [messages.removeSent(queue, untilMs ?? EVER, CHUNK)]);
      removed = rows!.length;
    }
    if (untilMs !== undefined) {
      return this.#commit(item, [
        ...fifo.inAllGroups(queue, [fifo.forgetUntil(queue, untilMs + DEDUPLICATION_MS)]),
        work.finish(item, owner),
      ]);
    }
    await this.#commit(item, [fifo.deleteGroups(queue), fifo.forgetUntil(queue, EVER)]);
    const lastLookMs = item.dueAtMs + LATECOMERS_MS;
    if (clock.now() < lastLookMs) return this.#release(item, lastLookMs);
    return this.#commit(item, [work.finish(item, owner)]);
  }

  async #release(item: WorkItem, availableAtMs: number): Promise<void> {
    const { owner, clock, dispatcher } = this.#options;
    const [rows] = await this.#commit(item, [work.release(item, owner, availableAtMs, clock.now())]);
    dispatcher.wake(Number(rows![0]!.available_at));
  }

  #run(item: WorkItem, handle: () => Promise<unknown>): Promise<void> {
    const run = this.#guarded(item, handle).finally(() => this.#running.delete(item.key));
    this.#running.set(item.key, run);
    return run;
  }

  /** A failure leaves the item for a later try; whoever has taken it over meanwhile carries on. */
  async #guarded(item: WorkItem, handle: () => Promise<unknown>): Promise<void> {
    try {
      await handle();
    } catch (error) {
      if (error instanceof Conflict) return;
      this.#options.log.error({ key: item.key, error }, "messages could not be removed; trying again");
      await this.#options.dispatcher.giveBack(item, RETRY_MS);
    }
  }

  #commit(item: WorkItem, changes: readonly Change[]) {
    return this.#options.store.commit(changes, { key: item.key });
  }
}

function retentionOf({ name, attributes }: QueueRecord): number {
  return settingsOf(attributes, isFifoName(name)).retentionMs;
}

function retentionKey({ account, region, id }: QueueRecord): string {
  return `${account}/${region}/${RETENTION}/${id}`;
}

function removalItem({ account, region, id }: QueueRecord, nowMs: number, removal: Removal) {
  return {
    key: `${account}/${region}/${REMOVAL}/${id}/${nowMs}`,
    kind: REMOVAL,
    dueAtMs: nowMs,
    availableAtMs: nowMs,
    data: JSON.stringify(removal),
  };
}
