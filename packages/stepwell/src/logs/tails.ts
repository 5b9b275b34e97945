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

/** Hands events on to whoever follows their groups, once they are stored. */
export class LogTails {
  readonly #tails = new Set<Tail>();

  /**
   * Every event that is stored from now on, until `signal` is aborted or whoever reads leaves. Groups need not exist
   * yet.
   */
  tail(groups: readonly GroupName[], signal: AbortSignal): AsyncIterable<TailBatch> {
    const end = () => {
      signal.removeEventListener("abort", end);
      this.#tails.delete(tail);
      tail.end();
    };
    const tail = new Tail(new Set(groups.map(keyOf)), end);
    this.#tails.add(tail);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
    return tail;
  }

  /** Call it after the commit that stored them. */
  publish(stream: StreamName, stored: readonly NewEvent[], ingestedAtMs: number): void {
    const { logGroup, logStream } = stream;
    const key = keyOf(stream);
    const tails = [...this.#tails].filter((tail) => tail.groups.has(key));
    if (tails.length === 0) return;
    const events = stored.map(({ atMs, message }) => ({ logGroup, logStream, atMs, ingestedAtMs, message }));
    for (const tail of tails) tail.offer(events);
  }
}

function keyOf({ account, region, logGroup }: GroupName): string {
  return `${account}/${region}/${logGroup}`;
}

class Tail implements AsyncIterable<TailBatch> {
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
