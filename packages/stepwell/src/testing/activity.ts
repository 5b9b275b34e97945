import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { RealClock } from "../kernel/clock.ts";
import type { Store } from "../store/store.ts";

/** When nothing has been asked of PostgreSQL for this long, nothing more happens by itself. */
const QUIET_MS = 40;
/** A store in memory needs turns of the event loop, and no time. */
const QUIET_TURNS = 50;
const machine = new RealClock();

/** Knows when stores were last used. */
export class Activity {
  readonly #needs: "time" | "turns";
  #running = 0;
  #begun = 0;
  #lastMs = machine.monotonicMs();

  /** `needs` says what passes in the stores between a cause and what it brings about. */
  constructor(needs: "time" | "turns" = "time") {
    this.#needs = needs;
  }

  watched(store: Store): Store {
    const counted =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> => {
        this.#running++;
        this.#begun++;
        return call.apply(store, args).finally(() => {
          this.#running--;
          this.#lastMs = machine.monotonicMs();
        });
      };
    const watched = { commit: counted(store.commit), read: counted(store.read) };
    return new Proxy(store, {
      get(target, name) {
        if (name in watched) return watched[name as keyof typeof watched];
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Resolves when nothing happens any more until time moves on. */
  async quiet(): Promise<void> {
    if (this.#needs === "turns") return this.#quietTurns();
    this.#lastMs = machine.monotonicMs();
    while (this.#running > 0 || machine.monotonicMs() - this.#lastMs < QUIET_MS) await delay(5);
  }

  async #quietTurns(): Promise<void> {
    for (let begun = -1; this.#running > 0 || begun !== this.#begun; ) {
      begun = this.#begun;
      for (let i = 0; i < QUIET_TURNS; i++) await turn();
    }
  }
}
