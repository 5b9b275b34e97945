import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { queueDoesNotExist } from "./errors.ts";
import { type Place, parseQueueUrl, type QueueKey } from "./place.ts";
import { type Queue, toQueue } from "./queue.ts";
import { type QueueRecord, queues } from "./table/queues.ts";

/** Some queue has been made, changed or deleted. */
const QUEUES_TOPIC = "sqs/queues";

/** A look that is under way at whether a queue is there. */
interface Look {
  readonly over: Promise<void>;
  /** The look after it, where somebody has asked meanwhile. */
  next?: Promise<boolean>;
}

/**
 * The queues of a store. Sending and receiving look them up each time, so they are remembered until somebody says that
 * one has changed; a node that misses that looks again within seconds, as AWS's queues take up to a minute to change.
 */
export class QueueCatalog {
  readonly #store: Store;
  readonly #signals: Signals;
  readonly #known = new Map<string, Queue>();
  readonly #deaf: () => void;
  /** How often what is known was forgotten: what was read before must not be remembered after. */
  #forgotten = 0;
  #forgetting = new AbortController();
  /** By queue. */
  readonly #looks = new Map<number, Look>();

  constructor(store: Store, signals: Signals) {
    this.#store = store;
    this.#signals = signals;
    this.#deaf = signals.on(QUEUES_TOPIC, () => this.#forget());
  }

  close(): void {
    this.#deaf();
  }

  /** Aborted when what is known now may be out of date. */
  get upToDate(): AbortSignal {
    return this.#forgetting.signal;
  }

  /** Throws QueueDoesNotExist, or InvalidAddress for what is no queue's URL. */
  byUrl(url: string, caller: Place): Promise<Queue> | Queue {
    return this.require(parseQueueUrl(url, caller));
  }

  /** Throws QueueDoesNotExist. */
  require(key: QueueKey): Promise<Queue> | Queue {
    return this.#known.get(nameOf(key)) ?? this.#required(key);
  }

  /** The queue as it is stored: for who asks what somebody else has just changed. */
  async stored(url: string, caller: Place): Promise<Queue> {
    const queue = await this.find(parseQueueUrl(url, caller));
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  /** The same by a queue's key; undefined when there is none. */
  async find(key: QueueKey): Promise<Queue | undefined> {
    const forgotten = this.#forgotten;
    const record = await queues.find(this.#store, key);
    const queue = record && toQueue(record);
    if (queue && forgotten === this.#forgotten) this.#known.set(nameOf(key), queue);
    return queue;
  }

  /**
   * Whether a queue is there as of the call: another node may have deleted it, and its signal be on its way, or lost. All
   * who ask during one look share the next.
   */
  async isThere({ id }: Queue): Promise<boolean> {
    if (this.#signals === NO_SIGNALS) return true;
    const isThere = await this.#nextLook(id);
    if (!isThere) this.#forget();
    return isThere;
  }

  #nextLook(id: number): Promise<boolean> {
    const look = this.#looks.get(id);
    if (!look) return this.#look(id);
    look.next ??= look.over.then(() => this.#look(id));
    return look.next;
  }

  #look(id: number): Promise<boolean> {
    const found = queues.findById(this.#store, id).then((record) => record !== undefined);
    const end = () => {
      if (!look.next) this.#looks.delete(id);
    };
    const look: Look = { over: found.then(end, end) };
    this.#looks.set(id, look);
    return found;
  }

  /**
   * Makes a commit about queues themselves. Everybody forgets what they know, also when it conflicts: then somebody
   * else's commit was the reason.
   */
  async commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#store.commit(changes, { key: "sqs/queues" });
      this.#signals.send(QUEUES_TOPIC);
    } finally {
      this.#forget();
    }
  }

  /** Changes a queue's record; `decide` is asked again when somebody else was faster, and undefined changes nothing. */
  async modify(
    key: QueueKey,
    decide: (queue: Queue) => Promise<QueueRecord | undefined> | QueueRecord | undefined,
    more: readonly Change[] = [],
  ): Promise<void> {
    for (;;) {
      const record = await queues.find(this.#store, key);
      if (!record) throw queueDoesNotExist();
      const after = await decide(toQueue(record));
      if (!after) return;
      try {
        return await this.commit([queues.update(record, after), ...more]);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
  }

  async #required(key: QueueKey): Promise<Queue> {
    const queue = await this.find(key);
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  #forget(): void {
    this.#forgotten++;
    this.#known.clear();
    this.#forgetting.abort();
    this.#forgetting = new AbortController();
  }
}

function nameOf({ account, region, name }: QueueKey): string {
  return `${account}/${region}/${name}`;
}
