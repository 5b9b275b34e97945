import type { Clock, Timer } from "../kernel/clock.ts";
import { NewerData } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { untilSettled, untilStored } from "../kernel/until-stored.ts";
import { type WorkLock, work } from "../kernel/work.ts";
import type { FunctionCode, InvocationReport } from "../lambda/host/host.ts";
import { Conflict, OutcomeUnknown } from "../store/errors.ts";
import type { Change, Store } from "../store/store.ts";
import { CheckpointPort, type PortNode } from "./checkpoint-port.ts";
import { HeldElsewhere, heldByNewer } from "./held-elsewhere.ts";
import { applyInbox, EMPTY_INBOX, type Inbox, readInbox } from "./inbox.ts";
import { appendRows, readJournal } from "./journal.ts";
import type { ExecutionIdentity } from "./journal-row.ts";
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
import { change } from "./tables.ts";

/** What a holder needs of the node it is on. */
export interface HolderNode extends PortNode {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** This node's name in work items. */
  readonly owner: string;
  /** Whether other nodes may work on the same store. */
  readonly shared: boolean;
  /** Whether the node is going down: nothing new is begun then. */
  readonly closing: boolean;
  /** Looks up what an invocation that is about to be stored runs; what went wrong is for `invoke` to find. */
  prepare(identity: ExecutionIdentity): Promise<FunctionCode>;
  /** Calls the handler; how that ended comes back through `holder.invocationEnded`. */
  invoke(holder: ExecutionHolder, port: CheckpointPort, begun: Begun): void;
  /** A work item has become available at `atMs`, and that is durable. */
  wake(atMs: number): void;
  /** The execution has ended, and that is durable. */
  executionEnded(holder: ExecutionHolder): void;
  /** The holder is to be forgotten; its item, unless it is finished, is available again at `availableAtMs`. */
  holderLeft(holder: ExecutionHolder, availableAtMs: number | undefined): void;
}

/** An invocation, which takes place once it is stored. */
export interface Begun {
  readonly updatedOperationIds: readonly string[];
  readonly code: Promise<FunctionCode>;
}

type Decide<T> = (draft: Draft) => T;

interface Pending {
  readonly decide: Decide<unknown>;
  /** Whether the inbox becomes history first; `ends`: if ends of chained invokes have come in. */
  readonly inbox: boolean | "ends";
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A decision that loses a race this often has a fault, not a rival. */
const MOST_CONFLICTS = 20;

/** The version of a lock where there is no item any more: its execution has ended. */
export const NO_ITEM = 0;

/** A deadline that the store could not take is tried again this much later. */
const RETRY_MS = 1000;

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
  /** A look into the inbox that has not begun: whoever asks for one now is served by it. */
  #taking: Promise<void> | undefined;
  /** Ends of chained invokes that have come in since the inbox was last made history. */
  #ends = 0;
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
  start(code: Promise<FunctionCode>): void {
    this.#run({ updatedOperationIds: [], code });
    this.#setTimer();
  }

  /** Goes on with an execution whose item was just claimed: an invocation in its journal was lost with its host. */
  resume(): Promise<void> {
    return this.#enqueue((draft) => {
      // A decision that came first may have begun one here, which is not lost.
      const { invocation } = draft.header;
      if (invocation && invocation.epoch !== this.#port?.epoch) endInvocation(draft, { type: "lost" });
    }, true);
  }

  /** Makes history of what was put into the inbox while a handler runs. */
  takeInbox(): Promise<void> {
    this.#taking ??= this.#enqueue(() => {}, true);
    return this.#taking;
  }

  /**
   * The end of a chained invoke was put into the inbox. It becomes history when the running handler next asks for
   * something, or else after its invocation: so a handler that only waits for an invoke has an InvocationCompleted
   * before the invoke's end, however fast that was. False when this holder has left.
   */
  chainedInvokeEnded(): boolean {
    this.#ends++;
    return !this.#gone;
  }

  /** Queues a decision. Rejects with what it threw, and then nothing has changed. */
  submit<T>(decide: Decide<T>): Promise<T> {
    return this.#enqueue(decide, false);
  }

  #enqueue<T>(decide: Decide<T>, inbox: Pending["inbox"]): Promise<T> {
    if (this.#gone) return Promise.reject(new HeldElsewhere(this.key));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ decide, inbox, resolve, reject });
      if (!this.#busy) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      try {
        next.resolve((await this.#carryOut(next)) as never);
      } catch (error) {
        next.reject(error);
        if (error instanceof HeldElsewhere) this.#refuseRest(error);
        else if (error instanceof OutcomeUnknown) await this.#recover(error);
      }
    }
    this.#busy = false;
    if (!this.#held) this.#leave();
  }

  /** Decides, commits once, then acts; a decision that lost a race is made again on what the winner left. */
  async #carryOut(pending: Pending): Promise<unknown> {
    if (pending.inbox === true) this.#taking = undefined;
    const ends = this.#ends;
    const reads = pending.inbox === "ends" ? ends > 0 : pending.inbox;
    let inbox = reads ? await readInbox(this.#node.store, this.key) : EMPTY_INBOX;
    let unread = this.#node.shared && !reads;
    for (let conflicts = 0; ; conflicts++) {
      const draft = new Draft(this.state, this.#node.clock.now());
      // What other nodes have acknowledged comes before what time brings.
      applyInbox(draft, inbox);
      fireDue(draft);
      // A heartbeat, say: before its callback times out here.
      if (unread && draft.rows.length > 0) {
        unread = false;
        inbox = await readInbox(this.#node.store, this.key);
        continue;
      }
      let reply: unknown;
      try {
        reply = pending.decide(draft);
      } catch (error) {
        if (conflicts >= MOST_CONFLICTS || !(await this.#isOutdated())) throw error;
        await this.#reload(this.#held);
        inbox = await readInbox(this.#node.store, this.key);
        continue;
      }
      const begun = wantsInvocation(draft) && !this.#node.closing ? this.#begin(draft) : undefined;
      try {
        await this.#commit(draft, inbox);
      } catch (error) {
        if (!(error instanceof Conflict) || conflicts >= MOST_CONFLICTS) throw error;
        await this.#reload(this.#held);
        inbox = await readInbox(this.#node.store, this.key);
        continue;
      }
      if (reads) this.#ends -= ends;
      this.#act(draft, begun);
      return reply;
    }
  }

  #begin(draft: Draft): Begun {
    const updatedOperationIds = [...draft.unseen()];
    beginInvocation(draft, this.#node.ids.uuid());
    // Looked up while it is stored: a read of its own, where other nodes may have changed the function.
    return { updatedOperationIds, code: this.#node.prepare(draft.header.identity) };
  }

  /** A refusal is not fenced by a commit: a node that was taken for dead must not refuse by what it still remembers. */
  async #isOutdated(): Promise<boolean> {
    if (!this.#node.shared) return false;
    const item = await work.read(this.#node.store, this.#lock.key);
    return (item?.version ?? NO_ITEM) !== this.#lock.version;
  }

  async #commit(draft: Draft, inbox: Inbox): Promise<void> {
    const { store } = this.#node;
    const step = this.#workChange(draft);
    if (draft.rows.length === 0 && inbox.entries.length === 0 && !step) return;
    const appended = appendRows(store, draft.header.identity, draft.rows);
    const rows = appended instanceof Promise ? await appended : appended;
    const changes = [
      ...rows,
      ...sideChanges(this.key, draft, this.#node.limits, inbox.settled),
      ...inbox.removals,
    ];
    if (!step) {
      // Rows are their own fence. Without any, one who has lost the item must not drop what is in its inbox.
      if (rows.length === 0) changes.push(work.keep(this.#lock, this.#node.owner));
      await store.commit(changes, { key: this.key });
      return;
    }
    const hasEnded = draft.header.status !== "RUNNING";
    // What another node has acknowledged is part of the history, a stop above all.
    const guards = hasEnded && this.#node.shared ? [change.inboxIsEmpty(this.key)] : [];
    const results = await store.commit([...changes, step.change, ...guards], { key: this.key });
    this.#lock = { key: this.#lock.key, version: hasEnded ? NO_ITEM : this.#lock.version + 1 };
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
    const handsOver = closing && wantsInvocation(draft);
    if (this.#held && handsOver) {
      return { change: work.leave(this.#lock, owner, draft.nowMs, draft.nowMs), held: false };
    }
    const availableAtMs = handsOver ? draft.nowMs : nextDeadlineMs(draft)!;
    return this.#held
      ? { change: work.release(this.#lock, owner, availableAtMs, draft.nowMs), held: false }
      : { change: work.move(this.#lock, owner, availableAtMs), held: false };
  }

  #act(draft: Draft, begun: Begun | undefined): void {
    const wasRunning = this.state.header.status === "RUNNING";
    const port = this.#port;
    draft.adopt();
    const isRunning = this.state.header.status === "RUNNING";
    if (!isRunning || port?.epoch !== this.state.header.invocation?.epoch) port?.cut();
    if (begun) this.#run(begun);
    else if (this.state.unseen.size > 0) this.#port?.news();
    if (draft.rows.some((row) => row.kind === "ChainedInvokeStarted")) this.#node.wake(draft.nowMs);
    if (wasRunning && !isRunning) this.#node.executionEnded(this);
    this.#setTimer();
  }

  #run(begun: Begun): void {
    const submit = <T>(decide: Decide<T>) => this.#enqueue(decide, "ends");
    this.#port = new CheckpointPort(this.state, this.#node, submit);
    this.#node.invoke(this, this.#port, begun);
  }

  /** While a handler runs, the holder keeps the execution's time; else its work item does. */
  #setTimer(notBeforeMs = 0): void {
    const nextMs = this.#held ? nextDeadlineMs(this.state) : undefined;
    const atMs = nextMs === undefined ? undefined : Math.max(nextMs, notBeforeMs);
    if (atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const { clock, log } = this.#node;
    const fire = () => {
      this.#timer = undefined;
      this.submit(() => {}).catch((error) => {
        if (error instanceof HeldElsewhere) return;
        log.error({ execution: this.key, error }, "a deadline could not be stored; trying again");
        this.#setTimer(clock.now() + RETRY_MS);
      });
    };
    this.#timer = { atMs, timer: clock.at(atMs, fire) };
  }

  /**
   * Someone else was faster, or may have been: read on from where this holder stands. An item that this node owns but
   * this holder did not hold was claimed by the dispatcher, for another holder.
   */
  async #reload(wasHeld: boolean): Promise<void> {
    const { store, owner } = this.#node;
    const news = readJournal(store, this.key, this.state.header.seq).catch((error: unknown) => {
      if (error instanceof NewerData) this.#held = false;
      return heldByNewer(this.key)(error);
    });
    catchUp(this.state, await news);
    const item = await work.read(store, this.#lock.key);
    this.#held = wasHeld && item?.owner === owner;
    this.#lock = { key: this.#lock.key, version: item?.version ?? NO_ITEM };
    if (!item) return;
    if (item.owner !== null && !this.#held) throw new HeldElsewhere(this.key, item.owner);
  }

  /** The item is somebody else's now: whatever else waits here has to find its holder anew. */
  #refuseRest(error: HeldElsewhere): void {
    this.#taking = undefined;
    for (const rest of this.#queue.splice(0)) rest.reject(error);
  }

  /**
   * A commit may have been stored without an answer: act on what the store says, as after a restart, once that can be
   * relied on. Nothing else is decided before: nobody but this holder would begin an invocation that is stored as begun
   * here.
   */
  async #recover(unknown: OutcomeUnknown): Promise<void> {
    const { clock, log } = this.#node;
    const what = `what became of a commit of ${this.key}`;
    const options = { clock, log, what, closing: () => this.#node.closing };
    const wasRunning = this.state.header.status === "RUNNING";
    try {
      await untilSettled(unknown, options);
      await untilStored(options, () => this.#reload(true));
    } catch (error) {
      if (error instanceof HeldElsewhere) this.#refuseRest(error);
      else log.error({ execution: this.key, error }, "a journal could not be read");
      return;
    }
    const { status, invocation } = this.state.header;
    if (status !== "RUNNING") {
      if (wasRunning) this.#node.executionEnded(this);
    } else if (invocation && invocation.epoch !== this.#port?.epoch) {
      this.submit((draft) => endInvocation(draft, { type: "lost" })).catch((error) => {
        log.error({ execution: this.key, error }, "an invocation that never began could not be replaced");
      });
    }
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#timer?.timer.cancel();
    this.#port?.cut();
    this.#node.holderLeft(this, this.#ends > 0 ? this.#node.clock.now() : this.#availableAtMs);
  }
}
