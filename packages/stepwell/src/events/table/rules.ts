import { type Change, type Row, type Store, statement } from "../../store/store.ts";
import { type BusName, LAST_TEXT } from "../names.ts";
import type { Tags } from "./buses.ts";

/** A target of a rule, as PutTargets takes it; the members that Stepwell knows. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
}

/** A schedule that a rule has, since when it counts, and by what its work item knows that it is still meant. */
export interface RuleSchedule {
  readonly expression: string;
  readonly id: string;
  readonly sinceMs: number;
}

/** A rule as it is stored. */
export interface Rule {
  readonly bus: BusName;
  readonly name: string;
  readonly pattern?: string;
  readonly schedule?: RuleSchedule;
  /** `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`. */
  readonly state: string;
  readonly description?: string;
  readonly role?: string;
  readonly tags: Tags;
  /** In the order in which they were put. */
  readonly targets: readonly RuleTarget[];
  readonly version: number;
}

const COLUMNS =
  "account, region, bus, name, pattern, schedule, schedule_id, scheduled_at, state, description, role, tags, targets, version";
const OF_BUS = "account = $1 AND region = $2 AND bus = $3";

const find = statement("eventRule.find", `SELECT ${COLUMNS} FROM event_rules WHERE ${OF_BUS} AND name = $4`);
const list = statement(
  "eventRule.list",
  `SELECT ${COLUMNS} FROM event_rules
   WHERE ${OF_BUS} AND name > $4 AND name >= $5 AND name < $6 ORDER BY name LIMIT $7`,
);
const all = statement("eventRule.all", `SELECT ${COLUMNS} FROM event_rules WHERE ${OF_BUS} ORDER BY name`);
const insertOne = statement(
  "eventRule.insert",
  `INSERT INTO event_rules (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)`,
);
const update = statement(
  "eventRule.update",
  `UPDATE event_rules SET pattern = $5, schedule = $6, schedule_id = $7, scheduled_at = $8, state = $9,
     description = $10, role = $11, tags = $12, targets = $13, version = version + 1
   WHERE ${OF_BUS} AND name = $4 AND version = $14`,
);
const deleteOne = statement(
  "eventRule.delete",
  `DELETE FROM event_rules WHERE ${OF_BUS} AND name = $4 AND version = $5`,
);

export interface RuleListing {
  readonly bus: BusName;
  readonly afterName: string;
  readonly prefix: string;
  readonly most: number;
}

export const rules = {
  async find(store: Store, bus: BusName, name: string): Promise<Rule | undefined> {
    const [row] = await store.read(find, [...keyOf(bus), name]);
    return row && toRule(row);
  },
  /** By name. */
  async list(store: Store, { bus, afterName, prefix, most }: RuleListing): Promise<Rule[]> {
    const rows = await store.read(list, [...keyOf(bus), afterName, prefix, prefix + LAST_TEXT, most]);
    return rows.map(toRule);
  },
  /** Every rule of a bus, by name. */
  async all(store: Store, bus: BusName): Promise<Rule[]> {
    return (await store.read(all, keyOf(bus))).map(toRule);
  },
  /** Conflicts with a rule of that name. */
  insert(rule: Rule): Change {
    return { statement: insertOne, params: [...keyOf(rule.bus), rule.name, ...settingsOf(rule)] };
  },
  /** Conflicts when the rule has changed since it was read. */
  update(rule: Rule): Change {
    const params = [...keyOf(rule.bus), rule.name, ...settingsOf(rule), rule.version];
    return { statement: update, params, rows: 1 };
  },
  /** Conflicts when the rule has changed since it was read. */
  delete({ bus, name, version }: Rule): Change {
    return { statement: deleteOne, params: [...keyOf(bus), name, version], rows: 1 };
  },
};

function keyOf({ account, region, name }: BusName): [string, string, string] {
  return [account, region, name];
}

function settingsOf({ pattern, schedule, state, description, role, tags, targets }: Rule) {
  return [
    ...[pattern ?? null, schedule?.expression ?? null, schedule?.id ?? null, schedule?.sinceMs ?? null],
    ...[state, description ?? null, role ?? null, JSON.stringify(tags), JSON.stringify(targets)],
  ];
}

function toRule(row: Row): Rule {
  const schedule = {
    expression: String(row.schedule),
    id: String(row.schedule_id),
    sinceMs: Number(row.scheduled_at),
  };
  return {
    bus: { account: String(row.account), region: String(row.region), name: String(row.bus) },
    name: String(row.name),
    ...(row.pattern === null ? {} : { pattern: String(row.pattern) }),
    ...(row.schedule === null ? {} : { schedule }),
    state: String(row.state),
    ...(row.description === null ? {} : { description: String(row.description) }),
    ...(row.role === null ? {} : { role: String(row.role) }),
    tags: JSON.parse(String(row.tags)),
    targets: JSON.parse(String(row.targets)),
    version: Number(row.version),
  };
}
