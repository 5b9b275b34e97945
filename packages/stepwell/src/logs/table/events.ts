import { type Change, insert, type Store, statement } from "../../store/store.ts";
import { type StreamIds, streams } from "./streams.ts";

/** A place between events: they are ordered by time, then by arrival. */
export interface Position {
  readonly atMs: number;
  readonly id: number;
}

/** An event as it is stored. */
export interface StoredEvent extends Position {
  readonly ingestedAtMs: number;
  readonly message: string;
  /** The name of its stream. */
  readonly stream: string;
}

/** An event to be stored. */
export interface NewEvent {
  readonly atMs: number;
  readonly message: string;
}

/** Events of a group or of one stream between two positions, neither of them included. */
export interface EventRange {
  readonly of: { readonly group: number } | { readonly stream: number };
  readonly after: Position;
  readonly before: Position;
  readonly direction: "forward" | "backward";
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: beside the message. */
const EVENT_OVERHEAD_BYTES = 26;
/** Messages may have 1 MB each, so that pages of them cannot be long. */
const SCAN_PAGE = 128;

const insertOne = insert("logEvent.insert", "log_events", {
  group_id: "bigint",
  stream_id: "bigint",
  at: "bigint",
  ingested_at: "bigint",
  message: "text",
});

/**
 * The next page from a position on, which ends before another (forward: from $2, $3 up to $4, $5; backward: the other
 * way round). Events of the position's own millisecond are asked for by themselves: SQLite does not use an index for
 * `(at, id) > ($2, $3)` beyond its first column where id is the row's own number, and a virtual clock may give all
 * events one time. Events of a deleted stream are out of sight, though their rows may still be there.
 */
function scanning(column: "group_id" | "stream_id", order: "ASC" | "DESC"): string {
  const [from, to, beyond] = order === "ASC" ? ["$2", "$3", ">"] : ["$4", "$5", "<"];
  const page = (where: string) => `SELECT * FROM (
    SELECT e.id, e.at, e.ingested_at, e.message, s.name FROM log_events e JOIN log_streams s ON s.id = e.stream_id
    WHERE e.${column} = $1 AND ${where} AND (e.at, e.id) > ($2, $3) AND (e.at, e.id) < ($4, $5)
    ORDER BY e.at ${order}, e.id ${order} LIMIT $6) AS page`;
  return `${page(`e.at = ${from} AND e.id ${beyond} ${to}`)} UNION ALL ${page(`e.at ${beyond} ${from}`)}
    ORDER BY at ${order}, id ${order} LIMIT $6`;
}
const scans = {
  group: {
    forward: statement("logEvent.ofGroup", scanning("group_id", "ASC")),
    backward: statement("logEvent.ofGroupDown", scanning("group_id", "DESC")),
  },
  stream: {
    forward: statement("logEvent.ofStream", scanning("stream_id", "ASC")),
    backward: statement("logEvent.ofStreamDown", scanning("stream_id", "DESC")),
  },
};

const firstOfGroup = statement("logEvent.first", "SELECT MIN(at) AS at FROM log_events WHERE group_id = $1");
const expired = statement(
  "logEvent.expired",
  `SELECT id, at, stream_id, octet_length(message) AS bytes FROM log_events
   WHERE group_id = $1 AND at < $2 ORDER BY at, id LIMIT $3`,
);
const deleteUpTo = statement(
  "logEvent.deleteUpTo",
  "DELETE FROM log_events WHERE group_id = $1 AND (at, id) <= ($2, $3)",
);
function purging(column: "group_id" | "stream_id"): string {
  return `DELETE FROM log_events WHERE id IN
    (SELECT id FROM log_events WHERE ${column} = $1 ORDER BY at, id LIMIT $2) RETURNING id`;
}
const purges = {
  group: statement("logEvent.purgeGroup", purging("group_id")),
  stream: statement("logEvent.purgeStream", purging("stream_id")),
};

/** How much an event counts of every limit and total. */
export function eventBytes(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
}

export const events = {
  /** Adds events to a stream; conflicts when that is gone. */
  append(ids: StreamIds, added: readonly NewEvent[], ingestedAtMs: number): Change[] {
    let [firstAtMs, lastAtMs, bytes] = [Number.POSITIVE_INFINITY, 0, 0];
    const rows = added.map(({ atMs, message }): Change => {
      const text = storable(message);
      firstAtMs = Math.min(firstAtMs, atMs);
      lastAtMs = Math.max(lastAtMs, atMs);
      bytes += eventBytes(text);
      return { statement: insertOne, params: [ids.groupId, ids.streamId, atMs, ingestedAtMs, text] };
    });
    return [streams.grow(ids.streamId, { firstAtMs, lastAtMs, ingestedAtMs, bytes }), ...rows];
  },

  /** Reads a range page by page, letting other work go on in between. */
  async *scan(store: Store, { of, after, before, direction }: EventRange): AsyncGenerator<StoredEvent> {
    const scan = ("group" in of ? scans.group : scans.stream)[direction];
    const id = "group" in of ? of.group : of.stream;
    let [from, to] = [after, before];
    for (;;) {
      const rows = await store.read(scan, [id, from.atMs, from.id, to.atMs, to.id, SCAN_PAGE]);
      for (const row of rows) {
        yield {
          id: Number(row.id),
          atMs: Number(row.at),
          ingestedAtMs: Number(row.ingested_at),
          message: String(row.message),
          stream: String(row.name),
        };
      }
      if (rows.length < SCAN_PAGE) return;
      const last = { atMs: Number(rows.at(-1)!.at), id: Number(rows.at(-1)!.id) };
      if (direction === "forward") from = last;
      else to = last;
      await new Promise(setImmediate);
    }
  },

  /** The time of a group's earliest event. */
  async firstAtMs(store: Store, groupId: number): Promise<number | undefined> {
    const [row] = await store.read(firstOfGroup, [groupId]);
    return row?.at == null ? undefined : Number(row.at);
  },

  /** The changes that remove up to `most` events of a group from before `beforeMs`, or none when there are none. */
  async expire(store: Store, groupId: number, beforeMs: number, most: number): Promise<Change[]> {
    const rows = await store.read(expired, [groupId, beforeMs, most]);
    const last = rows.at(-1);
    if (!last) return [];
    const bytes = new Map<number, number>();
    for (const row of rows) {
      const stream = Number(row.stream_id);
      bytes.set(stream, (bytes.get(stream) ?? 0) + Number(row.bytes) + EVENT_OVERHEAD_BYTES);
    }
    return [
      { statement: deleteUpTo, params: [groupId, last.at!, last.id!] },
      ...[...bytes].map(([stream, sum]) => streams.shrink(stream, sum)),
    ];
  },

  /** Removes up to `most` events of a group or stream that is gone; returns a row for each. */
  purge(of: EventRange["of"], most: number): Change {
    return "group" in of
      ? { statement: purges.group, params: [of.group, most] }
      : { statement: purges.stream, params: [of.stream, most] };
  },
};

/** No store has NUL in a text. */
function storable(message: string): string {
  return message.includes("\0") ? message.replaceAll("\0", "\ufffd") : message;
}
