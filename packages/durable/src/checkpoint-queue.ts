import type { TransportResponse } from "./clients.ts";
import { nextTurn } from "./timers.ts";
import type { OperationUpdate } from "./types/wire.ts";
import { verbose } from "./verbose.ts";

/** What the queue needs of the rest of an invocation. */
interface CheckpointSink {
  /** Sends one checkpoint and returns the new token, if there is one, and what has changed. */
  send(token: string, updates: OperationUpdate[]): Promise<TransportResponse>;
  /** Takes in what changed, before those who wait for their updates go on. */
  apply(answer: TransportResponse, updates: readonly OperationUpdate[]): Promise<void> | undefined;
  /** Whether what nobody waits for may wait a turn: the invocation is perhaps about to end, and takes it along then. */
  mayWait(): boolean;
  /** Nothing is queued or under way any more. */
  onIdle(): void;
  onError(error: unknown): void;
}

// AWS's SDK stays within these for the service's request limits.
const MOST_UPDATES = 250;
const MOST_BYTES = 750 * 1024;

/**
 * Sends updates in the order they came, one request at a time. What comes in one turn of the event loop, or while
 * a request is under way, goes out together.
 */
export class CheckpointQueue {
  readonly #sink: CheckpointSink;
  #token: string;
  #updates: OperationUpdate[] = [];
  #done: Array<(() => void) | undefined> = [];
  #bytes = 0;
  #polls: Array<() => void> = [];
  #scheduled = false;
  #sending = false;
  #closed = false;
  #drained: Array<() => void> = [];
  readonly #mostUpdates: number;
  /** How many of the queued updates somebody waits for. */
  #awaited = 0;
  /** The handler is through: what nobody waits for is not sent any more, but taken by `takeLast`. */
  #leaving = false;

  constructor(sink: CheckpointSink, token: string, mostUpdates = MOST_UPDATES) {
    this.#sink = sink;
    this.#token = token;
    this.#mostUpdates = mostUpdates;
  }

  /** Queues an update; `done` is called once it is stored. After close() neither happens. */
  enqueue(update: OperationUpdate, done?: () => void): void {
    if (this.#closed) return;
    this.#updates.push(update);
    this.#done.push(done);
    if (done) this.#awaited++;
    this.#bytes += mostBytesOf(update);
    this.#schedule();
  }

  /** Queues an update and resolves once it is stored. */
  commit(update: OperationUpdate): Promise<void> {
    return new Promise((resolve) => this.enqueue(update, resolve));
  }

  /** Asks the service for changes, with an empty checkpoint if no update is queued. */
  poll(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) return;
      this.#polls.push(resolve);
      this.#schedule();
    });
  }

  get idle(): boolean {
    return !this.#sending && !this.#scheduled;
  }

  /** Whether nothing is under way, nobody waits for what is queued, and one checkpoint holds all of it. */
  get mayBeLeft(): boolean {
    return !this.#sending && this.#awaited === 0 && this.#polls.length === 0 && this.#fits;
  }

  /** Resolves when what is left may be left, or is nothing. From now on such is kept for `takeLast`. */
  settled(): Promise<void> {
    this.#leaving = true;
    return this.mayBeLeft ? Promise.resolve() : this.drained();
  }

  /** Takes the last checkpoint, if there is one, out of the queue. */
  takeLast(): { readonly token: string; readonly updates: OperationUpdate[] } | undefined {
    if (!this.mayBeLeft || this.#updates.length === 0) return undefined;
    const [updates] = this.#takeBatch();
    tellCheckpoint(updates);
    return { token: this.#token, updates };
  }

  /** Accepts nothing more; what is queued is still sent. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled || this.#sending) return;
    this.#scheduled = true;
    nextTurn(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.mayBeLeft && this.#sink.mayWait()) return nextTurn(() => void this.#flush());
    this.#scheduled = false;
    if (this.#leaving && this.mayBeLeft) return;
    this.#sending = true;
    const [updates, done] = this.#takeBatch();
    const polls = this.#polls;
    this.#polls = [];
    tellCheckpoint(updates);
    try {
      const answer = await this.#sink.send(this.#token, updates);
      if (answer.CheckpointToken) this.#token = answer.CheckpointToken;
      const applied = this.#sink.apply(answer, updates);
      if (applied) await applied;
    } catch (error) {
      this.#closed = true;
      this.#updates = [];
      this.#bytes = 0;
      this.#done = [];
      this.#awaited = 0;
      this.#polls = [];
      done.length = polls.length = 0;
      this.#sink.onError(error);
    }
    this.#sending = false;
    for (const settle of done) settle?.();
    for (const settle of polls) settle();
    const isOver = this.#leaving ? this.mayBeLeft : this.#updates.length === 0 && this.#polls.length === 0;
    if (!isOver) return this.#schedule();
    for (const settle of this.#drained.splice(0)) settle();
    this.#sink.onIdle();
  }

  #takeBatch(): [OperationUpdate[], Array<(() => void) | undefined>] {
    const count = this.#fits ? this.#updates.length : this.#fitting();
    const rest = this.#updates.splice(count);
    const restDone = this.#done.splice(count);
    const batch: [OperationUpdate[], Array<(() => void) | undefined>] = [this.#updates, this.#done];
    this.#updates = rest;
    this.#done = restDone;
    this.#bytes = rest.reduce((sum, update) => sum + mostBytesOf(update), 0);
    this.#awaited = restDone.reduce((sum, done) => (done ? sum + 1 : sum), 0);
    return batch;
  }

  get #fits(): boolean {
    return this.#bytes <= MOST_BYTES && this.#updates.length <= this.#mostUpdates;
  }

  /** How many updates go into one request: at least one. */
  #fitting(): number {
    let bytes = 0;
    let count = 0;
    for (const update of this.#updates) {
      bytes += Buffer.byteLength(JSON.stringify(update));
      if (count > 0 && (bytes > MOST_BYTES || count >= this.#mostUpdates)) break;
      count++;
    }
    return count;
  }
}

function tellCheckpoint(updates: readonly OperationUpdate[]): void {
  verbose("checkpoint", () => updates.map(({ Action, Type, Id, Name }) => [Action, Type, Id, Name]));
}

/** An upper bound that costs nothing: JSON escapes and UTF-8 take at most three bytes per character of text. */
function mostBytesOf({ Payload, Error: error }: OperationUpdate): number {
  const text = Payload?.length ?? 0;
  return 512 + 3 * (error ? text + (error.ErrorMessage?.length ?? 0) + (error.ErrorData?.length ?? 0) : text);
}
