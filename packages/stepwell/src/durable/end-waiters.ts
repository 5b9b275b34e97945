import type { DurableEnd } from "../lambda/function.ts";

type Waiter = (end: DurableEnd) => void;

/** Callers on this node that wait for executions to end. */
export class EndWaiters {
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** Resolves with the end, or with undefined when `signal` is aborted first. */
  wait(execution: string, signal: AbortSignal): Promise<DurableEnd | undefined> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(execution) ?? new Set();
      const settle = (end: DurableEnd | undefined) => {
        signal.removeEventListener("abort", abandon);
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiters.delete(execution);
        resolve(end);
      };
      const abandon = () => settle(undefined);
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", abandon, { once: true });
      this.#waiters.set(execution, waiters.add(settle));
    });
  }

  has(execution: string): boolean {
    return this.#waiters.has(execution);
  }

  settle(execution: string, end: DurableEnd): void {
    for (const waiter of [...(this.#waiters.get(execution) ?? [])]) waiter(end);
  }
}
