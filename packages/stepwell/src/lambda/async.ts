import { text } from "node:stream/consumers";
import type { Clock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { referToBlob, releaseBlobs } from "../store/blobs/blobs.ts";
import { Conflict } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import {
  ASYNC_WORK,
  type Attempt,
  isTooOld,
  judge,
  type PendingInvocation,
  toItem,
  type Verdict,
} from "./async-verdict.ts";
import type { FunctionCatalog } from "./function.ts";
import type { Host } from "./host/host.ts";

/** Larger events are blobs. */
const INLINE_BYTES = 256 * 1024;
/** When the end of an attempt cannot be stored (a full disk, a database away), it is tried again this often. */
const RECORD_RETRY_MS = 1000;

/** An event that a function is to be invoked with. */
type AsyncInvocation = Omit<PendingInvocation, "id" | "event" | "failures"> & {
  /** JSON text. */
  readonly event: string;
};

interface AsyncOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly host: Host;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
  readonly catalog: FunctionCatalog;
}

/**
 * Asynchronous invocations: durable when accepted, run through the dispatcher, at least once. A function that fails
 * is tried again twice; then, or when the event is six hours old, it is dropped and the log says so. A lost host or
 * server costs no attempt.
 */
export class AsyncInvocations {
  readonly #options: AsyncOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(options: AsyncOptions) {
    this.#options = options;
    options.dispatcher.handle(ASYNC_WORK, (item) => this.#take(item));
  }

  /** Durable when it resolves. */
  async accept({ event, ...rest }: AsyncInvocation): Promise<void> {
    const { store, ids, dispatcher } = this.#options;
    const id = ids.orderedUuid();
    const large = Buffer.byteLength(event) > INLINE_BYTES;
    const held = large ? { blob: await store.putBlob(Buffer.from(event)) } : { json: event };
    const pending: PendingInvocation = { ...rest, id, event: held, failures: 0 };
    const reference: Change[] = held.blob ? [{ statement: referToBlob, params: [id, held.blob] }] : [];
    await store.commit([work.insert(toItem(pending, rest.acceptedAtMs)), ...reference], { key: id });
    dispatcher.wake(rest.acceptedAtMs);
  }

  /** Resolves when every attempt that still runs has been recorded. */
  async close(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Resolves when an instance has the invocation: it is the host's burden then. */
  #take(item: WorkItem): Promise<void> {
    return new Promise((started) => {
      const run = this.#run(item, started).finally(() => {
        this.#running.delete(run);
        started();
      });
      this.#running.add(run);
    });
  }

  async #run(item: WorkItem, onStart: () => void): Promise<void> {
    const pending = JSON.parse(item.data) as PendingInvocation;
    const attempt = await this.#attempt(pending, onStart);
    await this.#record(item, pending, judge(pending, attempt, this.#options.clock.now()));
  }

  async #attempt(pending: PendingInvocation, onStart: () => void): Promise<Attempt> {
    const { catalog, host, store, log, clock } = this.#options;
    if (isTooOld(pending, clock.now())) return "too old";
    const { account, region, name, version } = pending.key;
    try {
      const code = await catalog.code(account, region, name, version);
      const { event } = pending;
      const json = "json" in event ? event.json : await text(store.openBlob(event.blob));
      const report = await host.invoke({
        code,
        requestId: pending.requestId,
        invokedFunctionArn: pending.invokedArn,
        event: { json },
        synchronous: false,
        onStart,
      });
      return report.result;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return "function gone";
      log.error({ function: name, requestId: pending.requestId, error }, "cannot invoke; trying again");
      return "unavailable";
    }
  }

  /** The end must not be lost: the item would stay claimed, and the function not be tried again. */
  async #record(item: WorkItem, pending: PendingInvocation, verdict: Verdict): Promise<void> {
    const { store, clock, log, dispatcher } = this.#options;
    const about = { function: pending.key.name, requestId: pending.requestId };
    if (verdict.type === "finish" && verdict.dropped !== undefined) {
      log.error(about, `an asynchronous event was dropped: ${verdict.dropped}`);
    }
    for (;;) {
      try {
        await store.commit(this.#changes(item, pending, verdict), { key: pending.id });
        if (verdict.type === "again") dispatcher.wake(verdict.atMs);
        return;
      } catch (error) {
        if (error instanceof Conflict) return log.warn(about, "another node has taken over an invocation");
        log.error({ ...about, error }, "the end of an invocation could not be stored; trying again");
        await new Promise<void>((resolve) => void clock.at(clock.now() + RECORD_RETRY_MS, resolve));
      }
    }
  }

  #changes(item: WorkItem, pending: PendingInvocation, verdict: Verdict): Change[] {
    const { owner, clock } = this.#options;
    if (verdict.type === "finish") {
      const release = "blob" in pending.event ? [{ statement: releaseBlobs, params: [pending.id] }] : [];
      return [work.finish(item, owner), ...release];
    }
    if (!verdict.counts) return [work.release(item, owner, verdict.atMs, clock.now())];
    const next = { ...pending, failures: pending.failures + 1 };
    return [work.finish(item, owner), work.insert(toItem(next, verdict.atMs))];
  }
}
