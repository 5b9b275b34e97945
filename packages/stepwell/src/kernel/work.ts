import { type Change, insert, type Row, type Store, statement } from "../store/store.ts";

/**
 * Something to do not before a time. One row is at once the queue entry, the timer and the lock: whoever has its name
 * in `owner` may act, and every change states owner and version, so one who lost the item changes nothing.
 */
export interface WorkItem {
  /** `ACCOUNT/REGION/KIND/ID`. */
  readonly key: string;
  /** Which part of Stepwell handles it. */
  readonly kind: string;
  /** When it was first due: order and lag are measured by it. It never changes. */
  readonly dueAtMs: number;
  /** When it may be claimed next: a timer, a retry delay. */
  readonly availableAtMs: number;
  readonly version: number;
  /** Whose turn it is: the name of the function that it is for. Empty for work that waits for no function. */
  readonly lane: string;
  /** Whatever its handler needs, as JSON text. */
  readonly data: string;
}

/** A new item; it has no lane unless it says so. */
export type NewWorkItem = Omit<WorkItem, "version" | "lane"> & { readonly lane?: string };

/**
 * Who looks for work. What another node has had last is left to it for `othersFirstMs` after it is due: nodes that reached
 * for the same items would find most of them taken. 0 where there is no other node.
 */
export interface Seeker {
  readonly owner: string;
  readonly othersFirstMs: number;
}

/** An item that this node holds, or has seen free, at a version. */
export interface WorkLock {
  readonly key: string;
  readonly version: number;
}

const insertWork = insert("work.insert", "work", {
  key: "text",
  kind: "text",
  due_at: "bigint",
  available_at: "bigint",
  owner: "text",
  version: "bigint",
  dirty: "integer",
  lane: "text",
  data: "text",
});

/**
 * One that is there already becomes due no later than the new one would be, also when it is held meanwhile. One that is
 * free and due before is not touched: its row would be locked, by whoever is to end, until that is durable. It may be
 * claimed meanwhile, so its handler must not sleep for longer than the shortest time that anybody asks for.
 */
const insertEarlier = statement(
  "work.insertEarlier",
  `INSERT INTO work (key, kind, due_at, available_at, owner, version, dirty, lane, data)
   SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($3 AS BIGINT), NULL, 1, 0, '', ''
   WHERE NOT EXISTS (SELECT 1 FROM work WHERE key = $1 AND owner IS NULL AND available_at <= $3)
   ON CONFLICT (key) DO UPDATE SET home = NULL, dirty = CASE WHEN work.owner IS NULL THEN work.dirty ELSE 1 END,
     available_at = CASE WHEN work.available_at > excluded.available_at THEN excluded.available_at
                         ELSE work.available_at END`,
);

/**
 * A claimed item is available in the sense of its time, so that it is due at once when its owner is lost. `dirty`
 * stays: who claims like this has not read the inbox, so the item must come back.
 */
const claimOne = statement(
  "work.claim",
  `UPDATE work SET owner = $1, version = version + 1, available_at = $2
   WHERE key = $3 AND version = $4 AND owner IS NULL`,
);

/** How long an item is left to others: a time that is added to the one from which it is free. */
function othersFirst(owner: string, forMs: string): string {
  return `CASE WHEN home IS NULL OR home = ${owner} THEN 0 ELSE CAST(${forMs} AS BIGINT) END`;
}

/** Whether an item's kind is none of `$n`: names between commas, `,a,b,`. */
function isNoneOf(kinds: string): string {
  return `(CAST(${kinds} AS TEXT) = '' OR REPLACE(${kinds}, ',' || kind || ',', '') = ${kinds})`;
}

/**
 * Claims in the order of availability, a bounded number at a time. Materialized: PostgreSQL may evaluate a plain subquery
 * again for every row, and each time find another `$3` of them (3,000 were claimed of 64 asked for).
 */
function claiming(condition: string): string {
  return `WITH due AS MATERIALIZED
     (SELECT key FROM work WHERE owner IS NULL AND available_at <= $2 AND ${isNoneOf("$4")}
        AND (home IS NULL OR home = $1 OR available_at <= $5) ${condition}
      ORDER BY available_at, key LIMIT $3 FOR UPDATE SKIP LOCKED)
   UPDATE work SET owner = $1, version = version + 1, dirty = 0
   WHERE owner IS NULL AND key IN (SELECT key FROM due)
   RETURNING key, kind, due_at, available_at, version, lane, data`;
}
const claimDue = statement("work.claimDue", claiming(""));
const claimDueOf = statement("work.claimDueOf", claiming("AND lane = $6"));

/**
 * Every lane that has free items, with the time of its first. It goes from lane to lane by the index, so that ten
 * thousand items of one cost no more than a single one.
 */
const firstOfLanes = statement(
  "work.firstOfLanes",
  `WITH RECURSIVE lanes (lane) AS (
     SELECT MIN(lane) FROM work WHERE owner IS NULL
     UNION ALL
     SELECT (SELECT MIN(w.lane) FROM work w WHERE w.owner IS NULL AND w.lane > lanes.lane)
     FROM lanes WHERE lanes.lane IS NOT NULL
   )
   SELECT lane, (SELECT available_at + ${othersFirst("$2", "$3")} FROM work w WHERE w.owner IS NULL AND w.lane = lanes.lane AND ${isNoneOf("$1")}
     ORDER BY available_at LIMIT 1) AS at FROM lanes WHERE lane IS NOT NULL`,
);

/**
 * An item made dirty while it was held becomes due at once, so that no wake-up is lost. The cast tells PostgreSQL the
 * type of parameters that are compared with each other alone.
 */
function releasing(home: "owner" | "NULL"): string {
  return `UPDATE work SET owner = NULL, home = ${home}, version = version + 1, dirty = 0,
     available_at = CASE WHEN dirty = 1 AND CAST($1 AS BIGINT) > $2 THEN $2 ELSE $1 END
   WHERE key = $3 AND owner = $4 AND version = $5 RETURNING available_at`;
}
const releaseOne = statement("work.release", releasing("owner"));
const leaveOne = statement("work.leave", releasing("NULL"));

const keepOne = statement(
  "work.keep",
  "UPDATE work SET owner = owner WHERE key = $1 AND owner = $2 AND version = $3",
);

const moveOne = statement(
  "work.move",
  `UPDATE work SET version = version + 1, home = $4,
     available_at = CASE WHEN dirty = 1 THEN available_at ELSE $1 END
   WHERE key = $2 AND owner IS NULL AND version = $3 RETURNING available_at`,
);

const finishOne = statement("work.finish", "DELETE FROM work WHERE key = $1 AND owner = $2 AND version = $3");
const finishFree = statement(
  "work.finishFree",
  "DELETE FROM work WHERE key = $1 AND owner IS NULL AND version = $2",
);

const finishUnlessDirty = statement(
  "work.finishUnlessDirty",
  "DELETE FROM work WHERE key = $1 AND owner = $2 AND version = $3 AND dirty = 0",
);

const MARK_DIRTY = `UPDATE work SET dirty = 1, home = NULL,
  available_at = CASE WHEN available_at > $1 THEN $1 ELSE available_at END WHERE key = $2`;
const markDirty = statement("work.markDirty", MARK_DIRTY);
const leaveFor = statement("work.leaveFor", `${MARK_DIRTY} RETURNING owner`);

const readOne = statement("work.read", "SELECT owner, version, available_at FROM work WHERE key = $1");
const readHeld = statement(
  "work.held",
  "SELECT key, kind, due_at, available_at, version, lane, data FROM work WHERE owner = $1",
);
const dirtyKeys = statement("work.dirtyKeys", "SELECT key FROM work WHERE owner = $1 AND dirty = 1");
const freeAll = statement(
  "work.freeAll",
  "UPDATE work SET owner = NULL, version = version + 1 WHERE owner IS NOT NULL",
);
const readFree = statement(
  "work.readFree",
  `SELECT key, kind, due_at, available_at, version, data FROM work
   WHERE owner IS NULL AND available_at <= $1 ORDER BY available_at, key LIMIT $2`,
);
const nextAvailable = statement(
  "work.next",
  `SELECT available_at AS at FROM work WHERE owner IS NULL AND ${isNoneOf("$1")} ORDER BY available_at, key LIMIT 1`,
);
/** The first item of all, or of those that are not left to others: two short walks along the index. */
const nextFor = statement(
  "work.nextFor",
  `WITH first AS MATERIALIZED
     (SELECT available_at, available_at + ${othersFirst("$2", "$3")} AS at FROM work
      WHERE owner IS NULL AND ${isNoneOf("$1")} ORDER BY available_at, key LIMIT 1)
   SELECT CASE WHEN own < at THEN own ELSE at END AS at FROM
     (SELECT at, (SELECT w.available_at FROM work w
        WHERE w.owner IS NULL AND ${isNoneOf("$1")} AND (w.home IS NULL OR w.home = $2)
          AND w.available_at >= first.available_at AND w.available_at < first.at
        ORDER BY w.available_at, w.key LIMIT 1) AS own FROM first) AS found`,
);

export interface NextOfLane {
  readonly lane: string;
  readonly atMs: number;
}

/** The changes and reads of work items; who uses them states owner and version, never an earlier SELECT. */
export const work = {
  /** A new item, free until `availableAtMs`. */
  insert(item: NewWorkItem): Change {
    return inserted(item, null);
  },
  /** A new item that its creator holds already, at version 1. */
  insertClaimed(item: NewWorkItem, owner: string): Change {
    return inserted(item, owner);
  },
  /** An item of which there is one, such as a kind of housekeeping: made, or made due by `availableAtMs`. */
  insertEarlier(key: string, kind: string, availableAtMs: number): Change {
    return { statement: insertEarlier, params: [key, kind, availableAtMs] };
  },
  /** Takes a free item: the new lock has the next version. */
  claim({ key, version }: WorkLock, owner: string, nowMs: number): Change {
    return { statement: claimOne, params: [owner, nowMs, key, version], rows: 1 };
  },
  /** Takes what is due, of one lane or of all, but for kinds that are not to be taken. */
  claimDue(seeker: Seeker, nowMs: number, most: number, not: readonly string[], lane?: string): Change {
    const { owner, othersFirstMs } = seeker;
    const params = [owner, nowMs, most, listed(not), nowMs - othersFirstMs];
    return lane === undefined
      ? { statement: claimDue, params }
      : { statement: claimDueOf, params: [...params, lane] };
  },
  /** Gives a held item back until `availableAtMs`; returns when it is really available. */
  release({ key, version }: WorkLock, owner: string, availableAtMs: number, nowMs: number): Change {
    return { statement: releaseOne, params: [availableAtMs, nowMs, key, owner, version], rows: 1 };
  },
  /** As `release`, of an item that this node has no advantage with: anybody may take it as soon as it is available. */
  leave({ key, version }: WorkLock, owner: string, availableAtMs: number, nowMs: number): Change {
    return { statement: leaveOne, params: [availableAtMs, nowMs, key, owner, version], rows: 1 };
  },
  /** Changes nothing; a guard: the item is still held. */
  keep({ key, version }: WorkLock, owner: string): Change {
    return { statement: keepOne, params: [key, owner, version], rows: 1 };
  },
  /** Changes the time of a free item, which this node alone may know. */
  move({ key, version }: WorkLock, owner: string, availableAtMs: number): Change {
    return { statement: moveOne, params: [availableAtMs, key, version, owner], rows: 1 };
  },
  /** Removes an item that is done: one that is held by `owner`, or a free one when `owner` is null. */
  finish({ key, version }: WorkLock, owner: string | null): Change {
    return owner === null
      ? { statement: finishFree, params: [key, version], rows: 1 }
      : { statement: finishOne, params: [key, owner, version], rows: 1 };
  },
  /** Removes a held item; conflicts when something was left for it since it was claimed. */
  finishUnlessDirty({ key, version }: WorkLock, owner: string): Change {
    return { statement: finishUnlessDirty, params: [key, owner, version], rows: 1 };
  },
  /** Tells whoever holds the item, or will, that its inbox has something. */
  markDirty(key: string, nowMs: number): Change {
    return { statement: markDirty, params: [nowMs, key] };
  },
  /** As `markDirty`, of an item that must exist; returns its `owner`: null when somebody has to claim it. */
  leaveFor(key: string, nowMs: number): Change {
    return { statement: leaveFor, params: [nowMs, key], rows: 1 };
  },
  /** Frees every item: for an embedded store at opening, when no other process can hold one. */
  freeAll(): Change {
    return { statement: freeAll, params: [] };
  },
  async read(store: Store, key: string): Promise<(WorkLock & { owner: string | null }) | undefined> {
    const [row] = await store.read(readOne, [key]);
    return row && { key, version: Number(row.version), owner: row.owner as string | null };
  },
  /** Free items that are available at `atMs`, the first of them first. */
  async free(store: Store, atMs: number, most: number): Promise<WorkItem[]> {
    return (await store.read(readFree, [atMs, most])).map(work.item);
  },
  /** All that a node holds. */
  async held(store: Store, owner: string): Promise<WorkItem[]> {
    return (await store.read(readHeld, [owner])).map(work.item);
  },
  /** Held items that something was left for since they were claimed. */
  async dirtyKeys(store: Store, owner: string): Promise<string[]> {
    return (await store.read(dirtyKeys, [owner])).map((row) => String(row.key));
  },
  /** When the next free item may be taken, apart from kinds that are not to be. */
  async nextAvailableMs(
    store: Store,
    not: readonly string[],
    { owner, othersFirstMs }: Seeker,
  ): Promise<number | undefined> {
    const [row] =
      othersFirstMs === 0
        ? await store.read(nextAvailable, [listed(not)])
        : await store.read(nextFor, [listed(not), owner, othersFirstMs]);
    return row && Number(row.at);
  },
  /**
   * When the first free item of each lane may be taken, the earliest lane first; own ones behind one that is left to others
   * wait with it.
   */
  async nextOfLanes(
    store: Store,
    not: readonly string[],
    { owner, othersFirstMs }: Seeker,
  ): Promise<readonly NextOfLane[]> {
    const rows = await store.read(firstOfLanes, [listed(not), owner, othersFirstMs]);
    return rows
      .filter((row) => row.at !== null)
      .map((row) => ({ lane: String(row.lane), atMs: Number(row.at) }))
      .sort((a, b) => a.atMs - b.atMs);
  },
  item(row: Row): WorkItem {
    return {
      key: String(row.key),
      kind: String(row.kind),
      dueAtMs: Number(row.due_at),
      availableAtMs: Number(row.available_at),
      version: Number(row.version),
      lane: String(row.lane),
      data: String(row.data),
    };
  },
};

function inserted(item: NewWorkItem, owner: string | null): Change {
  const { key, kind, dueAtMs, availableAtMs, lane = "", data } = item;
  return { statement: insertWork, params: [key, kind, dueAtMs, availableAtMs, owner, 1, 0, lane, data] };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "" : `,${names.join(",")},`;
}
