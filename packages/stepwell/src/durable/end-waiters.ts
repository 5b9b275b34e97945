import type { DurableEnd } from "../lambda/function.ts";

type Waiter = (end: DurableEnd) => void;

/** Callers on this node that wait for executions to end. */
export class EndWaiters {
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** `ended` resolves with the end, or with undefined when `signal` is aborted or `cancel` called first. */
  wait(
    execution: string,
    signal: AbortSignal,
  ): { readonly ended: Promise<DurableEnd | undefined>; cancel(): void } {
    let cancel = (): void => {};
    const ended = new Promise<DurableEnd | undefined>((resolve) => {
      const waiters = this.#waiters.get(execution) ?? new Set();
      const settle = (end: DurableEnd | undefined) => {
        signal.removeEventListener("abort", cancel);
        waiters.delete(settle);
        if (waiters.size === 0) this.#waiters.delete(execution);
        resolve(end);
      };
      cancel = () => settle(undefined);
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiters.set(execution, waiters.add(settle));
    });
    return { ended, cancel: () => cancel() };
  }

  has(execution: string): boolean {
    return this.#waiters.has(execution);
  }

  settle(execution: string, end: DurableEnd): void {
    for (const waiter of [...(this.#waiters.get(execution) ?? [])]) waiter(end);
  }
}
