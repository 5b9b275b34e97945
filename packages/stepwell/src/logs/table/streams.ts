import { type Change, type Row, type Store, statement } from "../../store/store.ts";
import { LAST_TEXT, type Place } from "../names.ts";

/** A log stream as it is stored. */
export interface LogStream {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  /** The times of events are absent until there is one. */
  readonly firstEventAtMs?: number;
  readonly lastEventAtMs?: number;
  readonly lastIngestedAtMs?: number;
}

/** The numbers of a stream and its group. */
export interface StreamIds {
  readonly groupId: number;
  readonly streamId: number;
}

const COLUMNS = "id, name, created_at, first_event_at, last_event_at, last_ingested_at";

const find = statement(
  "logStream.find",
  `SELECT g.id AS group_id, s.id AS stream_id FROM log_groups g
   JOIN log_streams s ON s.group_id = g.id AND s.name = $4
   WHERE g.account = $1 AND g.region = $2 AND g.name = $3`,
);

function listByName(beyond: ">" | "<", order: "ASC" | "DESC"): string {
  return `SELECT ${COLUMNS} FROM log_streams
    WHERE group_id = $1 AND name ${beyond} $2 AND name >= $3 AND name < $4 ORDER BY name ${order} LIMIT $5`;
}

/** A stream without events comes before all others. */
function listByTime(beyond: ">" | "<", order: "ASC" | "DESC"): string {
  return `SELECT ${COLUMNS} FROM log_streams
    WHERE group_id = $1 AND (COALESCE(last_event_at, 0), name) ${beyond} ($2, $3)
    ORDER BY COALESCE(last_event_at, 0) ${order}, name ${order} LIMIT $4`;
}

const byName = {
  ascending: statement("logStream.byName", listByName(">", "ASC")),
  descending: statement("logStream.byNameDown", listByName("<", "DESC")),
};
const byTime = {
  ascending: statement("logStream.byTime", listByTime(">", "ASC")),
  descending: statement("logStream.byTimeDown", listByTime("<", "DESC")),
};

/** The casts tell PostgreSQL the types of a select list's parameters. */
const SELECT_NEW = "SELECT CAST($1 AS BIGINT), id, CAST($2 AS TEXT), CAST($3 AS BIGINT), 0 FROM log_groups";
const insertOne = statement(
  "logStream.insert",
  `INSERT INTO log_streams (id, group_id, name, created_at, stored_bytes) ${SELECT_NEW} WHERE id = $4`,
);
const ensureOne = statement(
  "logStream.ensure",
  `INSERT INTO log_streams (id, group_id, name, created_at, stored_bytes) ${SELECT_NEW}
   WHERE account = $4 AND region = $5 AND name = $6 ON CONFLICT (group_id, name) DO NOTHING`,
);
const grow = statement(
  "logStream.grow",
  `UPDATE log_streams SET
     first_event_at = CASE WHEN first_event_at <= $1 THEN first_event_at ELSE $1 END,
     last_event_at = CASE WHEN last_event_at >= $2 THEN last_event_at ELSE $2 END,
     last_ingested_at = $3, stored_bytes = stored_bytes + $4
   WHERE id = $5`,
);
const shrink = statement(
  "logStream.shrink",
  "UPDATE log_streams SET stored_bytes = stored_bytes - $1 WHERE id = $2",
);
const deleteOne = statement("logStream.delete", "DELETE FROM log_streams WHERE id = $1");
const deleteOfGroup = statement("logStream.deleteOfGroup", "DELETE FROM log_streams WHERE group_id = $1");

/** Events that came into a stream together. */
export interface Growth {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly ingestedAtMs: number;
  readonly bytes: number;
}

export const streams = {
  async find(store: Store, place: Place, groupName: string, name: string): Promise<StreamIds | undefined> {
    const [row] = await store.read(find, [place.account, place.region, groupName, name]);
    return row && { groupId: Number(row.group_id), streamId: Number(row.stream_id) };
  },
  /** In the order of their names, beyond `beyondName` in that order. */
  async listByName(
    store: Store,
    groupId: number,
    listing: { beyondName: string | undefined; prefix: string; descending: boolean; most: number },
  ): Promise<LogStream[]> {
    const { prefix, descending, most } = listing;
    const beyond = listing.beyondName ?? (descending ? LAST_TEXT : "");
    const rows = await store.read(descending ? byName.descending : byName.ascending, [
      ...[groupId, beyond, prefix, prefix + LAST_TEXT, most],
    ]);
    return rows.map(toStream);
  },
  /** In the order of their last events, beyond that of `beyond` in that order. */
  async listByTime(
    store: Store,
    groupId: number,
    listing: { beyond: { atMs: number; name: string } | undefined; descending: boolean; most: number },
  ): Promise<LogStream[]> {
    const { descending, most } = listing;
    const end = descending ? { atMs: Number.MAX_SAFE_INTEGER, name: "" } : { atMs: -1, name: "" };
    const { atMs, name } = listing.beyond ?? end;
    const rows = await store.read(descending ? byTime.descending : byTime.ascending, [
      ...[groupId, atMs, name, most],
    ]);
    return rows.map(toStream);
  },
  /** Conflicts with a stream of that name, and when the group is gone. */
  insert(groupId: number, id: number, name: string, nowMs: number): Change {
    return { statement: insertOne, params: [id, name, nowMs, groupId], rows: 1 };
  },
  /** Makes the stream unless there is one. */
  ensure(place: Place, groupName: string, id: number, name: string, nowMs: number): Change {
    return { statement: ensureOne, params: [id, name, nowMs, place.account, place.region, groupName] };
  },
  /** Conflicts when the stream is gone. */
  grow(id: number, { firstAtMs, lastAtMs, ingestedAtMs, bytes }: Growth): Change {
    return { statement: grow, params: [firstAtMs, lastAtMs, ingestedAtMs, bytes, id], rows: 1 };
  },
  shrink(id: number, bytes: number): Change {
    return { statement: shrink, params: [bytes, id] };
  },
  delete(id: number): Change {
    return { statement: deleteOne, params: [id], rows: 1 };
  },
  deleteOfGroup(groupId: number): Change {
    return { statement: deleteOfGroup, params: [groupId] };
  },
};

function toStream(row: Row): LogStream {
  return {
    id: Number(row.id),
    name: String(row.name),
    createdAtMs: Number(row.created_at),
    ...(row.last_event_at === null
      ? {}
      : {
          firstEventAtMs: Number(row.first_event_at),
          lastEventAtMs: Number(row.last_event_at),
          lastIngestedAtMs: Number(row.last_ingested_at),
        }),
  };
}
