import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import { DEFAULT_GROUP, type Place } from "../names.ts";

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface ScheduleGroup {
  readonly name: string;
  /** Absent of a default group that has had no schedule yet. */
  readonly createdAtMs?: number;
  readonly modifiedAtMs?: number;
  /** Of the request that created it. */
  readonly clientToken?: string;
  readonly tags: readonly Tag[];
}

const COLUMNS = "name, created_at, modified_at, client_token, tags";

const find = statement(
  "scheduleGroup.find",
  `SELECT ${COLUMNS} FROM schedule_groups WHERE account = $1 AND region = $2 AND name = $3`,
);
const list = statement(
  "scheduleGroup.list",
  `SELECT ${COLUMNS} FROM schedule_groups
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const insertOne = insert("scheduleGroup.insert", "schedule_groups", {
  account: "text",
  region: "text",
  name: "text",
  created_at: "bigint",
  modified_at: "bigint",
  client_token: "text",
  tags: "text",
});
const ensureDefault = statement(
  "scheduleGroup.ensureDefault",
  `INSERT INTO schedule_groups (account, region, name, created_at, modified_at, tags)
   VALUES ($1, $2, '${DEFAULT_GROUP}', $3, $3, '[]') ON CONFLICT (account, region, name) DO NOTHING`,
);
const setTags = statement(
  "scheduleGroup.setTags",
  `UPDATE schedule_groups SET tags = $1, modified_at = $2
   WHERE account = $3 AND region = $4 AND name = $5 AND tags = $6`,
);
const deleteOne = statement(
  "scheduleGroup.delete",
  "DELETE FROM schedule_groups WHERE account = $1 AND region = $2 AND name = $3",
);

export interface GroupListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

const LAST_TEXT = "\u{10ffff}";

export const groups = {
  async find(store: Store, { account, region }: Place, name: string): Promise<ScheduleGroup | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toGroup(row);
  },
  /** By name. */
  async list(store: Store, listing: GroupListing): Promise<ScheduleGroup[]> {
    const { account, region, afterName, prefix, most } = listing;
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toGroup);
  },
  /** Conflicts with a group of that name. */
  insert({ account, region }: Place, group: ScheduleGroup, nowMs: number): Change {
    const { name, clientToken, tags } = group;
    const params = [account, region, name, nowMs, nowMs, clientToken ?? null, JSON.stringify(tags)];
    return { statement: insertOne, params };
  },
  /** Makes the default group unless it is there. */
  ensureDefault({ account, region }: Place, nowMs: number): Change {
    return { statement: ensureDefault, params: [account, region, nowMs] };
  },
  /** Conflicts when its tags are not what they were. */
  setTags({ account, region }: Place, group: ScheduleGroup, tags: readonly Tag[], nowMs: number): Change {
    const known = JSON.stringify(group.tags);
    const params = [JSON.stringify(tags), nowMs, account, region, group.name, known];
    return { statement: setTags, params, rows: 1 };
  },
  /** Conflicts while it has schedules, and when it is gone. */
  delete({ account, region }: Place, name: string): Change {
    return { statement: deleteOne, params: [account, region, name], rows: 1 };
  },
};

function toGroup(row: Row): ScheduleGroup {
  return {
    name: String(row.name),
    createdAtMs: Number(row.created_at),
    modifiedAtMs: Number(row.modified_at),
    ...(row.client_token === null ? {} : { clientToken: String(row.client_token) }),
    tags: JSON.parse(String(row.tags)),
  };
}
