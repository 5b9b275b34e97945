import { type Change, insert, type Store, statement } from "../../store/store.ts";
import type { BusEvent } from "../bus-event.ts";

/** Where an event stands in an archive: by its time, then by when it came. */
export interface Position {
  readonly atMs: number;
  readonly id: number;
}

export interface ArchivedEvent extends Position {
  readonly event: BusEvent;
}

const insertOne = insert("archivedEvent.insert", "archived_events", {
  archive_id: "bigint",
  at: "bigint",
  size: "bigint",
  event: "text",
});
const after = statement(
  "archivedEvent.after",
  `SELECT at, id, event FROM archived_events
   WHERE archive_id = $1 AND (at > $2 OR (at = $2 AND id > $3)) AND at <= $4 ORDER BY at, id LIMIT $5`,
);
const count = statement(
  "archivedEvent.count",
  `SELECT COUNT(*) AS events, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM archived_events
   WHERE archive_id = $1 AND at >= $2`,
);
const first = statement(
  "archivedEvent.first",
  "SELECT at FROM archived_events WHERE archive_id = $1 ORDER BY at, id LIMIT 1",
);
const remove = statement(
  "archivedEvent.remove",
  `DELETE FROM archived_events WHERE id IN
     (SELECT id FROM archived_events WHERE archive_id = $1 AND at < $2 ORDER BY at, id LIMIT $3) RETURNING id`,
);

export const archivedEvents = {
  /** `bytes` is the event's size as targets get it. */
  insert(archiveId: number, event: BusEvent, bytes: number): Change {
    return { statement: insertOne, params: [archiveId, event.timeMs, bytes, JSON.stringify(event)] };
  },
  /** The next events behind a position, up to a time. */
  async after(
    store: Store,
    archiveId: number,
    position: Position,
    toMs: number,
    most: number,
  ): Promise<ArchivedEvent[]> {
    const rows = await store.read(after, [archiveId, position.atMs, position.id, toMs, most]);
    return rows.map((row) => ({
      atMs: Number(row.at),
      id: Number(row.id),
      event: JSON.parse(String(row.event)) as BusEvent,
    }));
  },
  /** What an archive holds from a time on. */
  async count(store: Store, archiveId: number, fromMs: number): Promise<{ events: number; bytes: number }> {
    const [row] = await store.read(count, [archiveId, fromMs]);
    return { events: Number(row!.events), bytes: Number(row!.bytes) };
  },
  async firstAtMs(store: Store, archiveId: number): Promise<number | undefined> {
    const [row] = await store.read(first, [archiveId]);
    return row && Number(row.at);
  },
  /** Removes the first events before a time, and returns them. */
  remove(archiveId: number, beforeMs: number, most: number): Change {
    return { statement: remove, params: [archiveId, beforeMs, most] };
  },
};
