import type { Clock } from "../../../kernel/clock.ts";
import type { Logger } from "../../../kernel/logger.ts";
import { reportedFailures } from "../batch-response.ts";
import type { RecordFilter } from "../filter.ts";
import { type Mapping, targetArn } from "../mapping.ts";
import type { BatchCaller, BatchResult, Running } from "../source.ts";
import { Batch, type HeldMessage } from "./batch.ts";
import { Hold } from "./hold.ts";
import { Pauses } from "./pauses.ts";
import type { Queue, QueueMessage } from "./queue.ts";
import { toRecord } from "./record.ts";

export interface PollerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly mapping: Mapping;
  readonly queue: Queue;
  readonly filter: RecordFilter;
  readonly caller: BatchCaller;
  readonly mostConcurrent: number;
}

/** More batches than this do not wait for an instance: what waits in the queue is hidden from nobody. */
const MOST_WAITING = 5;
const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** A batch that is on its way to the function, and what keeps its messages until then. */
interface Gathered {
  readonly batch: Batch;
  /** Absent without a message. */
  readonly hold?: Hold;
  /** Received, and beyond what the batch could take. */
  readonly left: readonly HeldMessage[];
}

/**
 * Carries messages from a queue to a function (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
 * One loop receives; each batch runs by itself, so that there are as many invocations as there are messages for, within
 * what is allowed and what the host can run. What a function does not take stays hidden for the queue's visibility
 * timeout, and SQS's own redrive policy ends what never succeeds. Nothing is stored here: after a crash the messages
 * come back by themselves.
 */
export class QueuePoller implements Running {
  readonly #options: PollerOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #done: Promise<void>;
  /** Batches that no instance has been handed yet. */
  #waiting = 0;
  /** Of batches whose function could not be called. */
  readonly #pauses: Pauses;
  #wake = (): void => {};

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock, this.#stopping.signal);
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#done;
    await Promise.all(this.#running);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { log, mapping } = this.#options;
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!this.#stopped) {
      try {
        await this.#room();
        const gathered = await this.#gather();
        pauseMs = SHORTEST_PAUSE_MS;
        if (!this.#stopped) this.#hand(gathered);
        else await this.#putBack(gathered);
      } catch (error) {
        if (this.#stopped) break;
        if (pauseMs === SHORTEST_PAUSE_MS) {
          log.warn(
            { mapping: mapping.uuid, source: mapping.sourceArn, error },
            "cannot receive; trying again",
          );
        }
        await new Pauses(this.#options.clock, this.#stopping.signal).pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  async #putBack({ batch, hold, left }: Gathered): Promise<void> {
    await hold?.release();
    await this.#giveBack([...batch.messages, ...left.map(({ message }) => message)]);
  }

  /** Resolves when another batch may be taken. */
  async #room(): Promise<void> {
    const { mostConcurrent } = this.#options;
    const isFull = () => this.#running.size >= mostConcurrent || this.#waiting >= MOST_WAITING;
    // Where some have no place, more would only take it from them.
    while (!this.#stopped && (isFull() || this.#pauses.some)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves to the next batch: one that is full, or whose window is over; or an empty one when it is to stop. */
  async #gather(): Promise<Gathered> {
    const { clock, mapping } = this.#options;
    const { BatchSize, MaximumBatchingWindowInSeconds } = mapping.settings;
    const batch = new Batch(BatchSize);
    let untilMs: number | undefined;
    let hold: Hold | undefined;
    let left: readonly HeldMessage[] = [];
    const take = (held: readonly HeldMessage[]) => {
      left = held.filter((one) => !batch.add(one));
      if (batch.held.length === 0) return;
      untilMs ??= clock.now() + MaximumBatchingWindowInSeconds * 1000;
      hold ??= this.#holdOn(batch);
    };
    while (!this.#stopped && batch.room > 0 && (untilMs === undefined || clock.now() < untilMs)) {
      try {
        take(await this.#receive(batch.room, untilMs));
      } catch (error) {
        if (!hold) throw error;
        break;
      }
    }
    return { batch, left, ...(hold ? { hold } : {}) };
  }

  #holdOn(batch: Batch): Hold {
    const { clock, queue, log, mapping } = this.#options;
    const failed = (error: unknown) =>
      log.warn({ mapping: mapping.uuid, error }, "messages that wait for their function may come twice");
    return new Hold(batch, { clock, queue, failed });
  }

  /** What arrives and passes the filter. */
  async #receive(most: number, untilMs: number | undefined): Promise<HeldMessage[]> {
    const { queue, clock, mapping, filter } = this.#options;
    const over = new AbortController();
    const timer = untilMs === undefined ? undefined : clock.at(untilMs, () => over.abort());
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    const messages = await queue
      .receive(most, signal)
      .catch((error) => {
        if (signal.aborted) return [];
        throw error;
      })
      .finally(() => timer?.cancel());
    const held: HeldMessage[] = [];
    const unwanted: QueueMessage[] = [];
    for (const message of messages) {
      const record = toRecord(message, mapping);
      if (filter(record)) held.push({ message, json: JSON.stringify(record) });
      else unwanted.push(message);
    }
    // What could not be removed comes again, and is not wanted then either.
    await this.#delete(unwanted).catch((error) => {
      const { log } = this.#options;
      log.warn({ mapping: mapping.uuid, error }, "messages that no filter matches could not be removed");
    });
    return held;
  }

  #hand({ batch, hold, left }: Gathered): void {
    if (!hold) return;
    // What is left over of a group must not run beside what goes before it, and nobody would keep it invisible.
    const run = this.#giveBack(left.map(({ message }) => message))
      .then(() => this.#process(batch, hold))
      .catch((error) => {
        const { log, mapping } = this.#options;
        log.error(
          { mapping: mapping.uuid, error },
          "the end of a batch could not be recorded; it will come again",
        );
      })
      .finally(() => {
        this.#running.delete(run);
        this.#pauses.endFirst();
        this.#wake();
      });
    this.#running.add(run);
  }

  async #process(batch: Batch, hold: Hold): Promise<void> {
    const { log, mapping } = this.#options;
    const { result, tried } = await this.#call(batch, hold);
    await hold.release();
    if (result.type === "answered") return this.#settle(batch, result.payload);
    if (this.#isFree(result, tried)) return this.#giveBack(batch.messages, { untried: !tried });
    const why = result.type === "failed" ? result.why : "the function could not be called";
    log.warn(
      { function: targetArn(mapping), source: mapping.sourceArn, messages: batch.held.length },
      `a batch failed and comes back when its messages are visible again: ${why.slice(0, 1000)}`,
    );
  }

  /**
   * Whether a batch need not wait for the visibility timeout: it was not the function's fault, and it would not come back
   * to one that cannot be called at all, which costs it a receive as on AWS.
   */
  #isFree(result: BatchResult, tried: boolean): boolean {
    if (result.type === "throttled") return this.#stopped || !result.isSwitchedOff;
    return result.type === "lost" && (tried || this.#stopped);
  }

  /** Invokes the function, again and again while it cannot be called, until half of the visibility timeout is over. */
  async #call(batch: Batch, hold: Hold): Promise<{ readonly result: BatchResult; readonly tried: boolean }> {
    const { caller, mapping, clock, queue } = this.#options;
    let tried = false;
    let waits = true;
    this.#waiting++;
    const called = () => {
      if (waits) this.#waiting--;
      waits = false;
      this.#wake();
    };
    const started = () => {
      tried = true;
      hold.handedOver();
      called();
    };
    try {
      await hold.seal();
      if (batch.held.length === 0) return { result: { type: "answered", payload: "" }, tried };
      const sinceMs = clock.now();
      for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const result = await caller(mapping, batch.event(), started);
        const isInVain = result.type === "throttled" || (result.type === "lost" && !tried);
        if (!isInVain || this.#stopped) return { result, tried };
        const hiddenMs = (await queue.visibilityTimeoutSeconds()) * 1000;
        const isOver = clock.now() + pauseMs > sinceMs + hiddenMs / 2;
        // One pause there is always, however short the timeout.
        if (isOver && pauseMs > SHORTEST_PAUSE_MS) return { result, tried };
        await this.#pauses.pause(pauseMs);
      }
    } finally {
      called();
    }
  }

  /** Removes what the function has taken; the rest waits until it is visible again. */
  async #settle(batch: Batch, payload: string): Promise<void> {
    const { log, mapping } = this.#options;
    const { messages } = batch;
    if (!mapping.settings.FunctionResponseTypes.includes("ReportBatchItemFailures")) {
      return this.#delete(messages);
    }
    const failed = reportedFailures(payload, new Set(messages.map(({ MessageId }) => MessageId)));
    const taken = failed === "all" ? [] : messages.filter(({ MessageId }) => !failed.has(MessageId));
    if (taken.length < messages.length) {
      const about = { function: targetArn(mapping), source: mapping.sourceArn };
      log.info(about, `${messages.length - taken.length} of ${messages.length} messages failed`);
    }
    return this.#delete(taken);
  }

  async #delete(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length > 0) await this.#options.queue.delete(messages);
  }

  /** What cannot be given back comes back by itself. */
  async #giveBack(messages: readonly QueueMessage[], how = { untried: true }): Promise<void> {
    if (messages.length === 0) return;
    await this.#options.queue.giveBack(messages, how).catch((error) => {
      this.#options.log.warn(
        { mapping: this.#options.mapping.uuid, error },
        "messages could not be given back",
      );
    });
  }
}
