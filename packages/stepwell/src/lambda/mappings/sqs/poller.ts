import type { Clock } from "../../../kernel/clock.ts";
import type { Logger } from "../../../kernel/logger.ts";
import { reportedFailures } from "../batch-response.ts";
import type { RecordFilter } from "../filter.ts";
import { type Mapping, targetArn } from "../mapping.ts";
import type { BatchCaller, BatchResult, Running } from "../source.ts";
import { Batch, type HeldMessage } from "./batch.ts";
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
  /** Received, and beyond what the batch before could take. */
  #held: HeldMessage[] = [];
  /** Batches that no instance has been handed yet. */
  #waiting = 0;
  /** Ends the pauses of those whose function had no concurrency left, who has paused longest first. */
  readonly #throttled: (() => void)[] = [];
  #wake = (): void => {};

  constructor(options: PollerOptions) {
    this.#options = options;
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
        const batch = await this.#gather();
        pauseMs = SHORTEST_PAUSE_MS;
        if (this.#stopped) await this.#giveBack(batch.messages);
        else this.#hand(batch);
      } catch (error) {
        if (this.#stopped) break;
        if (pauseMs === SHORTEST_PAUSE_MS) {
          log.warn(
            { mapping: mapping.uuid, source: mapping.sourceArn, error },
            "cannot receive; trying again",
          );
        }
        await this.#pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
    await this.#giveBack(this.#held.map(({ message }) => message));
  }

  /** Resolves when another batch may be taken. */
  async #room(): Promise<void> {
    const { mostConcurrent } = this.#options;
    const isFull = () => this.#running.size >= mostConcurrent || this.#waiting >= MOST_WAITING;
    // Where some have no place, more would only take it from them.
    while (!this.#stopped && (isFull() || this.#throttled.length > 0)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves to the next batch: one that is full, or whose window is over; or an empty one when it is to stop. */
  async #gather(): Promise<Batch> {
    const { clock, mapping } = this.#options;
    const { BatchSize, MaximumBatchingWindowInSeconds } = mapping.settings;
    const batch = new Batch(BatchSize);
    let untilMs: number | undefined;
    const take = (held: readonly HeldMessage[]) => {
      this.#held.push(...held);
      while (this.#held.length > 0 && batch.add(this.#held[0]!)) this.#held.shift();
      if (batch.held.length > 0) untilMs ??= clock.now() + MaximumBatchingWindowInSeconds * 1000;
    };
    take([]);
    while (!this.#stopped && batch.room > 0 && (untilMs === undefined || clock.now() < untilMs)) {
      try {
        take(await this.#receive(batch.room, untilMs));
      } catch (error) {
        if (batch.held.length === 0) throw error;
        return batch;
      }
    }
    return batch;
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
    await this.#delete(unwanted);
    return held;
  }

  #hand(batch: Batch): void {
    if (batch.held.length === 0) return;
    // What is left over of a group must not run beside what goes before it.
    const left = this.#options.queue.isFifo ? this.#held.splice(0) : [];
    const run = this.#giveBack(left.map(({ message }) => message))
      .then(() => this.#process(batch))
      .catch((error) => {
        const { log, mapping } = this.#options;
        log.error(
          { mapping: mapping.uuid, error },
          "the end of a batch could not be recorded; it will come again",
        );
      })
      .finally(() => {
        this.#running.delete(run);
        this.#throttled[0]?.();
        this.#wake();
      });
    this.#running.add(run);
  }

  async #process(batch: Batch): Promise<void> {
    const { log, mapping } = this.#options;
    const result = await this.#call(batch);
    if (result.type === "answered") return this.#settle(batch, result.payload);
    // What was not the function's fault need not wait, unless it would come back to a function that is full.
    const isFree = result.type === "lost" || (result.type === "throttled" && this.#stopped);
    if (isFree) return this.#giveBack(batch.messages);
    const why = result.type === "failed" ? result.why : "the function has no concurrency left";
    log.warn(
      { function: targetArn(mapping), source: mapping.sourceArn, messages: batch.held.length },
      `a batch failed and comes back when its messages are visible again: ${why.slice(0, 1000)}`,
    );
  }

  /** Invokes the function, again and again while it is throttled and the messages stay hidden for long enough. */
  async #call(batch: Batch): Promise<BatchResult> {
    const { caller, mapping, clock, queue } = this.#options;
    const receivedAtMs = clock.now();
    let pauseMs = SHORTEST_PAUSE_MS;
    this.#waiting++;
    let waits = true;
    const started = () => {
      if (waits) this.#waiting--;
      waits = false;
      this.#wake();
    };
    try {
      for (;;) {
        const result = await caller(mapping, batch.event(), started);
        if (result.type !== "throttled" || this.#stopped) return result;
        const hiddenMs = (await queue.visibilityTimeoutSeconds()) * 1000;
        if (clock.now() + pauseMs > receivedAtMs + hiddenMs / 2) return result;
        await this.#pause(pauseMs, this.#throttled);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    } finally {
      started();
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
  async #giveBack(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#options.queue.giveBack(messages).catch((error) => {
      this.#options.log.warn(
        { mapping: this.#options.mapping.uuid, error },
        "messages could not be given back",
      );
    });
  }

  /** Waits, unless somebody among `enders` ends it before; not at all once it is to stop. */
  #pause(ms: number, enders: (() => void)[] = []): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        signal.removeEventListener("abort", end);
        enders.splice(enders.indexOf(end), 1);
        resolve();
      };
      const timer = clock.at(clock.now() + ms, end);
      enders.push(end);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }
}
