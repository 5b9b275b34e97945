import { type Change, type Store, statement } from "../../store/store.ts";
import { type MessageKey, type NewMessage, RECEIVED } from "./messages.ts";

/** How long a deduplication id is remembered. */
export const DEDUPLICATION_MS = 5 * 60 * 1000;

/** A message on its way into a FIFO queue. */
export interface NewFifoMessage extends NewMessage {
  readonly groupId: string;
  readonly deduplicationId: string;
  /** Empty for the whole queue; a group's id where ids are unique within their group only. */
  readonly scope: string;
}

const createCounter = statement(
  "sqs.createCounter",
  "INSERT INTO fifo_queues (queue, last_sequence) VALUES ($1, 0)",
);
const deleteCounter = statement("sqs.deleteCounter", "DELETE FROM fifo_queues WHERE queue = $1");

/** Whoever has counted holds the row until its commit is done: so the order of numbers is the order of commits. */
const count = statement(
  "sqs.countMessages",
  "UPDATE fifo_queues SET last_sequence = last_sequence + $1 WHERE queue = $2 RETURNING last_sequence",
);

/** Returns the id and number of the message that counts: this one, or one that was sent under the same id before. */
const deduplicate = statement(
  "sqs.deduplicate",
  `INSERT INTO deduplications (queue, scope, id, message_id, sequence, expires_at)
   SELECT queue, $2, $3, $4, last_sequence - CAST($5 AS BIGINT), CAST($6 AS BIGINT) FROM fifo_queues WHERE queue = $1
   ON CONFLICT (queue, scope, id) DO UPDATE SET
     message_id = CASE WHEN deduplications.expires_at <= $7 THEN excluded.message_id ELSE deduplications.message_id END,
     sequence = CASE WHEN deduplications.expires_at <= $7 THEN excluded.sequence ELSE deduplications.sequence END,
     expires_at = CASE WHEN deduplications.expires_at <= $7 THEN excluded.expires_at ELSE deduplications.expires_at END
   RETURNING message_id, sequence`,
);
const insertUnlessSent = statement(
  "sqs.insertFifoMessage",
  `INSERT INTO messages (queue, message_id, body, details, sent_at, available_at, receive_count, group_id, sequence)
   SELECT queue, message_id, $5, $6, CAST($7 AS BIGINT), CAST($8 AS BIGINT), 0, $9, sequence FROM deduplications
   WHERE queue = $1 AND scope = $2 AND id = $3 AND message_id = $4`,
);
/** The group of a message that has just been inserted. Locks one that is there, for whoever looks at it meanwhile. */
const openGroup = statement(
  "sqs.openGroup",
  `INSERT INTO message_groups (queue, group_id, available_at)
   SELECT queue, $5, CAST($6 AS BIGINT) FROM deduplications
   WHERE queue = $1 AND scope = $2 AND id = $3 AND message_id = $4
   ON CONFLICT (queue, group_id) DO UPDATE SET available_at = message_groups.available_at`,
);

/** Groups that are being claimed have this for their time, by which the next statements find them. */
const claimGroups = statement(
  "sqs.claimGroups",
  `WITH due AS MATERIALIZED
     (SELECT group_id FROM message_groups WHERE queue = $1 AND available_at BETWEEN 0 AND $2
      ORDER BY available_at LIMIT $3 FOR UPDATE SKIP LOCKED)
   UPDATE message_groups SET available_at = $4 WHERE queue = $1 AND group_id IN (SELECT group_id FROM due)`,
);
/** Each group's messages from the first on, as far as they are available: at most $3 of each, and of all together. */
const claimOfGroups = statement(
  "sqs.claimFifoMessages",
  `WITH places (place) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)),
   first AS MATERIALIZED
     (SELECT m.id, m.sequence, m.available_at, g.group_id, places.place FROM message_groups g CROSS JOIN places
      JOIN messages m ON m.id =
        (SELECT n.id FROM messages n WHERE n.queue = $1 AND n.group_id = g.group_id AND n.sequence IS NOT NULL
         ORDER BY n.sequence LIMIT 1 OFFSET places.place)
      WHERE g.queue = $1 AND g.available_at = $4),
   runs AS
     (SELECT id, place, MAX(available_at) OVER (PARTITION BY group_id ORDER BY place) AS latest,
        MIN(sequence) OVER (PARTITION BY group_id) AS head FROM first)
   UPDATE messages SET available_at = $5, receive_count = receive_count + 1, received_at = $2,
     first_received_at = COALESCE(first_received_at, $2)
   WHERE id IN (SELECT id FROM runs WHERE latest <= $2 ORDER BY head, place LIMIT $3) RETURNING ${RECEIVED}`,
);

const HEAD = `(SELECT m.available_at FROM messages m WHERE m.queue = message_groups.queue
  AND m.group_id = message_groups.group_id AND m.sequence IS NOT NULL ORDER BY m.sequence LIMIT 1)`;
/** An empty group is one without a first message; it goes in the next statement. */
const settleClaimed = statement(
  "sqs.settleClaimedGroups",
  `UPDATE message_groups SET available_at = COALESCE(${HEAD}, -1) WHERE queue = $1 AND available_at = $2`,
);
const lockGroup = statement(
  "sqs.lockGroup",
  "UPDATE message_groups SET available_at = available_at WHERE queue = $1 AND group_id = $2",
);
const settleGroup = statement(
  "sqs.settleGroup",
  `UPDATE message_groups SET available_at = COALESCE(${HEAD}, -1) WHERE queue = $1 AND group_id = $2`,
);
const dropEmptyGroups = statement(
  "sqs.dropEmptyGroups",
  "DELETE FROM message_groups WHERE queue = $1 AND available_at = -1",
);
const nextGroup = statement(
  "sqs.nextGroup",
  "SELECT available_at AS at FROM message_groups WHERE queue = $1 ORDER BY available_at LIMIT 1",
);

/** Returns a row if the receipt still holds: nobody has received the message again, and its time has not run out. */
const deleteHeld = statement(
  "sqs.deleteFifoMessage",
  `DELETE FROM messages WHERE id = $1 AND message_id = $2 AND receive_count = $3 AND available_at > $4 RETURNING id`,
);

/**
 * FIFO queues. Whoever changes a group's messages locks the group first: what the next statements then see of it is what
 * there is, for anybody else who changes it waits.
 */
export const fifo = {
  createCounter: (queue: number): Change => ({ statement: createCounter, params: [queue] }),
  deleteCounter: (queue: number): Change => ({ statement: deleteCounter, params: [queue] }),

  /**
   * Sends messages, in order. The first change conflicts when the queue is gone; `answers` are the places of those that
   * return a message's id and sequence.
   */
  insert(queue: number, messages: readonly NewFifoMessage[], nowMs: number) {
    const changes: Change[] = [{ statement: count, params: [messages.length, queue], rows: 1 }];
    const answers: number[] = [];
    messages.forEach((message, i) => {
      const { messageId, body, details, sentAtMs, availableAtMs, groupId, deduplicationId, scope } = message;
      const key = [queue, scope, deduplicationId, messageId];
      answers.push(changes.length);
      changes.push(
        {
          statement: deduplicate,
          params: [...key, messages.length - 1 - i, nowMs + DEDUPLICATION_MS, nowMs],
        },
        {
          statement: insertUnlessSent,
          params: [...key, body, JSON.stringify(details), sentAtMs, availableAtMs, groupId],
        },
        { statement: openGroup, params: [...key, groupId, availableAtMs] },
      );
    });
    return { changes, answers };
  },

  /**
   * Receives up to `most` messages, which are invisible until `untilMs`; the second change returns them. `claim` is a
   * random negative number.
   */
  claim(queue: number, nowMs: number, most: number, untilMs: number, claim: number): Change[] {
    return [
      { statement: claimGroups, params: [queue, nowMs, most, claim] },
      { statement: claimOfGroups, params: [queue, nowMs, most, claim, untilMs] },
      { statement: settleClaimed, params: [queue, claim] },
      { statement: dropEmptyGroups, params: [queue] },
    ];
  },

  /** Makes changes to messages of groups, and then says when each group is available. */
  inGroups(queue: number, groupIds: Iterable<string>, changes: readonly Change[]): Change[] {
    const groups = [...new Set(groupIds)].sort();
    return [
      ...groups.map((group) => ({ statement: lockGroup, params: [queue, group] })),
      ...changes,
      ...groups.map((group) => ({ statement: settleGroup, params: [queue, group] })),
      { statement: dropEmptyGroups, params: [queue] },
    ];
  },

  deleteHeld({ row, messageId }: MessageKey, receiveCount: number, nowMs: number): Change {
    return { statement: deleteHeld, params: [row, messageId, receiveCount, nowMs] };
  },

  /** When the first group is available. */
  async nextAvailableMs(store: Store, queue: number): Promise<number | undefined> {
    const [row] = await store.read(nextGroup, [queue]);
    return row && Number(row.at);
  },
};
