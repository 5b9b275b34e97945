import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import { Conflict } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { Place } from "./names.ts";
import { randomNumber } from "./numbers.ts";
import { groups } from "./table/groups.ts";
import { type StreamIds, streams } from "./table/streams.ts";

/** A stream by its names. */
export interface StreamName extends Place {
  readonly logGroup: string;
  readonly logStream: string;
}

/** As many as a busy node has instances; beyond it the oldest are forgotten. */
const MOST_KNOWN = 1000;

/** The numbers of the streams that functions write to. Groups and streams come into being when they are asked for. */
export class KnownStreams {
  readonly #store: Store;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #known = new Map<string, StreamIds>();

  constructor(options: { store: Store; ids: Ids; clock: Clock }) {
    this.#store = options.store;
    this.#ids = options.ids;
    this.#clock = options.clock;
  }

  /**
   * The numbers of each stream, by the keys that it is asked for with. Rejects with Conflict when one is deleted at
   * this very moment.
   */
  async resolve(wanted: ReadonlyMap<string, StreamName>): Promise<ReadonlyMap<string, StreamIds>> {
    const missing = [...wanted].filter(([key]) => !this.#known.has(key));
    if (missing.length > 0) await this.#make(missing.map(([, name]) => name));
    for (const [key, name] of missing) {
      const ids = await streams.find(this.#store, name, name.logGroup, name.logStream);
      if (!ids) throw new Conflict(0, "logStream.find", `found no stream ${name.logStream}`);
      this.#known.set(key, ids);
    }
    const resolved = new Map([...wanted.keys()].map((key) => [key, this.#known.get(key)!]));
    for (const key of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(key);
    }
    return resolved;
  }

  /** Looks them up again the next time. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#known.delete(key);
  }

  async #make(names: readonly StreamName[]): Promise<void> {
    const nowMs = this.#clock.now();
    const changes = names.flatMap((name) => [
      groups.ensure(name, randomNumber(this.#ids), name.logGroup, nowMs),
      streams.ensure(name, name.logGroup, randomNumber(this.#ids), name.logStream, nowMs),
    ]);
    await this.#store.commit(changes, { key: "logs" });
  }
}
