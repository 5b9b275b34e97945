import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import { alarmKeyPrefix, type Place, type ScheduleKey } from "../names.ts";
import type { Schedule } from "../schedule.ts";

const COLUMNS =
  "account, region, group_name, name, created_at, modified_at, client_token, definition, alarm, version";

const find = statement(
  "schedule.find",
  `SELECT ${COLUMNS} FROM schedules WHERE account = $1 AND region = $2 AND group_name = $3 AND name = $4`,
);
const list = statement(
  "schedule.list",
  `SELECT ${COLUMNS} FROM schedules WHERE account = $1 AND region = $2
     AND (group_name > $3 OR (group_name = $3 AND name > $4))
     AND (CAST($5 AS TEXT) = '' OR group_name = $5) AND name >= $6 AND name < $7
     AND (CAST($8 AS TEXT) = '' OR state = $8)
   ORDER BY group_name, name LIMIT $9`,
);
const insertOne = insert("schedule.insert", "schedules", {
  account: "text",
  region: "text",
  group_name: "text",
  name: "text",
  state: "text",
  created_at: "bigint",
  modified_at: "bigint",
  client_token: "text",
  definition: "text",
  alarm: "text",
  version: "bigint",
});
const updateOne = statement(
  "schedule.update",
  `UPDATE schedules SET state = $1, modified_at = $2, definition = $3, alarm = $4, version = version + 1
   WHERE account = $5 AND region = $6 AND group_name = $7 AND name = $8 AND version = $9`,
);
const deleteOne = statement(
  "schedule.delete",
  `DELETE FROM schedules WHERE account = $1 AND region = $2 AND group_name = $3 AND name = $4 AND version = $5`,
);
const deleteOfGroup = statement(
  "schedule.deleteOfGroup",
  "DELETE FROM schedules WHERE account = $1 AND region = $2 AND group_name = $3",
);
/** Those that a node holds find their schedule gone. */
const deleteAlarms = statement(
  "schedule.deleteAlarms",
  "DELETE FROM work WHERE key >= $1 AND key < $2 AND owner IS NULL",
);

/** Which schedules to list: those beyond a position, of a group, with a prefix, in a state. */
export interface ScheduleListing extends Place {
  readonly after: readonly [groupName: string, name: string];
  readonly groupName?: string;
  readonly prefix: string;
  readonly state?: string;
  readonly most: number;
}

/** Sorts after every character that a name may have. */
const LAST_TEXT = "\u{10ffff}";

export const schedules = {
  async find(store: Store, { account, region, groupName, name }: ScheduleKey): Promise<Schedule | undefined> {
    const [row] = await store.read(find, [account, region, groupName, name]);
    return row && toSchedule(row);
  },
  /** By group, and by name. */
  async list(store: Store, listing: ScheduleListing): Promise<Schedule[]> {
    const { account, region, after, groupName = "", prefix, state = "", most } = listing;
    const range = [groupName, prefix, prefix + LAST_TEXT, state, most];
    return (await store.read(list, [account, region, ...after, ...range])).map(toSchedule);
  },
  /** Conflicts with one of that name, and when its group is gone. */
  insert(schedule: Schedule): Change {
    const { account, region, groupName, name, definition, createdAtMs, modifiedAtMs } = schedule;
    return {
      statement: insertOne,
      params: [
        ...[account, region, groupName, name, definition.State, createdAtMs, modifiedAtMs],
        ...[schedule.clientToken ?? null, definitionText(schedule), alarmText(schedule), schedule.version],
      ],
    };
  },
  /** Conflicts when it is no longer at that version. */
  update(schedule: Schedule): Change {
    const { account, region, groupName, name, definition, modifiedAtMs, version } = schedule;
    const values = [definition.State, modifiedAtMs, definitionText(schedule), alarmText(schedule)];
    return { statement: updateOne, params: [...values, account, region, groupName, name, version], rows: 1 };
  },
  /** Conflicts when it is no longer at that version. */
  delete({ account, region, groupName, name, version }: Schedule): Change {
    return { statement: deleteOne, params: [account, region, groupName, name, version], rows: 1 };
  },
  /** All of a group, with their alarms. */
  deleteOfGroup(place: Place, groupName: string): Change[] {
    const prefix = alarmKeyPrefix(place, groupName);
    return [
      { statement: deleteOfGroup, params: [place.account, place.region, groupName] },
      { statement: deleteAlarms, params: [prefix, prefix + LAST_TEXT] },
    ];
  },
};

/** With what was known of it when it was made: an update replaces both. */
function definitionText({ definition, firedAtMs }: Schedule): string {
  return JSON.stringify({ ...definition, firedAtMs });
}

function alarmText({ alarm }: Schedule): string | null {
  return alarm ? JSON.stringify(alarm) : null;
}

function toSchedule(row: Row): Schedule {
  const { firedAtMs, ...definition } = JSON.parse(String(row.definition));
  return {
    account: String(row.account),
    region: String(row.region),
    groupName: String(row.group_name),
    name: String(row.name),
    createdAtMs: Number(row.created_at),
    modifiedAtMs: Number(row.modified_at),
    ...(row.client_token === null ? {} : { clientToken: String(row.client_token) }),
    definition,
    ...(firedAtMs === undefined ? {} : { firedAtMs }),
    ...(row.alarm === null ? {} : { alarm: JSON.parse(String(row.alarm)) }),
    version: Number(row.version),
  };
}
