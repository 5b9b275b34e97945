import { MonotonicClock, RealClock, type Timer } from "../../kernel/clock.ts";
import { type Store, statement } from "../store.ts";

const serverTime = statement(
  "clock.server",
  "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now_ms",
);

const MEASURE_EVERY_MS = 10_000;

type Readable = Pick<Store, "read">;

/** Between which two numbers of milliseconds the database's time minus this process's counter is. */
interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** The database's time: the same on every node, whatever their machines' clocks say. */
export class DatabaseClock extends RealClock {
  readonly #store: Readable;
  readonly #everyMs: number;
  readonly #counter = new MonotonicClock();
  /** The database's time minus this process's counter. */
  #offsetMs: number;
  #lastMs = 0;
  #timer: Timer | undefined;

  private constructor(store: Readable, { leastMs, mostMs }: Bounds, everyMs: number) {
    super();
    this.#store = store;
    this.#everyMs = everyMs;
    this.#offsetMs = (leastMs + mostMs) / 2;
    this.#measureLater();
  }

  static async open(store: Readable, measureEveryMs = MEASURE_EVERY_MS): Promise<DatabaseClock> {
    await measure(store); // Makes the connection, which takes longer than an answer.
    return new DatabaseClock(store, await measure(store), measureEveryMs);
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
    this.#timer = this.#counter.at(this.#counter.now() + this.#everyMs, () => {
      measure(this.#store)
        .then(({ leastMs, mostMs }) => {
          // An answer that took seconds, because the database was away, says no more than this.
          this.#offsetMs = Math.min(Math.max(this.#offsetMs, leastMs), mostMs);
        })
        // A database that is away keeps no time; the last measurement holds until it is back.
        .catch(() => {})
        .finally(() => this.#measureLater());
    });
  }
}

/** The answer was made at some time between asking and hearing it. */
async function measure(store: Readable): Promise<Bounds> {
  const clock = new RealClock();
  const beforeMs = clock.monotonicMs();
  const [row] = await store.read(serverTime, []);
  const nowMs = Number(row!.now_ms);
  return { leastMs: nowMs - clock.monotonicMs(), mostMs: nowMs - beforeMs };
}
