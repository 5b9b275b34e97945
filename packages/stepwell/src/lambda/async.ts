import { RealClock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Delivery, Target, Targets } from "../kernel/targets.ts";
import { untilStored } from "../kernel/until-stored.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import { referToBlob, releaseBlobs } from "../store/blobs/blobs.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import { AsyncAttempts, type AttemptOptions, type MadeAttempt } from "./async-attempt.ts";
import { ASYNC_WORK, judge, type PendingInvocation, toItem, type Verdict } from "./async-verdict.ts";
import { receiversOf } from "./destinations.ts";
import { type FunctionReference, parseReference } from "./reference.ts";
import { tenantMisfit } from "./tenancy.ts";

/** A store that cannot take anything is waited for in the machine's time: virtual time may stand still meanwhile. */
const machineClock = new RealClock();
/** Larger events are blobs. */
const INLINE_BYTES = 256 * 1024;

/** An event that a function is to be invoked with. */
type AsyncInvocation = Omit<PendingInvocation, "id" | "event" | "failures"> & {
  /** JSON text. */
  readonly event: string;
};

interface AsyncOptions extends AttemptOptions {
  readonly ids: Ids;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
  /** Where destinations are. */
  readonly targets: Targets;
}

/**
 * Asynchronous invocations: durable when accepted, run through the dispatcher, at least once. A function that fails
 * is tried again twice; then, or when the event is six hours old, it is dropped and the log says so; an
 * EventInvokeConfig may say otherwise, and name who gets a record of the end. A lost host or server costs no attempt.
 */
export class AsyncInvocations {
  readonly #options: AsyncOptions;
  readonly #attempts: AsyncAttempts;
  /** By the key of the item. */
  readonly #running = new Map<string, Promise<void>>();
  #closing = false;

  constructor(options: AsyncOptions) {
    this.#options = options;
    this.#attempts = new AsyncAttempts(options);
    options.dispatcher.handle(
      ASYNC_WORK,
      (item) => this.#take(item),
      (key) => this.#running.has(key),
    );
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
    const misfit = tenantMisfit(key.settings.TenancyConfig !== undefined, undefined);
    if (misfit) throw misfit;
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

  /** Resolves when every attempt that still runs has been recorded, or could not be: then the next start makes it again. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Resolves when an instance has the invocation: it is the host's burden then. */
  #take(item: WorkItem): Promise<void> {
    return new Promise((started) => {
      const run = this.#run(item, started).finally(() => {
        this.#running.delete(item.key);
        started();
      });
      this.#running.set(item.key, run);
    });
  }

  async #run(item: WorkItem, onStart: () => void): Promise<void> {
    const pending = JSON.parse(item.data) as PendingInvocation;
    const made = await this.#attempts.make(pending, onStart);
    await this.#record(item, pending, made);
  }

  /** The end must not be lost: the item would stay claimed, and the function not be tried again. */
  async #record(item: WorkItem, pending: PendingInvocation, made: MadeAttempt): Promise<void> {
    const { store, clock, log, dispatcher } = this.#options;
    const about = { function: pending.key.name, requestId: pending.requestId };
    const verdict = judge(pending, made.attempt, made.config ?? {}, clock.now());
    if (verdict.type === "finish" && verdict.dropped !== undefined) {
      log.error(about, `an asynchronous event was dropped: ${verdict.dropped}`);
    }
    const what = `the end of the invocation ${pending.requestId} of ${pending.key.name}`;
    const commit = async () => {
      const deliveries = await this.#deliver(pending, made, verdict);
      const delivered = deliveries.flatMap(({ changes }) => changes);
      await store.commit([...this.#changes(item, pending, verdict), ...delivered], { key: pending.id });
      for (const { committed } of deliveries) committed();
      if (verdict.type === "again") dispatcher.wake(verdict.atMs);
    };
    try {
      await untilStored({ clock: machineClock, log, what, closing: () => this.#closing }, commit);
    } catch (error) {
      if (error instanceof Conflict) return log.warn(about, "another node has taken over an invocation");
      log.error({ ...about, error }, "the end of an invocation could not be recorded; making it again");
      await dispatcher.giveBack(item);
    }
  }

  /** What others get of an invocation that is over; what cannot be delivered is logged and lost, as on AWS. */
  async #deliver(pending: PendingInvocation, made: MadeAttempt, verdict: Verdict): Promise<Delivery[]> {
    const { targets, clock, log } = this.#options;
    const condition = verdict.type === "finish" ? verdict.condition : undefined;
    if (condition === undefined) return [];
    const receivers = receiversOf(made, condition);
    if (receivers.length === 0) return [];
    const event = await this.#attempts.eventOf(pending);
    const deliveries: Delivery[] = [];
    for (const { arn, toEvent } of receivers) {
      try {
        deliveries.push(
          await targets.changes(arn, toEvent(pending, event, made.attempt, condition, clock.now())),
        );
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        log.error(
          { function: pending.key.name, destination: arn, error },
          "a destination could not be delivered to",
        );
      }
    }
    return deliveries;
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

/** Tells which function an asynchronous invocation waits for. */
export const describeAsync: DescribeByKind = {
  [ASYNC_WORK]: async ({ data }) => {
    const { key } = JSON.parse(data) as PendingInvocation;
    return { kind: "EVENT", functionName: key.name };
  },
};

/** What of a reference an invocation remembers. */
export function qualified({ qualifier }: FunctionReference): { readonly qualifier?: string } {
  return qualifier === undefined ? {} : { qualifier };
}
