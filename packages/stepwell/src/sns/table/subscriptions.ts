import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import type { Place, SubscriptionKey, TopicKey } from "../names.ts";

/** A subscription as it is stored. */
export interface Subscription extends SubscriptionKey {
  readonly protocol: string;
  readonly endpoint: string;
  /** One that is `deleted` can be restored by the link that its endpoint got. */
  readonly state: "confirmed" | "pending" | "deleted";
  /** What its link confirms it with. */
  readonly token?: string;
  /** When one that is not confirmed is removed; epoch milliseconds. */
  readonly expiresAtMs?: number;
  readonly version: number;
  /** The ARN of who subscribed. */
  readonly principal: string;
  /** Whether a signed request has confirmed it. */
  readonly authenticated: boolean;
  /** Whether only a signed request may end it. */
  readonly authenticateOnUnsubscribe: boolean;
  /** What was set of AWS's attributes, as it was given. */
  readonly attributes: Readonly<Record<string, string>>;
}

const SELECT = `SELECT account, region, topic, id, protocol, endpoint, state, token, expires_at, version, data
  FROM sns_subscriptions`;
/** One that nobody has confirmed, or restored, in time is gone. */
function isAlive(now: string): string {
  return `(expires_at IS NULL OR expires_at > ${now})`;
}

const find = statement(
  "subscription.find",
  `${SELECT} WHERE account = $1 AND region = $2 AND topic = $3 AND id = $4`,
);
const ofEndpoint = statement(
  "subscription.ofEndpoint",
  `${SELECT} WHERE account = $1 AND region = $2 AND topic = $3 AND protocol = $4 AND endpoint = $5`,
);
const byToken = statement("subscription.byToken", `${SELECT} WHERE token = $1 AND ${isAlive("$2")}`);
const ofTopic = statement(
  "subscription.ofTopic",
  `${SELECT} WHERE account = $1 AND region = $2 AND topic = $3 AND state = 'confirmed' ORDER BY id`,
);
const listOfTopic = statement(
  "subscription.listOfTopic",
  `${SELECT} WHERE account = $1 AND region = $2 AND topic = $3 AND state <> 'deleted' AND id > $4 AND ${isAlive("$5")}
   ORDER BY id LIMIT $6`,
);
const list = statement(
  "subscription.list",
  `${SELECT} WHERE account = $1 AND region = $2 AND state <> 'deleted' AND (topic, id) > ($3, $4) AND ${isAlive("$5")}
   ORDER BY topic, id LIMIT $6`,
);
const count = statement(
  "subscription.count",
  `SELECT state, COUNT(*) AS n FROM sns_subscriptions
   WHERE account = $1 AND region = $2 AND topic = $3 GROUP BY state`,
);
const insertOne = insert("subscription.insert", "sns_subscriptions", {
  account: "text",
  region: "text",
  topic: "text",
  id: "text",
  protocol: "text",
  endpoint: "text",
  state: "text",
  token: "text",
  expires_at: "bigint",
  version: "bigint",
  data: "text",
});
const update = statement(
  "subscription.update",
  `UPDATE sns_subscriptions SET state = $1, token = $2, expires_at = $3, data = $4, version = version + 1
   WHERE account = $5 AND region = $6 AND topic = $7 AND id = $8 AND version = $9`,
);
const remove = statement(
  "subscription.delete",
  `DELETE FROM sns_subscriptions
   WHERE account = $1 AND region = $2 AND topic = $3 AND id = $4 AND version = $5`,
);
const removeOfTopic = statement(
  "subscription.deleteOfTopic",
  "DELETE FROM sns_subscriptions WHERE account = $1 AND region = $2 AND topic = $3",
);
const removeExpired = statement(
  "subscription.deleteExpired",
  "DELETE FROM sns_subscriptions WHERE expires_at <= $1",
);

export const subscriptions = {
  /** In whatever state. */
  async find(store: Store, key: SubscriptionKey): Promise<Subscription | undefined> {
    const [row] = await store.read(find, params(key));
    return row && toSubscription(row);
  },
  /** The one that a topic has for an endpoint, in whatever state. */
  async ofEndpoint(store: Store, { account, region, name }: TopicKey, protocol: string, endpoint: string) {
    const [row] = await store.read(ofEndpoint, [account, region, name, protocol, endpoint]);
    return row && toSubscription(row);
  },
  async byToken(store: Store, token: string, nowMs: number): Promise<Subscription | undefined> {
    const [row] = await store.read(byToken, [token, nowMs]);
    return row && toSubscription(row);
  },
  /** Those that get the topic's messages. */
  async ofTopic(store: Store, { account, region, name }: TopicKey): Promise<Subscription[]> {
    return (await store.read(ofTopic, [account, region, name])).map(toSubscription);
  },
  /** Confirmed and pending ones of a topic beyond an id. */
  async listOfTopic(store: Store, key: TopicKey, afterId: string, most: number, nowMs: number) {
    const { account, region, name } = key;
    return (await store.read(listOfTopic, [account, region, name, afterId, nowMs, most])).map(toSubscription);
  },
  /** Confirmed and pending ones of all topics beyond one of them. */
  async list(store: Store, place: Place, after: { topic: string; id: string }, most: number, nowMs: number) {
    const params = [place.account, place.region, after.topic, after.id, nowMs, most];
    return (await store.read(list, params)).map(toSubscription);
  },
  /** How many a topic has of each state. */
  async count(store: Store, { account, region, name }: TopicKey): Promise<Partial<Record<string, number>>> {
    const rows = await store.read(count, [account, region, name]);
    return Object.fromEntries(rows.map((row) => [String(row.state), Number(row.n)]));
  },
  /** Conflicts with another of the same topic and endpoint. */
  insert(subscription: Subscription): Change {
    const { protocol, endpoint, state, token, expiresAtMs, version } = subscription;
    return {
      statement: insertOne,
      params: [
        ...params(subscription),
        ...[protocol, endpoint, state, token ?? null, expiresAtMs ?? null, version, data(subscription)],
      ],
    };
  },
  /** Conflicts when the subscription is not what it was. */
  update(subscription: Subscription): Change {
    const { state, token, expiresAtMs, version } = subscription;
    return {
      statement: update,
      params: [
        ...[state, token ?? null, expiresAtMs ?? null, data(subscription)],
        ...[...params(subscription), version],
      ],
      rows: 1,
    };
  },
  /** Conflicts when the subscription is not what it was. */
  delete(subscription: Subscription): Change {
    return { statement: remove, params: [...params(subscription), subscription.version], rows: 1 };
  },
  deleteOfTopic({ account, region, name }: TopicKey): Change {
    return { statement: removeOfTopic, params: [account, region, name] };
  },
  /** Removes those that were not confirmed, or restored, in time. */
  deleteExpired(nowMs: number): Change {
    return { statement: removeExpired, params: [nowMs] };
  },
};

function params({ account, region, topic, id }: SubscriptionKey): string[] {
  return [account, region, topic, id];
}

function data(subscription: Subscription): string {
  const { principal, authenticated, authenticateOnUnsubscribe, attributes } = subscription;
  return JSON.stringify({ principal, authenticated, authenticateOnUnsubscribe, attributes });
}

function toSubscription(row: Row): Subscription {
  return {
    account: String(row.account),
    region: String(row.region),
    topic: String(row.topic),
    id: String(row.id),
    protocol: String(row.protocol),
    endpoint: String(row.endpoint),
    state: row.state as Subscription["state"],
    ...(row.token === null ? {} : { token: String(row.token) }),
    ...(row.expires_at === null ? {} : { expiresAtMs: Number(row.expires_at) }),
    version: Number(row.version),
    ...JSON.parse(String(row.data)),
  };
}
