import { setImmediate as turn } from "node:timers/promises";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import { endTopic, inboxTopic, NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import { untilSettled, untilStored } from "../kernel/until-stored.ts";
import { type WorkLock, work } from "../kernel/work.ts";
import type { DurableEnd, FunctionCatalog } from "../lambda/function.ts";
import type { FunctionCode, Invokes } from "../lambda/host/host.ts";
import { OutcomeUnknown } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import { targetFinder } from "./chained-targets.ts";
import type { CheckpointPort } from "./checkpoint-port.ts";
import { EndWaiters } from "./end-waiters.ts";
import { HeldElsewhere, heldByNewer } from "./held-elsewhere.ts";
import { type Begun, ExecutionHolder, type HolderNode, NO_ITEM } from "./holder.ts";
import { Invoker } from "./invoker.ts";
import { appendRows, readEnd, readJournal } from "./journal.ts";
import type { ExecutionIdentity } from "./journal-row.ts";
import { executionOfWork, workKey } from "./keys.ts";
import { beginInvocation, type Draft, type ExecutionState, foldJournal } from "./machine.ts";
import { expiresAtMs } from "./retention.ts";

/** The work item kind of executions. */
export const EXECUTION_WORK = "execution";

/** Executions whose first invocation waits for an instance; beyond this, new ones wait as free work items. */
const MOST_STARTING = 256;

/** A decision that finds no holder this often, though the item is this node's, has met a fault. */
const MOST_TRIES = 1000;

export type ExecutionsOptions = Pick<HolderNode, "store" | "clock" | "ids" | "log" | "limits" | "owner"> & {
  readonly host: Invokes;
  readonly functions: FunctionCatalog;
  readonly dispatcher: Dispatcher;
  /** Gives each new execution a number that no other has. */
  readonly nextNumber: () => number;
  /** To other nodes, where there are any. */
  readonly signals?: Signals;
  /** Told of what this node starts and ends. */
  readonly observer?: ExecutionsObserver;
};

export interface ExecutionsObserver {
  started(): void;
  ended(status: string): void;
}

/** The executions that this node works on: at most one holder for each, made when needed and forgotten at rest. */
export class Executions implements HolderNode {
  readonly store;
  readonly clock;
  readonly ids;
  readonly log;
  readonly limits;
  readonly owner;
  readonly findTargets;
  readonly nextNumber: () => number;
  readonly shared: boolean;
  closing = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  readonly waiters: EndWaiters;
  readonly #signals: Signals;
  readonly #observer: ExecutionsObserver | undefined;
  readonly #deaf: () => void;
  readonly #dispatcher: Dispatcher;
  readonly #functions: FunctionCatalog;
  readonly #invoker: Invoker;
  readonly #holders = new Map<string, ExecutionHolder>();
  /** Claimed executions whose holder is being made. */
  readonly #resuming = new Map<string, Promise<void>>();
  /** Executions whose first commit, which claims them, is under way. */
  readonly #beginning = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  /** What stops listening for a holder's inbox. */
  readonly #ears = new Map<ExecutionHolder, () => void>();
  /** Called when a holder's invocation has an instance, or the holder leaves without one. */
  readonly #started = new Map<ExecutionHolder, () => void>();

  constructor(options: ExecutionsOptions) {
    this.store = options.store;
    this.clock = options.clock;
    this.ids = options.ids;
    this.log = options.log;
    this.limits = options.limits;
    this.owner = options.owner;
    this.nextNumber = options.nextNumber;
    this.#signals = options.signals ?? NO_SIGNALS;
    this.#observer = options.observer;
    this.shared = this.#signals !== NO_SIGNALS;
    this.waiters = new EndWaiters(this.#signals, (key) => readEnd(this.store, key));
    this.#dispatcher = options.dispatcher;
    this.#deaf = this.#signals.onMissed(() => this.#lookIntoInboxes());
    this.#functions = options.functions;
    this.#invoker = new Invoker({ ...options, closing: () => this.closing });
    this.findTargets = targetFinder(options.functions, options.ids);
    options.dispatcher.handle(
      EXECUTION_WORK,
      (item) => this.#resume(item),
      (key) => this.#works(key),
    );
  }

  /**
   * Makes a new execution, and calls its handler. `more` goes into the same commit. Rejects with Conflict when
   * `insertion` fails, which is how a taken name shows; then nothing has changed.
   */
  async start(draft: Draft, insertion: Change, ...more: readonly Change[]): Promise<void> {
    const { identity } = draft.header;
    const now = !this.closing && this.#started.size + this.#beginning.size < MOST_STARTING;
    if (now) beginInvocation(draft, this.ids.uuid());
    const item = {
      key: workKey(identity.key),
      kind: EXECUTION_WORK,
      dueAtMs: draft.nowMs,
      availableAtMs: draft.nowMs,
      lane: identity.functionName,
      data: "",
    };
    const claim = now ? work.insertClaimed(item, this.owner) : work.insert(item);
    const code = now ? this.prepare(identity) : undefined;
    if (now) this.#beginning.add(identity.key);
    try {
      const appended = await appendRows(this.store, identity, draft.rows);
      await this.store.commit([insertion, ...appended, claim, ...more], { key: identity.key });
    } catch (error) {
      if (now && error instanceof OutcomeUnknown) this.track(this.#takeUpUnknown(identity.key, error));
      throw error;
    } finally {
      this.#beginning.delete(identity.key);
    }
    this.#observer?.started();
    if (code) this.#hold(draft.adopt(), 1).start(code);
    else this.#dispatcher.wake(draft.nowMs);
  }

  /**
   * Has something decided about an execution, by its holder on this node. Returns undefined for an execution that
   * does not exist, and throws HeldElsewhere when another node holds it.
   */
  async decide<T>(key: string, decide: (draft: Draft) => T): Promise<{ readonly value: T } | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        const holder = this.#holders.get(key) ?? (await this.#load(key));
        return holder && { value: await holder.submit(decide) };
      } catch (error) {
        if (!(error instanceof HeldElsewhere)) throw error;
        if (error.owner !== undefined && error.owner !== this.owner) throw error;
        if (tries >= MOST_TRIES) throw error;
        // It came to rest, or this node's dispatcher has claimed it and is making its holder.
        await (this.#resuming.get(key) ?? turn());
      }
    }
  }

  /** Something was put into an execution's inbox: its holder, wherever it is, turns it into history at once. */
  async inboxFilled(key: string, isHeld: boolean): Promise<void> {
    if (!(await this.#takeInbox(key))) this.#someoneMustLook(key, isHeld);
  }

  #someoneMustLook(key: string, isHeld: boolean): void {
    this.#signals.send(inboxTopic(key));
    // It came to rest meanwhile; a holder that comes to rest later finds its item due.
    if (!isHeld) this.#dispatcher.wake(this.clock.now());
  }

  /** False when this node has no holder of the execution, or no longer: whoever claims its item reads the inbox. */
  async #takeInbox(key: string): Promise<boolean> {
    const holder = this.#holders.get(key);
    if (!holder || holder.gone) return false;
    try {
      await holder.takeInbox();
      return true;
    } catch (error) {
      if (!(error instanceof HeldElsewhere)) throw error;
      return false;
    }
  }

  /** Other nodes may have put something into inboxes of executions that are held here, and nobody heard of it. */
  #lookIntoInboxes(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#lookUntilSeen().finally(() => {
      this.#looking = undefined;
    });
    this.track(this.#looking);
  }

  async #lookUntilSeen(): Promise<void> {
    while (this.#lookAgain) {
      this.#lookAgain = false;
      const keys = await work.dirtyKeys(this.store, this.owner);
      await Promise.all(keys.map((key) => this.#takeInbox(executionOfWork(key))));
    }
  }

  /** As `inboxFilled`, for the end of a chained invoke: that may wait until the handler asks or ends. */
  chainedInvokeEnded(key: string): void {
    if (!this.#holders.get(key)?.chainedInvokeEnded()) this.#someoneMustLook(key, false);
  }

  /** The holder of an execution whose handler runs on this node. */
  held(key: string): ExecutionHolder | undefined {
    return this.#holders.get(key);
  }

  /** Begins nothing new; resolves when every invocation that still ran has been recorded. */
  async close(): Promise<void> {
    this.closing = true;
    this.#deaf();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  prepare({ key, functionName, version }: ExecutionIdentity): Promise<FunctionCode> {
    const [account, region] = key.split("/") as [string, string];
    const code = this.#functions.code(account, region, functionName, version);
    code.catch(() => {}); // It may never be invoked.
    return code;
  }

  invoke(holder: ExecutionHolder, port: CheckpointPort, begun: Begun): void {
    if (!this.#started.has(holder)) this.#started.set(holder, () => {});
    this.track(this.#invoker.run(holder, port, begun, () => this.#settleStart(holder)));
  }

  /** An execution may have been started although nobody could say so: then it is this node's, and waits for its handler. */
  async #takeUpUnknown(key: string, unknown: OutcomeUnknown): Promise<void> {
    const { clock, log } = this;
    const what = { clock, log, what: `the start of ${key}`, closing: () => this.closing };
    await untilSettled(unknown, what);
    const item = await untilStored(what, () => work.read(this.store, workKey(key)));
    if (item?.owner === this.owner && !this.#works(item.key)) await this.#resume(item);
  }

  #works(itemKey: string): boolean {
    const key = executionOfWork(itemKey);
    return this.#holders.has(key) || this.#beginning.has(key) || this.#resuming.has(key);
  }

  /** Work that has to be over before the store closes. */
  track(work: Promise<void>): void {
    const tracked = work
      // Nobody waits for it who could be told, and an unhandled rejection would end the server.
      .catch((error) => this.log.error({ error }, "work on an execution failed"))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  wake(atMs: number): void {
    this.#dispatcher.wake(atMs);
  }

  executionEnded(holder: ExecutionHolder): void {
    const { status, result, error, identity, endedAtMs } = holder.state.header;
    this.#observer?.ended(status);
    this.wake(expiresAtMs(identity, endedAtMs!));
    if (identity.parent) this.chainedInvokeEnded(identity.parent.execution);
    this.#signals.send(endTopic(holder.key));
    if (!this.waiters.has(holder.key)) return;
    const end: DurableEnd = {
      status: status as DurableEnd["status"],
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
      ...(holder.lastReport ? { report: holder.lastReport } : {}),
    };
    this.waiters.settle(holder.key, end);
  }

  holderLeft(holder: ExecutionHolder, availableAtMs: number | undefined): void {
    if (this.#holders.get(holder.key) === holder) this.#holders.delete(holder.key);
    this.#ears.get(holder)?.();
    this.#ears.delete(holder);
    this.#settleStart(holder);
    if (availableAtMs !== undefined) this.#dispatcher.wake(availableAtMs);
  }

  #hold(state: ExecutionState, version: number, held = true): ExecutionHolder {
    const { key } = state.header.identity;
    const holder = new ExecutionHolder(this, state, { key: workKey(key), version }, held);
    this.#holders.set(key, holder);
    if (this.shared) {
      const hear = () => this.track(this.#takeInbox(key).then(() => {}));
      this.#ears.set(holder, this.#signals.hear(inboxTopic(key), hear));
    }
    return holder;
  }

  /** A claimed item: resolves when an instance has the invocation, or the execution rests again. */
  async #resume(item: WorkLock): Promise<void> {
    const key = executionOfWork(item.key);
    const made = this.#makeHolder(key, item.version);
    this.#resuming.set(
      key,
      made.then(
        () => {},
        () => {},
      ),
    );
    const holder = await made.finally(() => this.#resuming.delete(key));
    const started = new Promise<void>((resolve) => this.#started.set(holder, resolve));
    const what = `the resumption of ${key}`;
    const { clock, log } = this;
    try {
      await untilStored({ clock, log, what, closing: () => this.closing }, () => holder.resume());
    } catch (error) {
      this.#settleStart(holder);
      if (!(error instanceof HeldElsewhere)) throw error;
    }
    await started;
  }

  async #makeHolder(key: string, version: number): Promise<ExecutionHolder> {
    return this.#hold(foldJournal(await readJournal(this.store, key)), version);
  }

  #settleStart(holder: ExecutionHolder): void {
    this.#started.get(holder)?.();
    this.#started.delete(holder);
  }

  /** A holder of an execution at rest; its first decision claims or moves the item. */
  async #load(key: string): Promise<ExecutionHolder | undefined> {
    const reading = readJournal(this.store, key).catch(heldByNewer(key));
    reading.catch(() => {}); // It may not be needed.
    const item = await work.read(this.store, workKey(key));
    if (item && item.owner !== null && !this.#holders.has(key)) throw new HeldElsewhere(key, item.owner);
    const rows = await reading;
    const existing = this.#holders.get(key);
    if (existing) return existing;
    if (rows.length === 0) return undefined;
    return this.#hold(foldJournal(rows), item?.version ?? NO_ITEM, false);
  }
}
