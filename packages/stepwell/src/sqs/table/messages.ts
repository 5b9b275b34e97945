import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";

/** What a message says besides its body: kept as JSON, short names because there are many. */
export interface MessageDetails {
  /** The SenderId. */
  readonly s: string;
  /** Message attributes by name: [DataType, text] or [DataType, base64, 1]. */
  readonly a?: Readonly<Record<string, StoredAttribute>>;
  /** AWSTraceHeader. */
  readonly t?: string;
  readonly g?: string;
  /** MessageDeduplicationId. */
  readonly d?: string;
  /** DeadLetterQueueSourceArn. */
  readonly q?: string;
}

export type StoredAttribute = readonly [dataType: string, value: string, isBinary?: 1];

/** A message on its way into a queue. */
export interface NewMessage {
  readonly messageId: string;
  readonly body: string;
  readonly details: MessageDetails;
  readonly sentAtMs: number;
  readonly availableAtMs: number;
}

/** A message that has been received. */
export interface ReceivedMessage {
  /** The number of its row, which another message may have once this one is gone. */
  readonly row: number;
  readonly messageId: string;
  readonly body: string;
  readonly details: MessageDetails;
  readonly sentAtMs: number;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number;
  /** In FIFO queues. */
  readonly groupId?: string;
  readonly sequence?: number;
}

/** Which message a receipt is for. */
export interface MessageKey {
  readonly row: number;
  readonly messageId: string;
}

/** Which receipt of it. */
interface ReceiptKey extends MessageKey {
  readonly receiveCount: number;
}

const insertOne = insert("sqs.insertMessage", "messages", {
  queue: "bigint",
  message_id: "text",
  body: "text",
  details: "text",
  sent_at: "bigint",
  available_at: "bigint",
  receive_count: "integer",
});

export const RECEIVED =
  "id, message_id, body, details, sent_at, receive_count, first_received_at, group_id, sequence";

/**
 * Claims what is available, the first first. Materialized: PostgreSQL may evaluate a plain subquery again for every row,
 * and find others each time.
 */
const claim = statement(
  "sqs.claimMessages",
  `WITH due AS MATERIALIZED
     (SELECT id FROM messages WHERE queue = $1 AND available_at <= $2
      ORDER BY available_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
   UPDATE messages SET available_at = $4, receive_count = receive_count + 1, received_at = $2,
     first_received_at = COALESCE(first_received_at, $2)
   WHERE id IN (SELECT id FROM due) RETURNING ${RECEIVED}`,
);
const nextAvailable = statement(
  "sqs.nextMessage",
  "SELECT available_at AS at FROM messages WHERE queue = $1 ORDER BY available_at LIMIT 1",
);
/** A message that has gone to a dead-letter queue keeps its row, but is out of reach of the receipts of the queue before. */
const deleteOne = statement(
  "sqs.deleteMessage",
  "DELETE FROM messages WHERE id = $1 AND message_id = $2 AND queue = $3",
);
/** Of a message that is still there, whether it is in flight or visible again. */
const setVisibility = statement(
  "sqs.setVisibility",
  `UPDATE messages SET available_at = $1
   WHERE id = $2 AND message_id = $3 AND received_at >= $4 AND queue = $5 RETURNING id`,
);
const findState = statement(
  "sqs.messageState",
  "SELECT available_at, receive_count FROM messages WHERE id = $1 AND message_id = $2 AND queue = $3",
);
/** Into a dead-letter queue, where the message is as old as it was. */
const moveOne = statement(
  "sqs.moveMessage",
  `UPDATE messages SET queue = $1, details = $2, available_at = $3, receive_count = receive_count - 1
   WHERE id = $4 AND message_id = $5 AND receive_count = $6`,
);
const countAll = statement(
  "sqs.countByState",
  `SELECT
     (SELECT COUNT(*) FROM messages WHERE queue = $1 AND available_at BETWEEN $2 AND $3) AS visible,
     (SELECT COUNT(*) FROM messages WHERE queue = $1 AND available_at > $3 AND receive_count = 0) AS delayed,
     (SELECT COUNT(*) FROM messages WHERE queue = $1 AND available_at > $3 AND receive_count > 0) AS in_flight`,
);
const countInFlight = statement(
  "sqs.countInFlight",
  `SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM messages
     WHERE queue = $1 AND available_at > $2 AND receive_count > 0 LIMIT $3) AS held`,
);
const firstAvailable = statement(
  "sqs.availableMessages",
  `SELECT ${RECEIVED} FROM messages
   WHERE queue = $1 AND available_at <= $2 ORDER BY available_at, id LIMIT $3`,
);
const takeAvailable = statement(
  "sqs.takeMessage",
  "DELETE FROM messages WHERE id = $1 AND message_id = $2 AND receive_count = $3 AND available_at <= $4",
);
/** What nobody can see any more: all of a queue that was sent until then, or what was available and not wanted. */
const removeSent = statement(
  "sqs.removeSentMessages",
  `DELETE FROM messages WHERE id IN
     (SELECT id FROM messages WHERE queue = $1 AND sent_at <= $2 ORDER BY available_at, id LIMIT $3) RETURNING id`,
);
const removeExpired = statement(
  "sqs.removeExpiredMessages",
  `DELETE FROM messages WHERE id IN
     (SELECT id FROM messages WHERE queue = $1 AND available_at <= $2 ORDER BY available_at, id LIMIT $3)
   RETURNING id, group_id`,
);
const giveBack = statement(
  "sqs.giveBackMessage",
  `UPDATE messages SET available_at = $1, receive_count = receive_count - 1, attempt = NULL,
     first_received_at = CASE WHEN receive_count = 1 THEN NULL ELSE first_received_at END
   WHERE id = $2 AND message_id = $3 AND receive_count = $4 AND queue = $5 RETURNING id`,
);
const keep = statement(
  "sqs.keepMessage",
  `UPDATE messages SET available_at = $1
   WHERE id = $2 AND message_id = $3 AND receive_count = $4 AND queue = $5 RETURNING id`,
);

export const messages = {
  insert(queue: number, message: NewMessage): Change {
    const { messageId, body, details, sentAtMs, availableAtMs } = message;
    const params = [queue, messageId, body, JSON.stringify(details), sentAtMs, availableAtMs, 0];
    return { statement: insertOne, params };
  },
  /** Receives up to `most` messages of a standard queue, which are invisible until `untilMs`. */
  claim(queue: number, nowMs: number, most: number, untilMs: number): Change {
    return { statement: claim, params: [queue, nowMs, most, untilMs] };
  },
  /** When the first message of a standard queue is available. */
  async nextAvailableMs(store: Store, queue: number): Promise<number | undefined> {
    const [row] = await store.read(nextAvailable, [queue]);
    return row && Number(row.at);
  },
  delete({ row, messageId }: MessageKey, queue: number): Change {
    return { statement: deleteOne, params: [row, messageId, queue] };
  },
  /** Returns a row when the message is there and was received at or after `receivedFromMs`. */
  setVisibility(
    { row, messageId }: MessageKey,
    queue: number,
    { availableAtMs, receivedFromMs }: { readonly availableAtMs: number; readonly receivedFromMs: number },
  ): Change {
    return { statement: setVisibility, params: [availableAtMs, row, messageId, receivedFromMs, queue] };
  },
  /** What a message that could not be changed is like; undefined when it is gone. */
  async state(store: Store, { row, messageId }: MessageKey, queue: number) {
    const [found] = await store.read(findState, [row, messageId, queue]);
    return (
      found && {
        availableAtMs: Number(found.available_at),
        receiveCount: Number(found.receive_count),
      }
    );
  },
  /** Moves one that was received once too often into a dead-letter queue, unless somebody has received it again. */
  moveTo(deadLetters: number, moved: ReceivedMessage, sourceArn: string, nowMs: number): Change {
    const { row, messageId, receiveCount, details } = moved;
    const after = JSON.stringify({ ...details, q: sourceArn });
    return { statement: moveOne, params: [deadLetters, after, nowMs, row, messageId, receiveCount] };
  },
  /** How many there are, apart from those that became available before `sinceMs` and so have expired. */
  async count(store: Store, queue: number, sinceMs: number, nowMs: number) {
    const [row] = await store.read(countAll, [queue, sinceMs, nowMs]);
    return {
      visible: Number(row!.visible),
      delayed: Number(row!.delayed),
      inFlight: Number(row!.in_flight),
    };
  },
  /** How many are in flight; it counts no further than `most`. */
  async countInFlight(store: Store, queue: number, nowMs: number, most: number): Promise<number> {
    const [row] = await store.read(countInFlight, [queue, nowMs, most]);
    return Number(row!.n);
  },
  /** The first that are available, as they are. */
  async available(store: Store, queue: number, nowMs: number, most: number): Promise<ReceivedMessage[]> {
    return (await store.read(firstAvailable, [queue, nowMs, most])).map(messages.received);
  },
  /** Takes one out of its queue that is still as it was read; conflicts when somebody has received it. */
  take({ row, messageId, receiveCount }: ReceivedMessage, nowMs: number): Change {
    return { statement: takeAvailable, params: [row, messageId, receiveCount, nowMs], rows: 1 };
  },
  /** Removes some of what was sent until then; returns a row for each. */
  removeSent(queue: number, untilMs: number, most: number): Change {
    return { statement: removeSent, params: [queue, untilMs, most] };
  },
  /** Removes some of what was available before then; returns a row for each. */
  removeAvailable(queue: number, untilMs: number, most: number): Change {
    return { statement: removeExpired, params: [queue, untilMs, most] };
  },
  /** As if it had not been received, unless somebody has received it again; then it returns no row. */
  giveBack({ row, messageId, receiveCount }: ReceiptKey, queue: number, nowMs: number): Change {
    return { statement: giveBack, params: [nowMs, row, messageId, receiveCount, queue] };
  },
  /** Keeps it invisible until `untilMs`, unless somebody has received it again; then it returns no row. */
  keep({ row, messageId, receiveCount }: ReceiptKey, queue: number, untilMs: number): Change {
    return { statement: keep, params: [untilMs, row, messageId, receiveCount, queue] };
  },
  received(row: Row): ReceivedMessage {
    return {
      row: Number(row.id),
      messageId: String(row.message_id),
      body: String(row.body),
      details: JSON.parse(String(row.details)),
      sentAtMs: Number(row.sent_at),
      receiveCount: Number(row.receive_count),
      firstReceivedAtMs: Number(row.first_received_at),
      ...(row.sequence === null ? {} : { groupId: String(row.group_id), sequence: Number(row.sequence) }),
    };
  },
};
