import type { CallContext } from "../kernel/context.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import { queueDoesNotExist } from "./errors.ts";
import { type CheckedMessage, checkMessage, type MessageInput, senderOf } from "./message.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { fifo } from "./table/fifo.ts";
import { messages, type NewMessage } from "./table/messages.ts";

/** What is stored of a message. */
export type Sendable = Pick<CheckedMessage, "body" | "details" | "delayMs" | "fifo">;

/** What a sender is told of a message. */
export interface SentMessage {
  readonly MessageId: string;
  readonly SequenceNumber?: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
export async function sendMessage(
  parts: SqsParts,
  context: CallContext,
  input: MessageInput & { readonly QueueUrl: string },
) {
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  const message = checkMessage(queue, input, senderOf(context));
  const [sent] = await send(parts, queue, [message]);
  return { ...sent, ...message.md5 };
}

/** Sends messages in one commit. Throws QueueDoesNotExist also when another node has deleted the queue just now. */
export async function send(
  parts: SqsParts,
  queue: Queue,
  checked: readonly CheckedMessage[],
): Promise<SentMessage[]> {
  const { changes, sent, committed } = sending(parts, queue, checked);
  try {
    const commit = parts.store.commit(changes, { key: queue.key });
    const [answers, isThere] = await Promise.all([
      commit,
      queue.settings.fifo || parts.catalog.isThere(queue),
    ]);
    if (!isThere) throw queueDoesNotExist();
    committed();
    return sent(answers);
  } catch (error) {
    // A FIFO queue counts its messages, which it cannot once it is gone.
    throw error instanceof Conflict ? queueDoesNotExist() : error;
  }
}

/** The changes that send messages, and what is to be done and said once they are durable. */
export function sending(parts: SqsParts, queue: Queue, checked: readonly Sendable[]) {
  const { ids, clock, receivers } = parts;
  const nowMs = clock.now();
  const made = checked.map((message) => ({ message, made: newMessage(message, ids.uuid(), nowMs) }));
  const committed = () => {
    for (const { made: message } of made) receivers.available(queue, message.availableAtMs);
  };
  if (!queue.settings.fifo) {
    const changes: Change[] = made.map(({ made: message }) => messages.insert(queue.id, message));
    return {
      changes,
      committed,
      sent: () => made.map(({ made: { messageId } }) => ({ MessageId: messageId })),
    };
  }
  const inserted = fifo.insert(
    queue.id,
    made.map(({ message, made: base }) => ({
      ...base,
      ...message.fifo!,
      scope: queue.record.groupScope ? message.fifo!.groupId : "",
    })),
    nowMs,
  );
  return {
    changes: inserted.changes,
    committed,
    sent: (answers: Awaited<ReturnType<SqsParts["store"]["commit"]>>): SentMessage[] =>
      inserted.answers.map((place) => {
        const [row] = answers[place]!;
        return { MessageId: String(row!.message_id), SequenceNumber: sequenceNumber(Number(row!.sequence)) };
      }),
  };
}

function newMessage({ body, details, delayMs }: Sendable, messageId: string, nowMs: number): NewMessage {
  return { messageId, body, details, sentAtMs: nowMs, availableAtMs: nowMs + delayMs };
}

/** As large as AWS's, which have 20 digits. */
const FIRST_SEQUENCE = 18_800_000_000_000_000_000n;

export function sequenceNumber(sequence: number): string {
  return String(FIRST_SEQUENCE + BigInt(sequence));
}
