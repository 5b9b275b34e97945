import { text } from "node:stream/consumers";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Delivery, Target, Targets } from "../kernel/targets.ts";
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
import type { StoredFunctions } from "./catalog.ts";
import { invocationRecord } from "./destinations.ts";
import type { DurableInvoker } from "./function.ts";
import type { Host } from "./host/host.ts";
import { type FunctionRecord, toLambdaFunction } from "./record.ts";
import { type FunctionReference, functionArn, LATEST, parseReference } from "./reference.ts";
import type { Reservations } from "./reservations.ts";
import type { EventInvokeConfig } from "./shared.ts";

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
  readonly catalog: StoredFunctions;
  readonly durable: DurableInvoker;
  readonly reservations: Reservations;
  /** Where destinations are. */
  readonly targets: Targets;
}

/** The last attempt of an invocation, with what was in force. */
interface Made {
  readonly attempt: Attempt;
  readonly config?: EventInvokeConfig;
}

/**
 * Asynchronous invocations: durable when accepted, run through the dispatcher, at least once. A function that fails
 * is tried again twice; then, or when the event is six hours old, it is dropped and the log says so; an
 * EventInvokeConfig may say otherwise, and name who gets a record of the end. A lost host or server costs no attempt.
 */
export class AsyncInvocations {
  readonly #options: AsyncOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(options: AsyncOptions) {
    this.#options = options;
    options.dispatcher.handle(ASYNC_WORK, (item) => this.#take(item));
  }

  /** Durable when it resolves. */
  async accept(invocation: AsyncInvocation): Promise<void> {
    const { id, changes, committed } = await this.#delivery(invocation);
    await this.#options.store.commit(changes, { key: id });
    committed();
  }

  /** Delivers events to functions: each becomes an asynchronous invocation in its sender's commit. */
  readonly target: Target = async (arn, { payload }) => {
    const { catalog, ids, clock } = this.#options;
    const [, , , region = "", account = ""] = arn.split(":");
    const reference = parseReference({ account, region }, arn);
    const key = await catalog.toInvoke({ account, region }, reference);
    const times = { requestId: ids.uuid(), acceptedAtMs: clock.now() };
    return this.#delivery({ ...times, key, invokedArn: arn, event: payload, ...qualified(reference) });
  };

  async #delivery({ event, key, ...rest }: AsyncInvocation): Promise<Delivery & { readonly id: string }> {
    const { store, ids, dispatcher } = this.#options;
    const id = ids.orderedUuid();
    const large = Buffer.byteLength(event) > INLINE_BYTES;
    const held = large ? { blob: await store.putBlob(Buffer.from(event)) } : { json: event };
    const { account, region, name, version } = key;
    const pending: PendingInvocation = {
      ...rest,
      ...{ id, key: { account, region, name, version }, event: held, failures: 0 },
    };
    const reference: Change[] = held.blob ? [{ statement: referToBlob, params: [id, held.blob] }] : [];
    return {
      id,
      changes: [work.insert(toItem(pending, rest.acceptedAtMs)), ...reference],
      committed: () => dispatcher.wake(rest.acceptedAtMs),
    };
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
    const made = await this.#attempt(pending, onStart);
    await this.#record(item, pending, made);
  }

  async #attempt(pending: PendingInvocation, onStart: () => void): Promise<Made> {
    const { catalog, log, clock } = this.#options;
    let config: EventInvokeConfig | undefined;
    try {
      const record = await catalog.stored(pending.key);
      if (!record) return { attempt: "function gone" };
      config = configOf(record, pending);
      const attempt = isTooOld(pending, config ?? {}, clock.now())
        ? "too old"
        : await this.#call(record, pending, onStart);
      return { attempt, ...(config ? { config } : {}) };
    } catch (error) {
      log.error(
        { function: pending.key.name, requestId: pending.requestId, error },
        "cannot invoke; trying again",
      );
      return { attempt: "unavailable", ...(config ? { config } : {}) };
    }
  }

  async #call(record: FunctionRecord, pending: PendingInvocation, onStart: () => void): Promise<Attempt> {
    const { durable } = this.#options;
    const payload = await this.#eventOf(pending);
    if (record.settings.DurableConfig) {
      // By the event's own name, so that handing it over twice starts one execution.
      const start = { fn: toLambdaFunction(record), payload, executionName: pending.id, synchronous: false };
      await durable.start(this.#context(pending), start);
      return "execution started";
    }
    const { catalog, host, reservations } = this.#options;
    const run = reservations.run(record, async () =>
      host.invoke({
        code: await catalog.codeOf(record),
        requestId: pending.requestId,
        invokedFunctionArn: pending.invokedArn,
        event: { json: payload },
        synchronous: false,
        onStart,
      }),
    );
    // Without a place the event goes back to its queue, as on AWS, and is tried again later.
    return run ? (await run).result : "unavailable";
  }

  async #eventOf({ event }: PendingInvocation): Promise<string> {
    return "json" in event ? event.json : text(this.#options.store.openBlob(event.blob));
  }

  #context({ key: { account, region }, requestId }: PendingInvocation): CallContext {
    const { clock, log } = this.#options;
    const { signal } = new AbortController();
    return { account, region, principal: `arn:aws:iam::${account}:root`, requestId, clock, signal, log };
  }

  /** The end must not be lost: the item would stay claimed, and the function not be tried again. */
  async #record(item: WorkItem, pending: PendingInvocation, made: Made): Promise<void> {
    const { store, clock, log, dispatcher } = this.#options;
    const about = { function: pending.key.name, requestId: pending.requestId };
    const verdict = judge(pending, made.attempt, made.config ?? {}, clock.now());
    if (verdict.type === "finish" && verdict.dropped !== undefined) {
      log.error(about, `an asynchronous event was dropped: ${verdict.dropped}`);
    }
    for (;;) {
      try {
        const delivery = await this.#deliver(pending, made, verdict);
        const changes = [...this.#changes(item, pending, verdict), ...(delivery?.changes ?? [])];
        await store.commit(changes, { key: pending.id });
        delivery?.committed();
        if (verdict.type === "again") dispatcher.wake(verdict.atMs);
        return;
      } catch (error) {
        if (error instanceof Conflict) return log.warn(about, "another node has taken over an invocation");
        log.error({ ...about, error }, "the end of an invocation could not be stored; trying again");
        await new Promise<void>((resolve) => void clock.at(clock.now() + RECORD_RETRY_MS, resolve));
      }
    }
  }

  /** The record for a destination; one that cannot be delivered is logged and lost, as on AWS. */
  async #deliver(
    pending: PendingInvocation,
    { attempt, config }: Made,
    verdict: Verdict,
  ): Promise<Delivery | undefined> {
    const { targets, clock, log } = this.#options;
    const condition = verdict.type === "finish" ? verdict.condition : undefined;
    const { onSuccess, onFailure } = config?.destinations ?? {};
    const arn = condition === "Success" ? onSuccess : onFailure;
    if (condition === undefined || arn === undefined) return undefined;
    const event = await this.#eventOf(pending);
    const payload = invocationRecord(pending, event, attempt, condition, clock.now());
    const { account, region, name, version } = pending.key;
    const sourceArn = functionArn(account, region, name, version);
    try {
      return await targets.changes(arn, { payload, sourceArn });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      log.error({ function: name, destination: arn, error }, "a destination could not be delivered to");
      return undefined;
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

/** The configuration in force for the qualifier that the caller named. */
function configOf({ shared }: FunctionRecord, { qualifier = LATEST }: PendingInvocation) {
  return shared.eventInvokes.find((config) => config.qualifier === qualifier);
}

/** What of a reference an invocation remembers. */
export function qualified({ qualifier }: FunctionReference): { readonly qualifier?: string } {
  return qualifier === undefined ? {} : { qualifier };
}
