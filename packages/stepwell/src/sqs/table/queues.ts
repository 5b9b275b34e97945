import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import type { QueueAttributes } from "../attributes/attributes.ts";
import type { Place, QueueKey } from "../place.ts";

/** A queue as it is stored. */
export interface QueueRecord extends QueueKey {
  readonly id: number;
  /** Guards changes of the record. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** Those that were set; the others have their defaults. */
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  /** Where its RedrivePolicy sends what is received too often. */
  readonly deadLetterArn?: string;
  /** FIFO: whether deduplication ids count within their message group only; queues are made with it for good. */
  readonly groupScope: boolean;
  readonly purgedAtMs?: number;
}

const COLUMNS =
  "id, account, region, name, version, created_at, modified_at, attributes, tags, dead_letter_arn, group_scope, purged_at";

const find = statement(
  "sqs.findQueue",
  `SELECT ${COLUMNS} FROM queues WHERE account = $1 AND region = $2 AND name = $3`,
);
const findById = statement("sqs.findQueueById", `SELECT ${COLUMNS} FROM queues WHERE id = $1`);
const list = statement(
  "sqs.listQueues",
  `SELECT ${COLUMNS} FROM queues
   WHERE account = $1 AND region = $2 AND name > $3 AND name >= $4 AND name < $5 ORDER BY name LIMIT $6`,
);
const listSources = statement(
  "sqs.listSourceQueues",
  `SELECT ${COLUMNS} FROM queues WHERE dead_letter_arn = $1 AND name > $2 ORDER BY name LIMIT $3`,
);
const insertOne = insert("sqs.insertQueue", "queues", {
  id: "bigint",
  account: "text",
  region: "text",
  name: "text",
  version: "bigint",
  created_at: "bigint",
  modified_at: "bigint",
  attributes: "text",
  tags: "text",
  dead_letter_arn: "text",
  group_scope: "integer",
});
const updateOne = statement(
  "sqs.updateQueue",
  `UPDATE queues SET version = version + 1, modified_at = $1, attributes = $2, tags = $3, dead_letter_arn = $4,
     purged_at = $5 WHERE id = $6 AND version = $7`,
);
const touch = statement("sqs.touchQueue", "UPDATE queues SET version = version WHERE id = $1");
const deleteOne = statement("sqs.deleteQueue", "DELETE FROM queues WHERE id = $1 AND version = $2");

/** When the next message of each queue, or of each FIFO queue's groups, becomes visible; NULL where none will. */
const nextVisible = statement(
  "sqs.nextVisible",
  `SELECT account, region, name, CASE WHEN name LIKE '%.fifo'
     THEN (SELECT MIN(available_at) FROM message_groups WHERE queue = queues.id AND available_at > $1)
     ELSE (SELECT MIN(available_at) FROM messages WHERE queue = queues.id AND available_at > $1) END AS at
   FROM queues`,
);

/** Sorts after every name. */
const LAST_NAME = "\u{10ffff}";

export const queues = {
  async find(store: Store, { account, region, name }: QueueKey): Promise<QueueRecord | undefined> {
    const [row] = await store.read(find, [account, region, name]);
    return row && toQueue(row);
  },
  async findById(store: Store, id: number): Promise<QueueRecord | undefined> {
    const [row] = await store.read(findById, [id]);
    return row && toQueue(row);
  },
  /** By name, those beyond `afterName`. */
  async list(
    store: Store,
    place: Place,
    { prefix, afterName, most }: { prefix: string; afterName: string; most: number },
  ): Promise<QueueRecord[]> {
    const params = [place.account, place.region, afterName, prefix, prefix + LAST_NAME, most];
    return (await store.read(list, params)).map(toQueue);
  },
  /** By name, those whose RedrivePolicy names a queue. */
  async listSources(store: Store, arn: string, afterName: string, most: number): Promise<QueueRecord[]> {
    return (await store.read(listSources, [arn, afterName, most])).map(toQueue);
  },
  /** Of each queue that has a message which will become visible: when the first one does. */
  async nextVisible(
    store: Store,
    nowMs: number,
  ): Promise<{ readonly key: QueueKey; readonly atMs: number }[]> {
    const rows = (await store.read(nextVisible, [nowMs])).filter(({ at }) => at !== null);
    return rows.map(({ account, region, name, at }) => ({
      key: { account: String(account), region: String(region), name: String(name) },
      atMs: Number(at),
    }));
  },
  /** Conflicts with a queue of that name. */
  insert(queue: QueueRecord): Change {
    const { id, account, region, name, version, createdAtMs, modifiedAtMs } = queue;
    return {
      statement: insertOne,
      params: [
        ...[id, account, region, name, version, createdAtMs, modifiedAtMs],
        ...[JSON.stringify(queue.attributes), JSON.stringify(queue.tags)],
        ...[queue.deadLetterArn ?? null, queue.groupScope ? 1 : 0],
      ],
    };
  },
  /** Conflicts when it has changed since it was read. */
  update({ id, version }: QueueRecord, after: QueueRecord): Change {
    const { modifiedAtMs, attributes, tags, deadLetterArn, purgedAtMs } = after;
    return {
      statement: updateOne,
      params: [
        ...[modifiedAtMs, JSON.stringify(attributes), JSON.stringify(tags), deadLetterArn ?? null],
        ...[purgedAtMs ?? null, id, version],
      ],
      rows: 1,
    };
  },
  /** Changes nothing; conflicts when the queue is gone, and keeps it until the commit is done. */
  hold: (id: number): Change => ({ statement: touch, params: [id], rows: 1 }),
  delete({ id, version }: QueueRecord): Change {
    return { statement: deleteOne, params: [id, version], rows: 1 };
  },
};

function toQueue(row: Row): QueueRecord {
  return {
    id: Number(row.id),
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    version: Number(row.version),
    createdAtMs: Number(row.created_at),
    modifiedAtMs: Number(row.modified_at),
    attributes: JSON.parse(String(row.attributes)),
    tags: JSON.parse(String(row.tags)),
    ...(row.dead_letter_arn === null ? {} : { deadLetterArn: String(row.dead_letter_arn) }),
    groupScope: row.group_scope === 1,
    ...(row.purged_at === null ? {} : { purgedAtMs: Number(row.purged_at) }),
  };
}
