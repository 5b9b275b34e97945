import type { Clock, Timer } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import { type WorkLock, work } from "../kernel/work.ts";
import type { InvocationReport } from "../lambda/host/host.ts";
import { Conflict, OutcomeUnknown } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { CheckpointPort, type PortNode } from "./checkpoint-port.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { applyInbox, EMPTY_INBOX, type Inbox, readInbox } from "./inbox.ts";
import { appendRows, readJournal } from "./journal.ts";
import {
  beginInvocation,
  catchUp,
  Draft,
  type ExecutionState,
  endInvocation,
  fireDue,
  nextDeadlineMs,
  wantsInvocation,
} from "./machine.ts";
import { sideChanges } from "./side-changes.ts";

/** What a holder needs of the node it is on. */
export interface HolderNode extends PortNode {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's name in work items. */
  readonly owner: string;
  /** Whether the node is going down: nothing new is begun then. */
  readonly closing: boolean;
  /** Calls the handler; how that ended comes back through `holder.invocationEnded`. */
  invoke(holder: ExecutionHolder, port: CheckpointPort, updatedOperationIds: readonly string[]): void;
  /** A work item has become available at `atMs`, and that is durable. */
  wake(atMs: number): void;
  /** The execution has ended, and that is durable. */
  executionEnded(holder: ExecutionHolder): void;
  /** The holder is to be forgotten; its item, unless it is finished, is available again at `availableAtMs`. */
  holderLeft(holder: ExecutionHolder, availableAtMs: number | undefined): void;
}

type Decide<T> = (draft: Draft) => T;

interface Pending {
  readonly decide: Decide<unknown>;
  /** What becomes history first; `ends` stands for the ends of chained invokes that have come in meanwhile. */
  readonly inbox: Inbox | "ends";
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A decision that loses a race this often has a fault, not a rival. */
const MOST_CONFLICTS = 20;

/**
 * The only one on this node that appends to an execution's journal; its work item is held while a handler runs, and
 * otherwise taken or moved in the same commit. Decisions wait for each other, so that each sees what the one before
 * it made durable.
 */
export class ExecutionHolder {
  readonly key: string;
  readonly state: ExecutionState;
  /** How the last invocation on this node went. */
  lastReport: InvocationReport | undefined;
  readonly #node: HolderNode;
  readonly #queue: Pending[] = [];
  #lock: WorkLock;
  #held: boolean;
  #availableAtMs: number | undefined;
  #busy = false;
  #gone = false;
  #endsToRead = false;
  #port: CheckpointPort | undefined;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;

  constructor(node: HolderNode, state: ExecutionState, lock: WorkLock, held: boolean) {
    this.#node = node;
    this.key = state.header.identity.key;
    this.state = state;
    this.#lock = lock;
    this.#held = held;
  }

  /** It has left: a new holder must be made from the store. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The port of the invocation under way. */
  get port(): CheckpointPort | undefined {
    return this.#port;
  }

  /** Begins the first invocation, which the execution's own first commit has recorded. */
  start(): void {
    this.#run([]);
    this.#setTimer();
  }

  /** Goes on with an execution whose item was just claimed: an invocation in its journal was lost with its host. */
  async resume(): Promise<void> {
    const inbox = await readInbox(this.#node.store, this.key);
    await this.#enqueue((draft) => {
      if (draft.header.invocation) endInvocation(draft, { type: "lost" });
    }, inbox);
  }

  /** Makes history of what was put into the inbox while a handler runs. */
  async takeInbox(): Promise<void> {
    const inbox = await readInbox(this.#node.store, this.key);
    if (inbox.entries.length > 0) await this.#enqueue(() => {}, inbox);
  }

  /**
   * The end of a chained invoke was put into the inbox. It becomes history when the running handler next asks for
   * something, or else after its invocation: so a handler that only waits for an invoke has an InvocationCompleted
   * before the invoke's end, however fast that was. False when this holder has left.
   */
  chainedInvokeEnded(): boolean {
    if (!this.#gone) this.#endsToRead = true;
    return !this.#gone;
  }

  /** Queues a decision. Rejects with what it threw, and then nothing has changed. */
  submit<T>(decide: Decide<T>): Promise<T> {
    return this.#enqueue(decide, EMPTY_INBOX);
  }

  #enqueue<T>(decide: Decide<T>, inbox: Pending["inbox"]): Promise<T> {
    if (this.#gone) return Promise.reject(new HeldElsewhere(`The holder of ${this.key} has left.`));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ decide, inbox, resolve, reject });
      if (!this.#busy) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      try {
        const inbox = next.inbox === "ends" ? await this.#readEnds() : next.inbox;
        next.resolve((await this.#carryOut(next.decide, inbox)) as never);
      } catch (error) {
        next.reject(error);
      }
    }
    this.#busy = false;
    if (!this.#held) this.#leave();
  }

  #readEnds(): Inbox | Promise<Inbox> {
    if (!this.#endsToRead) return EMPTY_INBOX;
    this.#endsToRead = false;
    return readInbox(this.#node.store, this.key);
  }

  /** Decides, commits once, then acts; a decision that lost a race is made again on what the winner left. */
  async #carryOut<T>(decide: Decide<T>, inbox: Inbox): Promise<T> {
    for (let conflicts = 0; ; conflicts++) {
      const draft = new Draft(this.state, this.#node.clock.now());
      // What other nodes have acknowledged comes before what time brings.
      applyInbox(draft, inbox);
      fireDue(draft);
      const reply = decide(draft);
      const news = wantsInvocation(draft) && !this.#node.closing ? [...draft.unseen()] : undefined;
      if (news) beginInvocation(draft, this.#node.ids.uuid());
      try {
        await this.#commit(draft, inbox);
      } catch (error) {
        const lostRace = error instanceof Conflict && conflicts < MOST_CONFLICTS;
        if (lostRace || error instanceof OutcomeUnknown) await this.#reload();
        if (lostRace) continue;
        throw error;
      }
      this.#act(draft, news);
      return reply;
    }
  }

  async #commit(draft: Draft, inbox: Inbox): Promise<void> {
    const { store } = this.#node;
    const step = this.#workChange(draft);
    if (draft.rows.length === 0 && inbox.entries.length === 0 && !step) return;
    const appended = appendRows(store, this.key, draft.rows);
    const rows = appended instanceof Promise ? await appended : appended;
    const changes = [...rows, ...sideChanges(this.key, draft, inbox.settled), ...inbox.removals];
    if (!step) {
      await store.commit(changes, { key: this.key });
      return;
    }
    const results = await store.commit([...changes, step.change], { key: this.key });
    this.#lock = { key: this.#lock.key, version: this.#lock.version + 1 };
    this.#held = step.held;
    const availableAt = results[changes.length]?.[0]?.available_at;
    this.#availableAtMs = availableAt == null ? undefined : Number(availableAt);
  }

  /** What becomes of the work item: it is held exactly while a handler runs. */
  #workChange(draft: Draft): { readonly change: Change; readonly held: boolean } | undefined {
    const { owner, closing } = this.#node;
    if (draft.header.status !== "RUNNING") {
      // After its end an execution has no item any more.
      if (this.state.header.status !== "RUNNING") return undefined;
      return { change: work.finish(this.#lock, this.#held ? owner : null), held: false };
    }
    if (draft.header.invocation) {
      return this.#held ? undefined : { change: work.claim(this.#lock, owner, draft.nowMs), held: true };
    }
    const availableAtMs = closing && wantsInvocation(draft) ? draft.nowMs : nextDeadlineMs(draft)!;
    return this.#held
      ? { change: work.release(this.#lock, owner, availableAtMs, draft.nowMs), held: false }
      : { change: work.move(this.#lock, availableAtMs), held: false };
  }

  #act(draft: Draft, news: readonly string[] | undefined): void {
    const wasRunning = this.state.header.status === "RUNNING";
    const port = this.#port;
    draft.adopt();
    const isRunning = this.state.header.status === "RUNNING";
    if (!isRunning || port?.epoch !== this.state.header.invocation?.epoch) port?.cut();
    if (news) this.#run(news);
    if (draft.rows.some((row) => row.kind === "ChainedInvokeStarted")) this.#node.wake(draft.nowMs);
    if (wasRunning && !isRunning) this.#node.executionEnded(this);
    this.#setTimer();
  }

  #run(news: readonly string[]): void {
    const submit = <T>(decide: Decide<T>) => this.#enqueue(decide, "ends");
    this.#port = new CheckpointPort(this.state, this.#node, submit);
    this.#node.invoke(this, this.#port, news);
  }

  /** While a handler runs, the holder keeps the execution's time; else its work item does. */
  #setTimer(): void {
    const atMs = this.#held ? nextDeadlineMs(new Draft(this.state, 0)) : undefined;
    if (atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const fire = () => {
      this.#timer = undefined;
      this.submit(() => {}).catch((error) => {
        this.#node.log.error({ execution: this.key, error }, "a deadline could not be recorded");
      });
    };
    this.#timer = { atMs, timer: this.#node.clock.at(atMs, fire) };
  }

  /** Someone else was faster, or may have been: read on from where this holder stands. */
  async #reload(): Promise<void> {
    const { store, owner } = this.#node;
    catchUp(this.state, await readJournal(store, this.key, this.state.header.seq));
    const item = await work.read(store, this.#lock.key);
    if (!item) return;
    this.#lock = { key: item.key, version: item.version };
    this.#held = item.owner === owner;
    if (item.owner !== null && !this.#held) throw new HeldElsewhere(`${this.key} is held by ${item.owner}.`);
    const inbox = await readInbox(store, this.key);
    if (inbox.entries.length > 0) await this.#carryOut(() => {}, inbox);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#timer?.timer.cancel();
    this.#port?.cut();
    this.#node.holderLeft(this, this.#endsToRead ? this.#node.clock.now() : this.#availableAtMs);
  }
}
