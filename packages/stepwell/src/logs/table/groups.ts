import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import { LAST_TEXT, type Place } from "../names.ts";

/** A log group as it is stored. */
export interface LogGroup {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  /** `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`. */
  readonly class: string;
  readonly kmsKey?: string;
  /** Events are kept for ever when absent. */
  readonly retentionDays?: number;
  readonly tags: Readonly<Record<string, string>>;
}

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The time before which the group's events have expired. */
export function keptFromMs({ retentionDays }: LogGroup, nowMs: number): number {
  return retentionDays === undefined ? 0 : nowMs - retentionDays * DAY_MS;
}

const COLUMNS = "id, name, created_at, class, kms_key, retention_days, tags";

const find = statement(
  "logGroup.find",
  `SELECT ${COLUMNS} FROM log_groups WHERE account = $1 AND region = $2 AND name = $3`,
);
const findRetention = statement("logGroup.retention", "SELECT retention_days FROM log_groups WHERE id = $1");
const list = statement(
  "logGroup.list",
  `SELECT ${COLUMNS},
     (SELECT CAST(COALESCE(SUM(stored_bytes), 0) AS BIGINT) FROM log_streams WHERE group_id = g.id) AS stored_bytes
   FROM log_groups g WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5
   ORDER BY name LIMIT $6`,
);
const insertOne = insert("logGroup.insert", "log_groups", {
  id: "bigint",
  account: "text",
  region: "text",
  name: "text",
  created_at: "bigint",
  class: "text",
  kms_key: "text",
  retention_days: "integer",
  tags: "text",
});
const ensureOne = statement(
  "logGroup.ensure",
  `INSERT INTO log_groups (id, account, region, name, created_at, class, tags)
   VALUES ($1, $2, $3, $4, $5, 'STANDARD', '{}') ON CONFLICT (account, region, name) DO NOTHING`,
);
const setRetention = statement(
  "logGroup.setRetention",
  "UPDATE log_groups SET retention_days = $1 WHERE id = $2",
);
const keepsForEver = statement(
  "logGroup.keepsForEver",
  "UPDATE log_groups SET retention_days = NULL WHERE id = $1 AND retention_days IS NULL",
);
const setTags = statement("logGroup.setTags", "UPDATE log_groups SET tags = $1 WHERE id = $2 AND tags = $3");
const deleteOne = statement("logGroup.delete", "DELETE FROM log_groups WHERE id = $1");

/** Which groups to list: those beyond a name, with a prefix. */
export interface GroupListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

export const groups = {
  async find(store: Store, place: Place, name: string): Promise<LogGroup | undefined> {
    const [row] = await store.read(find, [place.account, place.region, name]);
    return row && toGroup(row);
  },
  /** By name, each with the bytes of its events. */
  async list(store: Store, listing: GroupListing): Promise<(LogGroup & { readonly storedBytes: number })[]> {
    const { account, region, afterName, prefix, most } = listing;
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map((row) => ({ ...toGroup(row), storedBytes: Number(row.stored_bytes) }));
  },
  /** A group's retention by the group's number: days, null when it keeps for ever, undefined when it is gone. */
  async retentionDays(store: Store, id: number): Promise<number | null | undefined> {
    const [row] = await store.read(findRetention, [id]);
    return row && (row.retention_days as number | null);
  },
  /** Conflicts with a group of that name. */
  insert(place: Place, group: LogGroup): Change {
    const { id, name, createdAtMs, kmsKey, retentionDays, tags } = group;
    return {
      statement: insertOne,
      params: [
        ...[id, place.account, place.region, name, createdAtMs, group.class],
        ...[kmsKey ?? null, retentionDays ?? null, JSON.stringify(tags)],
      ],
    };
  },
  /** Makes a group with AWS's defaults unless there is one. */
  ensure(place: Place, id: number, name: string, nowMs: number): Change {
    return { statement: ensureOne, params: [id, place.account, place.region, name, nowMs] };
  },
  setRetention(id: number, days: number | null): Change {
    return { statement: setRetention, params: [days, id], rows: 1 };
  },
  /** Changes nothing, and conflicts when the group has a retention or is gone. */
  keepsForEver(id: number): Change {
    return { statement: keepsForEver, params: [id], rows: 1 };
  },
  /** Conflicts when its tags are not what they were. */
  setTags(group: LogGroup, tags: LogGroup["tags"]): Change {
    return {
      statement: setTags,
      params: [JSON.stringify(tags), group.id, JSON.stringify(group.tags)],
      rows: 1,
    };
  },
  delete(id: number): Change {
    return { statement: deleteOne, params: [id], rows: 1 };
  },
};

function toGroup(row: Row): LogGroup {
  return {
    id: Number(row.id),
    name: String(row.name),
    createdAtMs: Number(row.created_at),
    class: String(row.class),
    ...(row.kms_key === null ? {} : { kmsKey: String(row.kms_key) }),
    ...(row.retention_days === null ? {} : { retentionDays: Number(row.retention_days) }),
    tags: JSON.parse(String(row.tags)),
  };
}
