import { type Clock, RealClock, type Timer } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { Conflict } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { KnownStreams, type StreamName } from "./known-streams.ts";
import { splitMessage } from "./split.ts";
import { eventBytes, events, type NewEvent } from "./table/events.ts";
import type { LogTails } from "./tails.ts";

/** What a host tells of a line that a function wrote. */
export interface FunctionLine {
  /** `arn:aws:lambda:REGION:ACCOUNT:function:NAME` */
  readonly functionArn: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly atMs: number;
  readonly message: string;
}

export interface LogWriterOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly tails: LogTails;
}

interface WrittenStream extends StreamName {
  readonly key: string;
}

interface QueuedEvent extends NewEvent {
  readonly stream: WrittenStream;
  readonly bytes: number;
  /** How many lines of the function it stands for: more than one if it tells of dropped ones. */
  readonly lines: number;
}

/** What waits for the store takes no more memory than this; what an event takes beside its message is a guess. */
const MOST_QUEUED_BYTES = 16 * 1024 * 1024;
const OBJECT_BYTES = 200;
/** A commit shares its flush with everybody else's, so it is kept to a few milliseconds. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 512 * 1024;
/**
 * How long a line waits for others, in real time. A commit for every line was measured to double the time and the
 * processor that a short invocation takes; nobody who reads waits for this.
 */
const LINGER_MS = 50;
/** A batch whose stream was deleted meanwhile is tried once more, and makes the stream anew. */
const ATTEMPTS = 2;

const realClock = new RealClock();

/**
 * Stores what functions log, in batches, one commit at a time. No function waits for it: when the store cannot keep
 * up, lines are dropped, and one in their place says how many.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #streams: KnownStreams;
  #queue: QueuedEvent[] = [];
  #queuedBytes = 0;
  readonly #dropped = new Map<string, { readonly stream: WrittenStream; lines: number }>();
  #storing = false;
  /** The last batch could not be stored; once said is enough. */
  #failing = false;
  #timer: Timer | undefined;
  /** How many events were ever queued, and how many of them are stored or given up. */
  #queued = 0;
  #settled = 0;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#streams = new KnownStreams(options);
  }

  /** A host's LogSink. */
  readonly write = (lines: readonly FunctionLine[]): void => {
    for (const line of lines) {
      const stream = streamOf(line);
      for (const message of splitMessage(line.message)) this.#accept(stream, line.atMs, message);
    }
    this.#schedule();
  };

  /** Resolves when everything written so far is stored or given up. */
  settled(): Promise<void> {
    if (this.#settled === this.#queued) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ upTo: this.#queued, resolve });
      this.#schedule();
    });
  }

  #accept(stream: WrittenStream, atMs: number, message: string): void {
    if (message === "") return;
    const bytes = eventBytes(message) + OBJECT_BYTES;
    if (this.#queuedBytes + bytes > MOST_QUEUED_BYTES) return this.#drop(stream, 1);
    if (this.#dropped.has(stream.key)) this.#tellDropped(stream.key);
    this.#enqueue({ stream, atMs, message, bytes, lines: 1 });
  }

  #enqueue(event: QueuedEvent): void {
    this.#queue.push(event);
    this.#queuedBytes += event.bytes;
    this.#queued++;
  }

  #drop(stream: WrittenStream, lines: number): void {
    const dropped = this.#dropped.get(stream.key);
    if (dropped) dropped.lines += lines;
    else this.#dropped.set(stream.key, { stream, lines });
  }

  #tellDropped(key: string): void {
    const { stream, lines } = this.#dropped.get(key)!;
    this.#dropped.delete(key);
    const message = `[stepwell] ${lines} lines of this log were dropped here: the store could not take them.\n`;
    this.#enqueue({ stream, atMs: this.#options.clock.now(), message, bytes: OBJECT_BYTES, lines });
  }

  /** Stores what is queued: at once when it fills a batch or when somebody waits for it. */
  #schedule(): void {
    if (this.#storing || this.#queue.length === 0) return;
    const full = this.#queue.length >= BATCH_EVENTS || this.#queuedBytes >= BATCH_BYTES;
    if (full || this.#waiting.length > 0) void this.#storeNext();
    else this.#timer ??= realClock.at(realClock.now() + LINGER_MS, () => void this.#storeNext());
  }

  async #storeNext(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#storing = true;
    const batch = this.#take();
    this.#failing = !(await this.#store(batch));
    this.#storing = false;
    this.#settle(batch.length);
    if (!this.#failing && this.#queue.length === 0) {
      for (const key of this.#dropped.keys()) this.#tellDropped(key);
    }
    this.#schedule();
  }

  #take(): QueuedEvent[] {
    let [count, bytes] = [0, 0];
    for (const event of this.#queue) {
      if (count === BATCH_EVENTS || (count > 0 && bytes + event.bytes > BATCH_BYTES)) break;
      bytes += event.bytes;
      count++;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  /** Whether the batch could be stored; if not, its lines count as dropped. */
  async #store(batch: readonly QueuedEvent[]): Promise<boolean> {
    const byStream = grouped(batch);
    let error: unknown = new Error("its streams were deleted again and again");
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.#commit(byStream);
        return true;
      } catch (failure) {
        error = failure;
        if (!(failure instanceof Conflict)) break;
        this.#streams.forget(byStream.keys());
      }
    }
    if (!this.#failing)
      this.#options.log.error({ error }, "log lines of functions cannot be stored: dropped");
    for (const { stream, lines } of batch) this.#drop(stream, lines);
    return false;
  }

  /** Rejects with Conflict when a stream was deleted since its number was looked up. */
  async #commit(byStream: ReadonlyMap<string, readonly QueuedEvent[]>): Promise<void> {
    const { store, clock, tails } = this.#options;
    const names = new Map([...byStream].map(([key, [first]]) => [key, first!.stream]));
    const ids = await this.#streams.resolve(names);
    const ingestedAtMs = clock.now();
    const changes = [...byStream].flatMap(([key, queued]) =>
      events.append(ids.get(key)!, queued, ingestedAtMs),
    );
    await store.commit(changes, { key: "logs" });
    for (const [key, queued] of byStream) tails.publish(names.get(key)!, queued, ingestedAtMs);
  }

  #settle(count: number): void {
    this.#settled += count;
    while (this.#waiting.length > 0 && this.#waiting[0]!.upTo <= this.#settled)
      this.#waiting.shift()!.resolve();
  }
}

/** By stream, in their order. */
function grouped(batch: readonly QueuedEvent[]): Map<string, QueuedEvent[]> {
  const byStream = new Map<string, QueuedEvent[]>();
  for (const event of batch) {
    const events = byStream.get(event.stream.key);
    if (events) events.push(event);
    else byStream.set(event.stream.key, [event]);
  }
  return byStream;
}

function streamOf({ functionArn, logGroup, logStream }: FunctionLine): WrittenStream {
  const [, , , region, account] = functionArn.split(":") as [string, string, string, string, string];
  return { account, region, logGroup, logStream, key: `${account}/${region}/${logGroup}:${logStream}` };
}
