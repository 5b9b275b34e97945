import { type Clock, RealClock, type Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Signals } from "../kernel/signals.ts";
import { LOGS_TOPIC } from "../kernel/signals.ts";
import type { Store } from "../store/store.ts";
import { GroupReader } from "./group-reader.ts";
import type { StreamName } from "./known-streams.ts";
import type { Place } from "./names.ts";
import type { NewEvent } from "./table/events.ts";

/** A group by its name. */
export interface GroupName extends Place {
  readonly logGroup: string;
}

/** An event that has just been stored. */
export interface TailEvent {
  readonly logGroup: string;
  readonly logStream: string;
  readonly atMs: number;
  readonly ingestedAtMs: number;
  readonly message: string;
}

export interface TailBatch {
  readonly events: readonly TailEvent[];
  /** How many events before these were left out, since whoever follows was too slow for them. */
  readonly skipped: number;
}

/** What is kept for one who does not keep up; then the oldest go. */
const MOST_WAITING = 5000;
const MOST_WAITING_CHARACTERS = 8 * 1024 * 1024;

/** Other nodes hear of what is logged here at most so often: each time costs the database a commit. */
const TELL_EVERY_MS = 200;

/** The store that other nodes log into, and the signals by which they hear of it. */
export interface SharedLogs {
  readonly store: Store;
  readonly signals: Signals;
  readonly log: Logger;
}

/**
 * Hands events on to whoever follows their groups, once they are stored. Where other nodes log into the same store,
 * those who follow read from there.
 */
export class LogTails {
  readonly #tails = new Set<Tail>();
  readonly #shared: SharedLogs | undefined;
  readonly #clock: Clock = new RealClock();
  readonly #readers = new Set<GroupReader>();
  #quiet: Timer | undefined;
  #untold = false;

  constructor(shared?: SharedLogs) {
    this.#shared = shared;
  }

  /**
   * Every event that is stored from now on, and certainly when `ready` has resolved, until `signal` is aborted or
   * whoever reads leaves. Groups need not exist yet.
   */
  tail(
    groups: readonly GroupName[],
    signal: AbortSignal,
  ): AsyncIterable<TailBatch> & { readonly ready: Promise<void> } {
    let stop = (): void => {};
    const end = () => {
      signal.removeEventListener("abort", end);
      this.#tails.delete(tail);
      stop();
      tail.end();
    };
    const tail = new Tail(new Set(groups.map(keyOf)), end);
    if (this.#shared) stop = this.#read(this.#shared, groups, tail);
    else this.#tails.add(tail);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
    return tail;
  }

  #read({ store, signals, log }: SharedLogs, groups: readonly GroupName[], tail: Tail): () => void {
    const found = (events: readonly TailEvent[]) => tail.offer(events);
    const readers = groups.map((group) => new GroupReader({ store, log, group, found }));
    const stops = readers.map((reader) => signals.on(LOGS_TOPIC, reader.look));
    for (const reader of readers) this.#readers.add(reader);
    tail.ready = Promise.all(readers.map((reader) => reader.begin())).then(() => {});
    // Whoever does not wait for it looks again when the store is back.
    tail.ready.catch((error) => log.error({ error }, "what others log cannot be read; looking again"));
    return () => {
      for (const stop of stops) stop();
      for (const reader of readers) {
        reader.close();
        this.#readers.delete(reader);
      }
    };
  }

  /** Call it after the commit that stored them. */
  publish(stream: StreamName, stored: readonly NewEvent[], ingestedAtMs: number): void {
    if (this.#shared) return this.#tell(this.#shared);
    const { logGroup, logStream } = stream;
    const key = keyOf(stream);
    const tails = [...this.#tails].filter((tail) => tail.groups.has(key));
    if (tails.length === 0) return;
    const events = stored.map(({ atMs, message }) => ({ logGroup, logStream, atMs, ingestedAtMs, message }));
    for (const tail of tails) tail.offer(events);
  }

  #tell(shared: SharedLogs): void {
    for (const reader of this.#readers) reader.look();
    this.#untold = true;
    if (this.#quiet) return;
    this.#untold = false;
    shared.signals.send(LOGS_TOPIC);
    this.#quiet = this.#clock.at(this.#clock.now() + TELL_EVERY_MS, () => {
      this.#quiet = undefined;
      if (this.#untold) this.#tell(shared);
    });
  }
}

function keyOf({ account, region, logGroup }: GroupName): string {
  return `${account}/${region}/${logGroup}`;
}

class Tail implements AsyncIterable<TailBatch> {
  ready = Promise.resolve();
  readonly groups: ReadonlySet<string>;
  readonly #left: () => void;
  #events: TailEvent[] = [];
  #characters = 0;
  #skipped = 0;
  #ended = false;
  #wake = (): void => {};

  constructor(groups: ReadonlySet<string>, left: () => void) {
    this.groups = groups;
    this.#left = left;
  }

  offer(events: readonly TailEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#characters += event.message.length;
    }
    let tooMany = 0;
    while (this.#events.length - tooMany > MOST_WAITING || this.#characters > MOST_WAITING_CHARACTERS) {
      this.#characters -= this.#events[tooMany++]!.message.length;
    }
    this.#events.splice(0, tooMany);
    this.#skipped += tooMany;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TailBatch> {
    try {
      while (!this.#ended) {
        if (this.#events.length > 0) yield this.#take();
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.#left();
    }
  }

  #take(): TailBatch {
    const batch = { events: this.#events, skipped: this.#skipped };
    this.#events = [];
    this.#characters = 0;
    this.#skipped = 0;
    return batch;
  }
}
