import { endTopic, type Signals } from "../kernel/signals.ts";
import type { DurableEnd } from "../lambda/function.ts";

type Waiter = (end: DurableEnd) => void;

/** How an execution ended, by what is stored; undefined while it runs. */
export type ReadEnd = (execution: string) => Promise<DurableEnd | undefined>;

/** Callers on this node that wait for executions to end, here or on another node. */
export class EndWaiters {
  readonly #signals: Signals;
  readonly #readEnd: ReadEnd;
  readonly #waiters = new Map<string, Set<Waiter>>();

  constructor(signals: Signals, readEnd: ReadEnd) {
    this.#signals = signals;
    this.#readEnd = readEnd;
  }

  /** `ended` resolves with the end, or with undefined when `signal` is aborted or `cancel` called first. */
  wait(
    execution: string,
    signal: AbortSignal,
  ): { readonly ended: Promise<DurableEnd | undefined>; cancel(): void } {
    let cancel = (): void => {};
    const ended = new Promise<DurableEnd | undefined>((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const waiters = this.#waiters.get(execution) ?? new Set();
      const deaf = this.#signals.on(endTopic(execution), () => this.#look(execution));
      const settle = (end: DurableEnd | undefined) => {
        deaf();
        signal.removeEventListener("abort", cancel);
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiters.delete(execution);
        resolve(end);
      };
      cancel = () => settle(undefined);
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiters.set(execution, waiters.add(settle));
    });
    return { ended, cancel: () => cancel() };
  }

  has(execution: string): boolean {
    return this.#waiters.has(execution);
  }

  /** An execution has ended on this node, and that is durable. */
  settle(execution: string, end: DurableEnd): void {
    for (const waiter of [...(this.#waiters.get(execution) ?? [])]) waiter(end);
  }

  #look(execution: string): void {
    this.#readEnd(execution).then(
      (end) => end && this.settle(execution, end),
      // The store is away: whoever may have missed something is asked to look again.
      () => {},
    );
  }
}
