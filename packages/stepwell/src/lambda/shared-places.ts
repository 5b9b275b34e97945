import { RealClock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { untilSettled, untilStored } from "../kernel/until-stored.ts";
import { type WorkLock, work } from "../kernel/work.ts";
import { OutcomeUnknown } from "../store/errors.ts";
import { type Store, statement } from "../store/store.ts";
import type { PlacesOf } from "./reservations.ts";

/** The kind of the work items that are places. */
const PLACE_WORK = "reserved-place";
/** A place that another node has taken in the same moment is no sign that all are taken. */
const MOST_TRIES = 10;

/**
 * Takes one of `$5` places whose keys begin with `$1` (`$2` is the first key after them), if fewer are held: the first
 * free one from `$6` on, so that rivals seldom want the same. More may be held than there are, where there were more.
 */
const takePlace = statement(
  "place.take",
  `WITH RECURSIVE places (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM places WHERE n + 1 < CAST($5 AS INTEGER))
   INSERT INTO work (key, kind, due_at, available_at, owner, version, dirty, lane, data)
   SELECT CAST($1 AS TEXT) || n, '${PLACE_WORK}', CAST($4 AS BIGINT), CAST($4 AS BIGINT), CAST($3 AS TEXT), 1, 0, '',
     CAST($7 AS TEXT)
   FROM places
   WHERE NOT EXISTS (SELECT 1 FROM work held WHERE held.key = CAST($1 AS TEXT) || n AND held.owner IS NOT NULL)
     AND (SELECT COUNT(*) FROM work held WHERE held.key > $1 AND held.key < $2 AND held.owner IS NOT NULL) < $5
   ORDER BY (n + CAST($6 AS INTEGER)) % CAST($5 AS INTEGER) LIMIT 1
   ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, version = work.version + 1, data = excluded.data
     WHERE work.owner IS NULL
   RETURNING key, version`,
);
const countPlaces = statement(
  "place.count",
  "SELECT COUNT(*) AS n FROM work WHERE key > $1 AND key < $2 AND owner IS NOT NULL",
);
const takeBack = statement("place.takeBack", "DELETE FROM work WHERE owner = $1 AND data = $2");

export interface SharedPlacesOptions {
  readonly store: Store;
  readonly ids: Ids;
  readonly log: Logger;
  readonly dispatcher: Dispatcher;
  /** This node's name in work items. */
  readonly owner: string;
}

/**
 * The places of functions with reserved concurrency, where several nodes run them: a place is a work item that is held
 * while an invocation runs, so that a dead node's are freed with the rest of what it held.
 */
export class SharedPlaces {
  readonly #options: SharedPlacesOptions;
  readonly #clock = new RealClock();
  readonly #held = new Set<string>();
  #closing = false;

  constructor(options: SharedPlacesOptions) {
    this.#options = options;
    // One that is free was a dead node's: whoever takes places makes them anew.
    options.dispatcher.handle(
      PLACE_WORK,
      async (item) => {
        await options.store.commit([work.finish(item, options.owner)], { key: item.key });
      },
      (key) => this.#held.has(key),
    );
  }

  /** How many places of a function are taken. */
  async taken(of: PlacesOf): Promise<number> {
    const [held] = await this.#options.store.read(countPlaces, rangeOf(keysOf(of)));
    return Number(held!.n);
  }

  /** Takes a place of `most` that a function has; undefined when all are taken. */
  async take(of: PlacesOf, most: number): Promise<WorkLock | undefined> {
    const { store, ids, owner } = this.#options;
    const keys = keysOf(of);
    const range = rangeOf(keys);
    for (let tries = 0; most > 0 && tries < MOST_TRIES; tries++) {
      const id = ids.uuid();
      const params = [...range, owner, this.#clock.now(), most, Math.floor(ids.random() * most), id];
      const taking = store.commit([{ statement: takePlace, params }], { key: keys });
      const [rows] = await taking.catch((error: unknown) => {
        if (error instanceof OutcomeUnknown) void this.#takeBack(error, id);
        throw error;
      });
      const [row] = rows!;
      if (row) {
        const place = { key: String(row.key), version: Number(row.version) };
        this.#held.add(place.key);
        return place;
      }
      if ((await this.taken(of)) >= most) return undefined;
    }
    return undefined;
  }

  /** Resolves when it is free for others. */
  async leave(place: WorkLock): Promise<void> {
    const { store, log, owner } = this.#options;
    const options = {
      clock: this.#clock,
      log,
      what: `the release of ${place.key}`,
      closing: () => this.#closing,
    };
    const finish = { ...work.finish(place, owner) };
    try {
      await untilStored(options, () => store.commit([finish], { key: place.key.replace(/\/\d+$/, "") }));
    } catch {
      // This node was taken for dead, and the place is not its own any more.
    } finally {
      this.#held.delete(place.key);
    }
  }

  /** What is still held when the node leaves is freed with the rest. */
  close(): void {
    this.#closing = true;
  }

  /** Nobody uses a place that could not be said to be taken. */
  async #takeBack(unknown: OutcomeUnknown, id: string): Promise<void> {
    const { store, log, owner } = this.#options;
    const options = { clock: this.#clock, log, what: "the release of a place", closing: () => this.#closing };
    await untilSettled(unknown, options);
    const change = { statement: takeBack, params: [owner, id] };
    await untilStored(options, () => store.commit([change], { key: owner })).catch((error: unknown) =>
      log.error({ error }, "a place may stay taken until this node leaves"),
    );
  }
}

function keysOf({ account, region, name }: PlacesOf): string {
  return `${account}/${region}/${PLACE_WORK}/${name}`;
}

/** The first key, and the first after all of them. */
function rangeOf(keys: string): readonly [string, string] {
  return [`${keys}/`, `${keys}0`];
}
