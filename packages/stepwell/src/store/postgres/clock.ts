import { RealClock, type Timer } from "../../kernel/clock.ts";
import type { PostgresStore } from "../postgres.ts";
import { statement } from "../store.ts";

const serverTime = statement(
  "clock.server",
  "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now_ms",
);

const MEASURE_EVERY_MS = 10_000;

/** The database's time: the same on every node, whatever their machines' clocks say. */
export class DatabaseClock extends RealClock {
  readonly #store: PostgresStore;
  readonly #machine = new RealClock();
  /** The database's time minus this process's monotonic counter. */
  #offsetMs: number;
  #lastMs = 0;
  #timer: Timer | undefined;

  private constructor(store: PostgresStore, offsetMs: number) {
    super();
    this.#store = store;
    this.#offsetMs = offsetMs;
    this.#measureLater();
  }

  static async open(store: PostgresStore): Promise<DatabaseClock> {
    return new DatabaseClock(store, await measure(store));
  }

  /** Never steps back, also when a measurement was a little off. */
  override now(): number {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(this.monotonicMs() + this.#offsetMs));
    return this.#lastMs;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #measureLater(): void {
    this.#timer = this.#machine.at(this.#machine.now() + MEASURE_EVERY_MS, () => {
      measure(this.#store)
        .then((offsetMs) => {
          this.#offsetMs = offsetMs;
        })
        // A database that is away keeps no time; the last measurement holds until it is back.
        .catch(() => {})
        .finally(() => this.#measureLater());
    });
  }
}

/** The answer was made about half-way between asking and hearing it. */
async function measure(store: PostgresStore): Promise<number> {
  const clock = new RealClock();
  const beforeMs = clock.monotonicMs();
  const [row] = await store.read(serverTime, []);
  return Number(row!.now_ms) - (beforeMs + clock.monotonicMs()) / 2;
}
