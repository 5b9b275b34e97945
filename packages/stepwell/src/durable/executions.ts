import type { Dispatcher } from "../kernel/dispatcher.ts";
import { type WorkItem, work } from "../kernel/work.ts";
import type { DurableEnd, FunctionCatalog } from "../lambda/function.ts";
import type { Host } from "../lambda/host/host.ts";
import type { Change } from "../store/store.ts";
import { targetFinder } from "./chained-targets.ts";
import type { CheckpointPort } from "./checkpoint-port.ts";
import { EndWaiters } from "./end-waiters.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { ExecutionHolder, type HolderNode } from "./holder.ts";
import { Invoker } from "./invoker.ts";
import { appendRows, readJournal } from "./journal.ts";
import { executionOfWork, workKey } from "./keys.ts";
import { beginInvocation, type Draft, type ExecutionState, foldJournal } from "./machine.ts";
import { expiresAtMs } from "./retention.ts";

/** The work item kind of executions. */
const EXECUTION_WORK = "execution";

/** Executions whose first invocation waits for an instance; beyond this, new ones wait as free work items. */
const MOST_STARTING = 256;

/** When the store cannot take a resumption (a full disk, a database away), it is tried again this often. */
const RESUME_RETRY_MS = 1000;

export type ExecutionsOptions = Pick<HolderNode, "store" | "clock" | "ids" | "log" | "limits" | "owner"> & {
  readonly host: Host;
  readonly functions: FunctionCatalog;
  readonly dispatcher: Dispatcher;
};

/** The executions that this node works on: at most one holder for each, made when needed and forgotten at rest. */
export class Executions implements HolderNode {
  readonly store;
  readonly clock;
  readonly ids;
  readonly log;
  readonly limits;
  readonly owner;
  readonly findTargets;
  closing = false;
  readonly waiters = new EndWaiters();
  readonly #dispatcher: Dispatcher;
  readonly #invoker: Invoker;
  readonly #holders = new Map<string, ExecutionHolder>();
  readonly #running = new Set<Promise<void>>();
  /** Called when a holder's invocation has an instance, or the holder leaves without one. */
  readonly #started = new Map<ExecutionHolder, () => void>();

  constructor(options: ExecutionsOptions) {
    this.store = options.store;
    this.clock = options.clock;
    this.ids = options.ids;
    this.log = options.log;
    this.limits = options.limits;
    this.owner = options.owner;
    this.#dispatcher = options.dispatcher;
    this.#invoker = new Invoker(options);
    this.findTargets = targetFinder(options.functions, options.ids);
    options.dispatcher.handle(EXECUTION_WORK, (item) => this.#resume(item));
  }

  /**
   * Makes a new execution, and calls its handler. `more` goes into the same commit. Rejects with Conflict when
   * `insertion` fails, which is how a taken name shows; then nothing has changed.
   */
  async start(draft: Draft, insertion: Change, ...more: readonly Change[]): Promise<void> {
    const { identity } = draft.header;
    const now = !this.closing && this.#started.size < MOST_STARTING;
    if (now) beginInvocation(draft, this.ids.uuid());
    const item = {
      key: workKey(identity.key),
      kind: EXECUTION_WORK,
      dueAtMs: draft.nowMs,
      availableAtMs: draft.nowMs,
      data: "",
    };
    const claim = now ? work.insertClaimed(item, this.owner) : work.insert(item);
    const rows = await appendRows(this.store, identity.key, draft.rows);
    await this.store.commit([insertion, ...rows, claim, ...more], { key: identity.key });
    if (now) this.#hold(draft.adopt(), 1).start();
    else this.#dispatcher.wake(draft.nowMs);
  }

  /**
   * Has something decided about an execution, by its holder on this node. Returns undefined for an execution that
   * does not exist, and throws HeldElsewhere when another node holds it.
   */
  async decide<T>(key: string, decide: (draft: Draft) => T): Promise<{ readonly value: T } | undefined> {
    for (;;) {
      const holder = this.#holders.get(key) ?? (await this.#load(key));
      if (!holder) return undefined;
      try {
        return { value: await holder.submit(decide) };
      } catch (error) {
        // It came to rest, or was claimed by this node's dispatcher, in between.
        if (!(error instanceof HeldElsewhere) || !holder.gone) throw error;
      }
    }
  }

  /** Something was put into an execution's inbox: its holder, if it is on this node, turns it into history at once. */
  async inboxFilled(key: string): Promise<void> {
    const holder = this.#holders.get(key);
    try {
      if (holder && !holder.gone) return await holder.takeInbox();
    } catch (error) {
      // It came to rest while its inbox was read: its work item is due, and whoever claims that reads the inbox.
      if (!(error instanceof HeldElsewhere)) throw error;
    }
    this.#dispatcher.wake(this.clock.now());
  }

  /** As `inboxFilled`, for the end of a chained invoke: that may wait until the handler asks or ends. */
  chainedInvokeEnded(key: string): void {
    if (!this.#holders.get(key)?.chainedInvokeEnded()) this.#dispatcher.wake(this.clock.now());
  }

  /** The holder of an execution whose handler runs on this node. */
  held(key: string): ExecutionHolder | undefined {
    return this.#holders.get(key);
  }

  /** Begins nothing new; resolves when every invocation that still ran has been recorded. */
  async close(): Promise<void> {
    this.closing = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  invoke(holder: ExecutionHolder, port: CheckpointPort, news: readonly string[]): void {
    if (!this.#started.has(holder)) this.#started.set(holder, () => {});
    const run = this.#invoker
      .run(holder, port, news, () => this.#settleStart(holder))
      .finally(() => {
        this.#running.delete(run);
      });
    this.#running.add(run);
  }

  wake(atMs: number): void {
    this.#dispatcher.wake(atMs);
  }

  executionEnded(holder: ExecutionHolder): void {
    const { status, result, error, identity, endedAtMs } = holder.state.header;
    this.wake(expiresAtMs(identity, endedAtMs!));
    if (identity.parent) this.chainedInvokeEnded(identity.parent.execution);
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
    this.#settleStart(holder);
    if (availableAtMs !== undefined) this.#dispatcher.wake(availableAtMs);
  }

  #hold(state: ExecutionState, version: number): ExecutionHolder {
    const { key } = state.header.identity;
    const holder = new ExecutionHolder(this, state, { key: workKey(key), version }, true);
    this.#holders.set(key, holder);
    return holder;
  }

  /** A claimed item: resolves when an instance has the invocation, or the execution rests again. */
  async #resume(item: WorkItem): Promise<void> {
    const state = foldJournal(await readJournal(this.store, executionOfWork(item.key)));
    const holder = this.#hold(state, item.version);
    const started = new Promise<void>((resolve) => this.#started.set(holder, resolve));
    for (;;) {
      try {
        await holder.resume();
        return await started;
      } catch (error) {
        if (error instanceof HeldElsewhere) return this.#settleStart(holder);
        this.log.error({ execution: holder.key, error }, "an execution could not be resumed; trying again");
        await new Promise<void>((resolve) => void this.clock.at(this.clock.now() + RESUME_RETRY_MS, resolve));
      }
    }
  }

  #settleStart(holder: ExecutionHolder): void {
    this.#started.get(holder)?.();
    this.#started.delete(holder);
  }

  /** A holder of an execution at rest; its first decision claims or moves the item. */
  async #load(key: string): Promise<ExecutionHolder | undefined> {
    const [rows, item] = await Promise.all([
      readJournal(this.store, key),
      work.read(this.store, workKey(key)),
    ]);
    const existing = this.#holders.get(key);
    if (existing) return existing;
    if (rows.length === 0) return undefined;
    if (item && item.owner !== null) throw new HeldElsewhere(`${key} is held by ${item.owner}.`);
    const lock = item ?? { key: workKey(key), version: 0 };
    const holder = new ExecutionHolder(this, foldJournal(rows), lock, false);
    this.#holders.set(key, holder);
    return holder;
  }
}
