import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import { type BusName, DEFAULT_BUS, LAST_TEXT, type Place } from "../names.ts";

export type Tags = Readonly<Record<string, string>>;

/** An event bus as it is stored. */
export interface EventBus extends BusName {
  readonly description?: string;
  readonly kmsKey?: string;
  readonly deadLetter?: { readonly Arn?: string };
  readonly logConfig?: { readonly IncludeDetail?: string; readonly Level?: string };
  /** JSON text. */
  readonly policy?: string;
  readonly tags: Tags;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly version: number;
}

const COLUMNS =
  "account, region, name, description, kms_key, dead_letter, log_config, policy, tags, created_at, modified_at, version";
const IS_BUS = "account = $1 AND region = $2 AND name = $3";

const find = statement("eventBus.find", `SELECT ${COLUMNS} FROM event_buses WHERE ${IS_BUS}`);
const list = statement(
  "eventBus.list",
  `SELECT ${COLUMNS} FROM event_buses
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const readVersion = statement(
  "eventBus.rulesVersion",
  `SELECT rules_version FROM event_buses WHERE ${IS_BUS}`,
);
const insertOne = insert("eventBus.insert", "event_buses", {
  account: "text",
  region: "text",
  name: "text",
  description: "text",
  kms_key: "text",
  dead_letter: "text",
  log_config: "text",
  policy: "text",
  tags: "text",
  created_at: "bigint",
  modified_at: "bigint",
  version: "bigint",
  rules_version: "bigint",
});
const ensureOne = statement(
  "eventBus.ensure",
  `INSERT INTO event_buses (account, region, name, tags, created_at, modified_at, version, rules_version)
   VALUES ($1, $2, $3, '{}', $4, $4, 1, 1) ON CONFLICT (account, region, name) DO NOTHING`,
);
const update = statement(
  "eventBus.update",
  `UPDATE event_buses SET description = $4, kms_key = $5, dead_letter = $6, log_config = $7, policy = $8, tags = $9,
     modified_at = $10, version = version + 1
   WHERE ${IS_BUS} AND version = $11`,
);
const rulesChanged = statement(
  "eventBus.rulesChanged",
  `UPDATE event_buses SET rules_version = rules_version + 1 WHERE ${IS_BUS}`,
);
const deleteOne = statement(
  "eventBus.delete",
  `DELETE FROM event_buses WHERE ${IS_BUS} AND rules_version = $4`,
);

export interface BusListing extends Place {
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

export const buses = {
  async find(store: Store, bus: BusName): Promise<EventBus | undefined> {
    const [row] = await store.read(find, keyOf(bus));
    return row && toBus(row);
  },
  /** By name. */
  async list(store: Store, { account, region, afterName, prefix, most }: BusListing): Promise<EventBus[]> {
    const rows = await store.read(list, [account, region, afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toBus);
  },
  /** What everything that is compiled of a bus depends on; undefined when there is no such bus. */
  async rulesVersion(store: Store, bus: BusName): Promise<number | undefined> {
    const [row] = await store.read(readVersion, keyOf(bus));
    return row && Number(row.rules_version);
  },
  /**
   * Conflicts with a bus of that name. `rulesVersion` is where its versions of rules begin: nowhere near those of a bus
   * that had its name before, which nodes may still have compiled.
   */
  insert(bus: EventBus, rulesVersion: number): Change {
    const { createdAtMs, modifiedAtMs, version } = bus;
    return {
      statement: insertOne,
      params: [...keyOf(bus), ...settingsOf(bus), createdAtMs, modifiedAtMs, version, rulesVersion],
    };
  },
  /** Makes the default bus of a place unless it is there. */
  ensureDefault({ account, region }: Place, nowMs: number): Change {
    return { statement: ensureOne, params: [account, region, DEFAULT_BUS, nowMs] };
  },
  /** Conflicts when the bus has changed since it was read. */
  update(bus: EventBus): Change {
    const params = [...keyOf(bus), ...settingsOf(bus), bus.modifiedAtMs, bus.version];
    return { statement: update, params, rows: 1 };
  },
  /** Goes with every change of rules and archives. Conflicts when there is no such bus. */
  rulesChanged(bus: BusName): Change {
    return { statement: rulesChanged, params: keyOf(bus), rows: 1 };
  },
  /** Conflicts when its rules have changed since `rulesVersion`. */
  delete(bus: BusName, rulesVersion: number): Change {
    return { statement: deleteOne, params: [...keyOf(bus), rulesVersion], rows: 1 };
  },
};

function keyOf({ account, region, name }: BusName): [string, string, string] {
  return [account, region, name];
}

function settingsOf({ description, kmsKey, deadLetter, logConfig, policy, tags }: EventBus) {
  return [
    ...[description ?? null, kmsKey ?? null, jsonOrNull(deadLetter), jsonOrNull(logConfig), policy ?? null],
    JSON.stringify(tags),
  ];
}

function jsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function toBus(row: Row): EventBus {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    ...(row.description === null ? {} : { description: String(row.description) }),
    ...(row.kms_key === null ? {} : { kmsKey: String(row.kms_key) }),
    ...(row.dead_letter === null ? {} : { deadLetter: JSON.parse(String(row.dead_letter)) }),
    ...(row.log_config === null ? {} : { logConfig: JSON.parse(String(row.log_config)) }),
    ...(row.policy === null ? {} : { policy: String(row.policy) }),
    tags: JSON.parse(String(row.tags)),
    createdAtMs: Number(row.created_at),
    modifiedAtMs: Number(row.modified_at),
    version: Number(row.version),
  };
}
