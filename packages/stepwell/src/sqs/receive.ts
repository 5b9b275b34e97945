import type { CallContext } from "../kernel/context.ts";
import { claimMessages } from "./claim.ts";
import { md5, md5OfAttributes } from "./digests.ts";
import { invalidValue, overLimit } from "./errors.ts";
import { checkId, type MessageAttribute } from "./message.ts";
import type { SqsParts } from "./parts.ts";
import type { Queue } from "./queue.ts";
import { encodeReceipt } from "./receipt.ts";
import { sequenceNumber } from "./send.ts";
import { fifo } from "./table/fifo.ts";
import { messages, type ReceivedMessage, type StoredAttribute } from "./table/messages.ts";
import { LONGEST_VISIBILITY_SECONDS } from "./visibility.ts";

export interface ReceiveInput {
  readonly QueueUrl: string;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
  readonly ReceiveRequestAttemptId?: string;
}

const MOST_MESSAGES = 10;
const LONGEST_WAIT_SECONDS = 20;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
export async function receiveMessage(parts: SqsParts, context: CallContext, input: ReceiveInput) {
  const { upToDate } = parts.catalog;
  const queue = await parts.catalog.byUrl(input.QueueUrl, context);
  checkReceive(input);
  const { MaxNumberOfMessages: most = 1, VisibilityTimeout, WaitTimeSeconds } = input;
  const visibilityMs =
    VisibilityTimeout === undefined ? queue.settings.visibilityMs : VisibilityTimeout * 1000;
  const askedMs = WaitTimeSeconds === undefined ? queue.settings.waitMs : WaitTimeSeconds * 1000;
  const { waitsUntilAborted } = context;
  const waitMs = waitsUntilAborted ? Number.POSITIVE_INFINITY : askedMs;
  // Who waits without an end must not go by what the queue once was.
  const signal = waitsUntilAborted ? AbortSignal.any([context.signal, upToDate]) : context.signal;
  const attempt = queue.settings.fifo ? input.ReceiveRequestAttemptId : undefined;
  const claim = () => claimMessages(parts, { queue, most, visibilityMs, attempt });
  const received =
    waitMs === 0
      ? await claim()
      : await parts.receivers.wait(queue, {
          claim,
          giveBack: (claimed) => void giveBack(parts, context, queue, claimed),
          untilMs: parts.clock.now() + waitMs,
          signal,
        });
  if (!received && waitMs === 0) await refuseOverLimit(parts, queue);
  return received ? { Messages: received.map((message) => shown(queue, message, input)) } : {};
}

/** Who polls a FIFO queue, or waits, is told nothing: there may be room before long. */
async function refuseOverLimit({ inFlight }: SqsParts, queue: Queue): Promise<void> {
  if (queue.settings.fifo || (await inFlight.isOpen(queue))) return;
  throw overLimit(`Too many messages in flight for queue ${queue.record.name}.`);
}

function checkReceive(input: ReceiveInput): void {
  const { MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds, ReceiveRequestAttemptId } = input;
  checkId(ReceiveRequestAttemptId, "ReceiveRequestAttemptId");
  if (!isWithin(MaxNumberOfMessages, 1, MOST_MESSAGES)) {
    const reason = `Must be between 1 and ${MOST_MESSAGES}, if provided.`;
    throw invalidValue(MaxNumberOfMessages!, "MaxNumberOfMessages", reason);
  }
  if (!isWithin(WaitTimeSeconds, 0, LONGEST_WAIT_SECONDS)) {
    const reason = `Must be >= 0 and <= ${LONGEST_WAIT_SECONDS}, if provided.`;
    throw invalidValue(WaitTimeSeconds!, "WaitTimeSeconds", reason);
  }
  if (!isWithin(VisibilityTimeout, 0, LONGEST_VISIBILITY_SECONDS)) {
    const reason = `Must be >= 0 and <= ${LONGEST_VISIBILITY_SECONDS}, if provided.`;
    throw invalidValue(VisibilityTimeout!, "VisibilityTimeout", reason);
  }
}

function isWithin(value: number | undefined, min: number, max: number): boolean {
  return value === undefined || (Number.isInteger(value) && value >= min && value <= max);
}

/** As if they had not been received. */
async function giveBack(
  { store, clock, receivers }: SqsParts,
  { log }: CallContext,
  queue: Queue,
  received: readonly ReceivedMessage[],
): Promise<void> {
  const nowMs = clock.now();
  const back = received.map((message) => messages.giveBack(message, queue.id, nowMs));
  const groups = received.flatMap(({ groupId }) => groupId ?? []);
  try {
    const changes = queue.settings.fifo ? fifo.inGroups(queue.id, groups, back) : back;
    await store.commit(changes, { key: queue.key });
    receivers.available(queue, nowMs);
  } catch (error) {
    log.warn({ queue: queue.arn, error }, "messages that nobody took are visible again after their timeout");
  }
}

/** A message as its receiver sees it. */
function shown(queue: Queue, message: ReceivedMessage, input: ReceiveInput) {
  const { messageId, body, details } = message;
  const names = input.MessageSystemAttributeNames ?? input.AttributeNames ?? [];
  const system = names.length === 0 ? {} : wanted(systemAttributes(message), names);
  const attributes = details.a ? wantedAttributes(details.a, input.MessageAttributeNames ?? []) : {};
  return {
    MessageId: messageId,
    ReceiptHandle: encodeReceipt(queue.id, message),
    MD5OfBody: md5(body),
    Body: body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(Object.keys(attributes).length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: attributes,
    }),
  };
}

function systemAttributes(message: ReceivedMessage): Record<string, string> {
  const { s, t, g, d, q } = message.details;
  const { sequence } = message;
  return {
    SenderId: s,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAtMs),
    ...(sequence !== undefined && { SequenceNumber: sequenceNumber(sequence) }),
    ...(d !== undefined && { MessageDeduplicationId: d }),
    ...(g !== undefined && { MessageGroupId: g }),
    ...(t !== undefined && { AWSTraceHeader: t }),
    ...(q !== undefined && { DeadLetterQueueSourceArn: q }),
  };
}

function wanted(all: Record<string, string>, names: readonly string[]): Record<string, string> {
  if (names.includes("All")) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/** `All`, `*` and `.*` are all of them, `bar.*` those that begin with `bar`. */
function wantedAttributes(
  stored: Readonly<Record<string, StoredAttribute>>,
  names: readonly string[],
): Record<string, MessageAttribute> {
  const matches = (name: string): boolean =>
    names.some(
      (wish) =>
        wish === "All" ||
        wish === "*" ||
        wish === name ||
        (wish.endsWith(".*") && name.startsWith(wish.slice(0, -2))),
    );
  const shownOnes = Object.entries(stored).filter(([name]) => matches(name));
  return Object.fromEntries(
    shownOnes.map(([name, [DataType, value, isBinary]]) => [
      name,
      isBinary ? { DataType, BinaryValue: Buffer.from(value, "base64") } : { DataType, StringValue: value },
    ]),
  );
}
