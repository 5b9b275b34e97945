/**
 * Wake-ups inside one process: who waits for a topic is called, in the order in which they began to wait. A signal
 * carries nothing and is not kept; a waiter looks at the committed state before and after it waits.
 */
export class Signals {
  readonly #waiters = new Map<string, Set<() => void>>();

  /** Wakes everyone who waits for the topic. Call it after the commit that concerns them. */
  notify(topic: string): void {
    const waiters = this.#waiters.get(topic);
    if (!waiters) return;
    this.#waiters.delete(topic);
    for (const wake of waiters) wake();
  }

  /** Resolves at the next signal of the topic, or when `signal` is aborted (the caller tells which by looking). */
  wait(topic: string, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", abandon);
        resolve();
      };
      const abandon = () => {
        const waiters = this.#waiters.get(topic);
        waiters?.delete(wake);
        if (waiters?.size === 0) this.#waiters.delete(topic);
        resolve();
      };
      signal?.addEventListener("abort", abandon, { once: true });
      const waiters = this.#waiters.get(topic) ?? new Set();
      this.#waiters.set(topic, waiters.add(wake));
    });
  }
}
