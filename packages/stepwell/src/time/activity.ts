import { setImmediate as turn } from "node:timers/promises";

/**
 * Between the end of one piece of work and the beginning of what follows from it there are microtasks, and a turn of
 * the event loop where something is gathered; after this many turns without work there is none to come.
 */
const QUIET_TURNS = 4;

/** Knows whether anything is under way on a node: time that is virtual moves only when nothing is. */
export class Activity {
  #count = 0;
  /** How often work has begun. */
  #begun = 0;
  readonly #names = new Map<string, number>();
  readonly #idle = new Set<() => void>();

  /** Counts work until it has ended; `name` is who does it, for people. Returns the work. */
  during<T>(work: Promise<T>, name?: string): Promise<T> {
    this.#count++;
    this.#begun++;
    if (name !== undefined) this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
    const end = (): void => this.#end(name);
    work.then(end, end);
    return work;
  }

  /** Who is at work, of those that have a name. */
  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** Resolves when nothing is under way and nothing follows. Rejects with the signal's reason when that is aborted. */
  async quiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#count > 0) await this.#untilIdle(signal);
      signal.throwIfAborted();
      const begun = this.#begun;
      for (let i = 0; i < QUIET_TURNS; i++) await turn();
      if (this.#count === 0 && this.#begun === begun) return;
    }
  }

  #end(name: string | undefined): void {
    if (name !== undefined) {
      const left = this.#names.get(name)! - 1;
      if (left === 0) this.#names.delete(name);
      else this.#names.set(name, left);
    }
    if (--this.#count > 0) return;
    for (const wake of this.#idle) wake();
  }

  #untilIdle(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#idle.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#idle.add(wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
    });
  }
}
