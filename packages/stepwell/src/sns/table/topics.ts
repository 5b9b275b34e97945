import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import type { Place, TopicKey } from "../names.ts";

/** A topic as it is stored. */
export interface Topic extends TopicKey {
  /** Counts changes of the topic itself. */
  readonly version: number;
  /** Of a FIFO topic: how many messages it has taken. */
  readonly lastSequence: number;
  /** What was set of AWS's attributes, as it was given. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** How many subscriptions were removed. */
  readonly subscriptionsDeleted: number;
}

const COLUMNS = "account, region, name, version, last_sequence, data";
const find = statement(
  "topic.find",
  `SELECT ${COLUMNS} FROM sns_topics WHERE account = $1 AND region = $2 AND name = $3`,
);
const list = statement(
  "topic.list",
  `SELECT name FROM sns_topics WHERE account = $1 AND region = $2 AND name > $3 ORDER BY name LIMIT $4`,
);
const insertOne = insert("topic.insert", "sns_topics", {
  account: "text",
  region: "text",
  name: "text",
  version: "bigint",
  last_sequence: "bigint",
  data: "text",
});
const update = statement(
  "topic.update",
  `UPDATE sns_topics SET version = version + 1, data = $1
   WHERE account = $2 AND region = $3 AND name = $4 AND version = $5`,
);
const exists = statement(
  "topic.exists",
  "UPDATE sns_topics SET version = version WHERE account = $1 AND region = $2 AND name = $3",
);
const take = statement(
  "topic.takeSequence",
  `UPDATE sns_topics SET last_sequence = $1
   WHERE account = $2 AND region = $3 AND name = $4 AND last_sequence = $5`,
);
const remove = statement(
  "topic.delete",
  "DELETE FROM sns_topics WHERE account = $1 AND region = $2 AND name = $3",
);

export const topics = {
  async find(store: Store, key: TopicKey): Promise<Topic | undefined> {
    const [row] = await store.read(find, params(key));
    return row && toTopic(row);
  },
  /** Names, in their order, beyond `afterName`. */
  async names(store: Store, { account, region }: Place, afterName: string, most: number): Promise<string[]> {
    return (await store.read(list, [account, region, afterName, most])).map(({ name }) => String(name));
  },
  /** Conflicts with a topic of that name. */
  insert(topic: Topic): Change {
    return {
      statement: insertOne,
      params: [...params(topic), topic.version, topic.lastSequence, data(topic)],
    };
  },
  /** Conflicts when the topic is not what it was. */
  update(topic: Topic): Change {
    return { statement: update, params: [data(topic), ...params(topic), topic.version], rows: 1 };
  },
  /** Conflicts when there is no such topic. */
  mustExist(key: TopicKey): Change {
    return { statement: exists, params: params(key), rows: 1 };
  },
  /** Gives a FIFO topic's next messages their numbers; conflicts when somebody else has taken them. */
  takeSequence(topic: Topic, count: number): Change {
    const { lastSequence } = topic;
    return { statement: take, params: [lastSequence + count, ...params(topic), lastSequence], rows: 1 };
  },
  delete(key: TopicKey): Change {
    return { statement: remove, params: params(key) };
  },
};

function params({ account, region, name }: TopicKey): string[] {
  return [account, region, name];
}

function data({ attributes, tags, subscriptionsDeleted }: Topic): string {
  return JSON.stringify({ attributes, tags, subscriptionsDeleted });
}

function toTopic(row: Row): Topic {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    version: Number(row.version),
    lastSequence: Number(row.last_sequence),
    ...JSON.parse(String(row.data)),
  };
}
