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
      ORDER BY available_at LIMIT $3 FOR UPDATE SKIP LOCKED)
   UPDATE messages SET available_at = $4, receive_count = receive_count + 1, received_at = $2,
     first_received_at = COALESCE(first_received_at, $2)
   WHERE id IN (SELECT id FROM due) RETURNING ${RECEIVED}`,
);
const nextAvailable = statement(
  "sqs.nextMessage",
  "SELECT available_at AS at FROM messages WHERE queue = $1 ORDER BY available_at LIMIT 1",
);
const deleteOne = statement("sqs.deleteMessage", "DELETE FROM messages WHERE id = $1 AND message_id = $2");
/** Each message that is still there, whether it is in flight or visible again; a longer total than 12 hours is refused. */
const setVisibility = statement(
  "sqs.setVisibility",
  `UPDATE messages SET available_at = $1 WHERE id = $2 AND message_id = $3 AND receive_count > 0
     AND received_at >= $4 RETURNING id`,
);
const findReceivedAt = statement(
  "sqs.messageReceivedAt",
  "SELECT received_at, available_at, receive_count FROM messages WHERE id = $1 AND message_id = $2",
);
const giveBack = statement(
  "sqs.giveBackMessage",
  `UPDATE messages SET available_at = $1, receive_count = receive_count - 1
   WHERE id = $2 AND message_id = $3 AND receive_count = $4`,
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
  delete({ row, messageId }: MessageKey): Change {
    return { statement: deleteOne, params: [row, messageId] };
  },
  /** Returns a row when the message is there and was received at or after `receivedFromMs`. */
  setVisibility({ row, messageId }: MessageKey, availableAtMs: number, receivedFromMs: number): Change {
    return { statement: setVisibility, params: [availableAtMs, row, messageId, receivedFromMs] };
  },
  /** What a message that could not be changed is like; undefined when it is gone. */
  async state(store: Store, { row, messageId }: MessageKey) {
    const [found] = await store.read(findReceivedAt, [row, messageId]);
    return (
      found && {
        receivedAtMs: found.received_at === null ? undefined : Number(found.received_at),
        availableAtMs: Number(found.available_at),
        receiveCount: Number(found.receive_count),
      }
    );
  },
  /** As if it had not been received, unless somebody has received it again. */
  giveBack({ row, messageId, receiveCount }: ReceivedMessage, nowMs: number): Change {
    return { statement: giveBack, params: [nowMs, row, messageId, receiveCount] };
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
