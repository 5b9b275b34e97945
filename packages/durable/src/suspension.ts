import { type Polled, Poller, type PollHost } from "./poller.ts";
import { after, nextTurn } from "./timers.ts";
import type { Operation, OperationStatus } from "./types/wire.ts";

/** A part of the handler whose outcome may have stopped to matter, such as a branch of a batch that is complete. */
export interface Branch {
  readonly abandoned: boolean;
}

/** A context whose body runs. */
export interface OpenBranch extends Branch {
  /** It waits for those whose parent it is. */
  readonly parent: Branch | undefined;
  /** Its body is no code of the user's, and only awaits. */
  readonly isCombinator: boolean;
}

/** An operation that something outside completes: a wait, a callback, an invoke, a retry. */
export interface Waiting {
  readonly id: string;
  readonly branch: Branch;
  /** Whether user code waits for it. */
  readonly isAwaited: boolean;
}

interface Waiter extends Polled {
  readonly operation: Waiting;
  readonly resolve: () => void;
}

/** What suspension needs of the rest of an invocation. */
interface SuspensionHost extends PollHost {
  readonly operations: ReadonlyMap<string, Operation>;
  /** No checkpoint is under way, nor queued, unless it can be taken along when the invocation ends. */
  readonly queueIdle: boolean;
  suspend(): void;
}

/** AWS's SDK gives code outside operations this long before it ends an invocation under it. */
const GRACE_MS = 20;

/**
 * Knows what the handler waits for, and ends the invocation when it can only wait: nothing is executing, no
 * checkpoint is under way, and user code awaits an operation that something outside completes. While something
 * else executes it asks the service instead, from time to time, whether the waiting is over.
 */
export class Suspension {
  readonly #host: SuspensionHost;
  readonly #waiters = new Map<string, Waiter>();
  readonly #executing = new Set<{ readonly branch: Branch }>();
  readonly #open = new Set<OpenBranch>();
  readonly #resourcesAtStart = activeResources() ?? 0;
  /** Changes with everything that shows the handler to be at work. */
  #activity = 0;
  #checking = false;
  #isLooking = false;
  readonly #poller: Poller;
  #over = false;

  constructor(host: SuspensionHost) {
    this.#host = host;
    this.#poller = new Poller(host, () => this.#relevant());
  }

  /** The body of an operation runs: the invocation must not end under it. */
  begin(body: { readonly branch: Branch }): void {
    this.#executing.add(body);
  }

  end(body: { readonly branch: Branch }): void {
    this.#executing.delete(body);
    this.active();
  }

  /** The body of a context begins. */
  opened(branch: OpenBranch): void {
    this.#open.add(branch);
  }

  closed(branch: OpenBranch): void {
    this.#open.delete(branch);
  }

  /** Resolves when the operation is over, or ready for its next attempt. Never, if the invocation ends before. */
  until(operation: Waiting, endMs?: number): Promise<void> {
    if (!isWaiting(this.#host.operations.get(operation.id)?.Status)) return Promise.resolve();
    return new Promise((resolve) => {
      const pollAtMs = endMs ?? this.#host.nowMs() + 1000;
      this.#waiters.set(operation.id, { operation, resolve, pollAtMs, polls: 0 });
      this.active();
    });
  }

  /** The service has told the operation's new state. */
  changed(operation: Operation): void {
    const waiter = this.#waiters.get(operation.Id!);
    if (!waiter || isWaiting(operation.Status)) return;
    this.#waiters.delete(operation.Id!);
    this.#activity++;
    waiter.resolve();
  }

  /** Something happened that may decide whether the invocation can end. */
  active(): void {
    this.#activity++;
    this.#settle();
  }

  /** The service has something to tell. */
  news(): void {
    if (this.#waiters.size > 0 && !this.#over) this.#poller.askNow(() => this.#settle());
  }

  /** Whether the invocation ends in one of the next turns, if nothing happens in them. */
  get isLooking(): boolean {
    return this.#isLooking && !this.#over;
  }

  #settle(): void {
    if (this.#waiters.size === 0 || this.#over) return;
    if (!this.#onlyWaiting()) return this.#poller.plan(() => this.#settle());
    // Its timer would look like work of the handler's own.
    this.#poller.stop();
    if (!this.#checking) this.#suspendWhenQuiet();
  }

  /** Forgets everything: the invocation is ending. */
  stop(): void {
    this.#over = true;
    this.#waiters.clear();
    this.#poller.stop();
  }

  #onlyWaiting(): boolean {
    if (!this.#host.queueIdle) return false;
    for (const { branch } of this.#executing) if (!branch.abandoned) return false;
    for (const { operation } of this.#relevant()) if (operation.isAwaited) return true;
    return false;
  }

  *#relevant(): Iterable<Waiter> {
    for (const waiter of this.#waiters.values()) if (!waiter.operation.branch.abandoned) yield waiter;
  }

  /**
   * Whether code between operations may still be at work: a branch waits for nothing that is known here, or the process
   * for a socket or a timer that it did not have before. (What threads do, such as compress or sign, does not show.)
   */
  #mayBeAtWork(): boolean {
    const waiting = new Set<Branch | undefined>();
    for (const { operation } of this.#relevant()) if (operation.isAwaited) waiting.add(operation.branch);
    for (const { parent } of this.#open) waiting.add(parent);
    for (const branch of this.#open)
      if (!branch.isCombinator && !waiting.has(branch) && !branch.abandoned) return true;
    return (activeResources() ?? Number.POSITIVE_INFINITY) > this.#resourcesAtStart;
  }

  /**
   * Code between operations is invisible here, so "only waiting" has to stay true for two turns of the event loop in
   * which nothing happens. Code that takes longer than that gets the grace that it has on AWS, where it can be told.
   */
  #suspendWhenQuiet(quietTurns = 0, graced = false): void {
    this.#checking = true;
    const seen = this.#activity;
    const look = (waited: boolean) => () => {
      this.#checking = this.#isLooking = false;
      if (this.#over) return;
      if (this.#activity !== seen || !this.#onlyWaiting()) return this.#settle();
      this.#suspendWhenQuiet(quietTurns + 1, waited);
    };
    this.#isLooking = quietTurns < 2;
    if (this.#isLooking) nextTurn(look(false));
    else if (!graced && this.#mayBeAtWork()) after(GRACE_MS, look(true));
    else this.#host.suspend();
  }
}

function isWaiting(status: OperationStatus | undefined): boolean {
  return status === "STARTED" || status === "PENDING" || status === undefined;
}

/** How many timers, sockets and requests keep the event loop busy, where the runtime can tell. */
function activeResources(): number | undefined {
  return process.getActiveResourcesInfo?.().filter((type) => type !== "Immediate").length;
}
