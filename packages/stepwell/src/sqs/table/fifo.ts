import { type Change, type CommitResult, type Store, statement } from "../../store/store.ts";
import type { Queue } from "../queue.ts";
import { type MessageKey, messages, type NewMessage, RECEIVED, type ReceivedMessage } from "./messages.ts";

/** How long a deduplication id is remembered. */
export const DEDUPLICATION_MS = 5 * 60 * 1000;

/** A message on its way into a FIFO queue. */
export interface NewFifoMessage extends NewMessage {
  readonly groupId: string;
  readonly deduplicationId: string;
  /** Empty for the whole queue; the group's id where deduplication ids count within their group. */
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
  "UPDATE fifo_queues SET last_sequence = last_sequence + $1 WHERE queue = $2",
);

/** Two old ids go for each that comes, so that a busy queue remembers no more than it must. */
const forgetIds = statement(
  "sqs.forgetDeduplications",
  `DELETE FROM deduplications WHERE queue = $1 AND (scope, id) IN
     (SELECT scope, id FROM deduplications WHERE queue = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT $3)`,
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
  `INSERT INTO message_groups (queue, group_id, available_at, head)
   SELECT queue, $5, CAST($6 AS BIGINT), sequence FROM deduplications
   WHERE queue = $1 AND scope = $2 AND id = $3 AND message_id = $4
   ON CONFLICT (queue, group_id) DO UPDATE SET available_at = message_groups.available_at`,
);

const dueGroups = `FROM message_groups WHERE queue = $1 AND available_at BETWEEN 0 AND $2
  ORDER BY available_at, head LIMIT $3`;
/** In which order groups are received from; whoever is quicker may take some of them. */
const orderOfGroups = statement("sqs.orderOfGroups", `SELECT group_id ${dueGroups}`);
/** Groups that are being claimed have $4 for their time, by which the next statements find them. */
const claimGroups = statement(
  "sqs.claimGroups",
  `WITH due AS MATERIALIZED (SELECT group_id ${dueGroups} FOR UPDATE SKIP LOCKED)
   UPDATE message_groups SET available_at = $4 WHERE queue = $1 AND group_id IN (SELECT group_id FROM due)`,
);
/**
 * Each group's messages from its first one on, as far as they are available: ten of a group at most, and no more than $3
 * of all together. It goes from one to the next by the index, so that a long group costs no more than a short one. A
 * group is available when its first message is, so that says which comes first.
 */
const claimOfGroups = statement(
  "sqs.claimFifoMessages",
  `WITH RECURSIVE run (id, group_id, sequence, available_at, since, head, place) AS (
     SELECT m.id, m.group_id, m.sequence, m.available_at, m.available_at, m.sequence, 1
     FROM message_groups g JOIN messages m ON m.queue = $1 AND m.group_id = g.group_id AND m.sequence = g.head
     WHERE g.queue = $1 AND g.available_at = $4
     UNION ALL
     SELECT m.id, m.group_id, m.sequence, m.available_at, run.since, run.head, run.place + 1
     FROM run JOIN messages m ON m.queue = $1 AND m.group_id = run.group_id AND m.sequence =
       (SELECT MIN(n.sequence) FROM messages n
        WHERE n.queue = $1 AND n.group_id = run.group_id AND n.sequence > run.sequence)
     WHERE run.available_at <= $2 AND run.place < 10
   ),
   picked AS MATERIALIZED
     (SELECT id FROM run WHERE available_at <= $2 ORDER BY since, head, place LIMIT $3)
   UPDATE messages SET available_at = $5, receive_count = receive_count + 1, received_at = $2, attempt = $6,
     first_received_at = COALESCE(first_received_at, $2)
   WHERE id IN (SELECT id FROM picked) RETURNING ${RECEIVED}`,
);
/** Messages that were received under the same ReceiveRequestAttemptId, and are still held. */
const OF_ATTEMPT = "queue = $1 AND attempt = $2 AND available_at > $3 AND received_at > $4";
const groupsOfAttempt = statement(
  "sqs.groupsOfAttempt",
  `SELECT DISTINCT group_id FROM messages WHERE ${OF_ATTEMPT}`,
);
const claimAgain = statement(
  "sqs.claimAgain",
  `UPDATE messages SET available_at = $5 WHERE ${OF_ATTEMPT} RETURNING ${RECEIVED}`,
);

function ofHead(column: string): string {
  return `(SELECT m.${column} FROM messages m WHERE m.queue = message_groups.queue
    AND m.group_id = message_groups.group_id AND m.sequence IS NOT NULL ORDER BY m.sequence LIMIT 1)`;
}
/** A group without a first message is empty, and goes in the next statement. */
const SETTLE = `UPDATE message_groups SET available_at = COALESCE(${ofHead("available_at")}, -1),
  head = COALESCE(${ofHead("sequence")}, 0) WHERE queue = $1`;
const settleClaimed = statement("sqs.settleClaimedGroups", `${SETTLE} AND available_at = $2`);
const settleOne = statement("sqs.settleGroup", `${SETTLE} AND group_id = $2`);
const settleAll = statement("sqs.settleAllGroups", SETTLE);
const LOCK = "UPDATE message_groups SET available_at = available_at WHERE queue = $1";
const lockOne = statement("sqs.lockGroup", `${LOCK} AND group_id = $2`);
const lockAll = statement("sqs.lockAllGroups", LOCK);
const dropEmpty = statement(
  "sqs.dropEmptyGroups",
  "DELETE FROM message_groups WHERE queue = $1 AND available_at = -1",
);
const deleteGroups = statement("sqs.deleteGroups", "DELETE FROM message_groups WHERE queue = $1");
const forgetUntil = statement(
  "sqs.forgetDeduplicationsUntil",
  "DELETE FROM deduplications WHERE queue = $1 AND expires_at <= $2",
);
const nextGroup = statement(
  "sqs.nextGroup",
  "SELECT available_at AS at FROM message_groups WHERE queue = $1 ORDER BY available_at LIMIT 1",
);

/** Returns a row if the receipt still holds: nobody has received the message again, and its time has not run out. */
const deleteHeld = statement(
  "sqs.deleteFifoMessage",
  "DELETE FROM messages WHERE id = $1 AND message_id = $2 AND receive_count = $3 AND available_at > $4 RETURNING id",
);
const keepHeld = statement(
  "sqs.setFifoVisibility",
  `UPDATE messages SET available_at = $1 WHERE id = $2 AND message_id = $3 AND receive_count = $4 AND available_at > $5
     AND received_at >= $6 RETURNING id`,
);
/** The delay of a FIFO queue holds for what is in it already. */
const delayAll = statement(
  "sqs.delayMessages",
  "UPDATE messages SET available_at = sent_at + $1 WHERE queue = $2 AND receive_count = 0",
);
/** Into a dead-letter queue, where the message is a new one under its old id. */
const moveHeld = statement(
  "sqs.moveFifoMessage",
  `UPDATE messages SET queue = $1, details = $2, sent_at = $3, available_at = $3, receive_count = receive_count - 1,
     attempt = NULL, sequence = (SELECT last_sequence - $4 FROM fifo_queues WHERE queue = $1)
   WHERE id = $5 AND message_id = $6 AND receive_count = $7`,
);
/** Those without an earlier one of their group that somebody holds. */
const firstAvailable = statement(
  "sqs.availableFifoMessages",
  `SELECT ${RECEIVED} FROM messages m WHERE queue = $1 AND available_at <= $2 AND NOT EXISTS
     (SELECT 1 FROM messages b WHERE b.queue = m.queue AND b.group_id = m.group_id AND b.sequence < m.sequence
        AND b.sequence IS NOT NULL AND b.available_at > $2)
   ORDER BY available_at, id LIMIT $3`,
);
const openGroupOf = statement(
  "sqs.openGroupOfMessage",
  `INSERT INTO message_groups (queue, group_id, available_at, head)
   SELECT queue, group_id, available_at, sequence FROM messages WHERE id = $1 AND queue = $2
   ON CONFLICT (queue, group_id) DO UPDATE SET available_at = message_groups.available_at`,
);

export interface FifoClaim {
  readonly queue: number;
  readonly nowMs: number;
  readonly most: number;
  /** When the messages are visible again. */
  readonly untilMs: number;
  /** A random number below -1, of this claim alone. */
  readonly mark: number;
  /** The ReceiveRequestAttemptId. */
  readonly attempt: string | undefined;
}

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
  insert(queue: number, sent: readonly NewFifoMessage[], nowMs: number) {
    const changes: Change[] = [
      { statement: count, params: [sent.length, queue], rows: 1 },
      { statement: forgetIds, params: [queue, nowMs, 2 * sent.length] },
    ];
    const answers: number[] = [];
    sent.forEach((message, i) => {
      const { messageId, body, details, sentAtMs, availableAtMs, groupId, deduplicationId, scope } = message;
      const key = [queue, scope, deduplicationId, messageId];
      const behind = sent.length - 1 - i;
      answers.push(changes.length);
      changes.push(
        { statement: deduplicate, params: [...key, behind, nowMs + DEDUPLICATION_MS, nowMs] },
        {
          statement: insertUnlessSent,
          params: [...key, body, JSON.stringify(details), sentAtMs, availableAtMs, groupId],
        },
        { statement: openGroup, params: [...key, groupId, availableAtMs] },
      );
    });
    return { changes, answers };
  },

  /** Receives messages; `claimed` reads them from what the commit returned. */
  claim({ queue, nowMs, most, untilMs, mark, attempt }: FifoClaim): Change[] {
    return [
      { statement: orderOfGroups, params: [queue, nowMs, most] },
      { statement: claimGroups, params: [queue, nowMs, most, mark] },
      { statement: claimOfGroups, params: [queue, nowMs, most, mark, untilMs, attempt ?? null] },
      { statement: settleClaimed, params: [queue, mark] },
      { statement: dropEmpty, params: [queue] },
    ];
  },
  claimed([order, , rows]: CommitResult): ReceivedMessage[] {
    const place = new Map(order!.map(({ group_id }, i) => [String(group_id), i]));
    const placeOf = ({ groupId }: ReceivedMessage) => place.get(groupId!) ?? place.size;
    // RETURNING gives rows in no order.
    return rows!.map(messages.received).sort((a, b) => placeOf(a) - placeOf(b) || a.sequence! - b.sequence!);
  },
  /** Receives the messages of an earlier attempt of the same id, if they are still held: until `untilMs` now. */
  async claimAgain(
    store: Store,
    { id, key }: Pick<Queue, "id" | "key">,
    attempt: string,
    nowMs: number,
    untilMs: number,
  ): Promise<ReceivedMessage[]> {
    const params = [id, attempt, nowMs, nowMs - DEDUPLICATION_MS];
    const groups = (await store.read(groupsOfAttempt, params)).map((row) => String(row.group_id));
    if (groups.length === 0) return [];
    const again = { statement: claimAgain, params: [...params, untilMs] };
    const rows = (await store.commit(fifo.inGroups(id, groups, [again]), { key }))[groups.length]!;
    return rows.map(messages.received).sort((a, b) => a.sequence! - b.sequence!);
  },

  /** Makes changes to messages of groups, and then says when each group is available. */
  inGroups(queue: number, groupIds: Iterable<string>, changes: readonly Change[]): Change[] {
    const groups = [...new Set(groupIds)].sort();
    return [
      ...groups.map((group) => ({ statement: lockOne, params: [queue, group] })),
      ...changes,
      ...groups.map((group) => ({ statement: settleOne, params: [queue, group] })),
      { statement: dropEmpty, params: [queue] },
    ];
  },
  /** The same for changes that concern every group. */
  inAllGroups(queue: number, changes: readonly Change[]): Change[] {
    return [
      { statement: lockAll, params: [queue] },
      ...changes,
      { statement: settleAll, params: [queue] },
      { statement: dropEmpty, params: [queue] },
    ];
  },

  deleteHeld({ row, messageId }: MessageKey, receiveCount: number, nowMs: number): Change {
    return { statement: deleteHeld, params: [row, messageId, receiveCount, nowMs] };
  },
  /** Returns a row if the receipt still holds, and is of `receivedFromMs` or later. */
  setVisibility(
    { row, messageId }: MessageKey,
    receiveCount: number,
    {
      nowMs,
      availableAtMs,
      receivedFromMs,
    }: { nowMs: number; availableAtMs: number; receivedFromMs: number },
  ): Change {
    const params = [availableAtMs, row, messageId, receiveCount, nowMs, receivedFromMs];
    return { statement: keepHeld, params };
  },
  delayAll: (queue: number, delayMs: number): Change => ({ statement: delayAll, params: [delayMs, queue] }),

  /** Moves messages that were received once too often into a dead-letter queue; conflicts when that is gone. */
  moveTo(deadLetters: number, moved: readonly ReceivedMessage[], sourceArn: string, nowMs: number): Change[] {
    return [
      { statement: count, params: [moved.length, deadLetters], rows: 1 },
      ...moved.flatMap(({ row, messageId, receiveCount, details }, i): Change[] => {
        const after = JSON.stringify({ ...details, q: sourceArn, d: messageId });
        const behind = moved.length - 1 - i;
        return [
          {
            statement: moveHeld,
            params: [deadLetters, after, nowMs, behind, row, messageId, receiveCount],
          },
          { statement: openGroupOf, params: [row, deadLetters] },
        ];
      }),
    ];
  },

  forgetUntil: (queue: number, untilMs: number): Change => ({
    statement: forgetUntil,
    params: [queue, untilMs],
  }),
  deleteGroups: (queue: number): Change => ({ statement: deleteGroups, params: [queue] }),

  /** The first that may be had, as they are and in their order. */
  async available(store: Store, queue: number, nowMs: number, most: number): Promise<ReceivedMessage[]> {
    const rows = await store.read(firstAvailable, [queue, nowMs, most]);
    return rows.map(messages.received).sort((a, b) => a.sequence! - b.sequence!);
  },

  /** When the first group is available. */
  async nextAvailableMs(store: Store, queue: number): Promise<number | undefined> {
    const [row] = await store.read(nextGroup, [queue]);
    return row && Number(row.at);
  },
};
