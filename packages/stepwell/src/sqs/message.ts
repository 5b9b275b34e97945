import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import { setEntry } from "../kernel/schema/from-json.ts";
import { md5, md5OfAttributes, sha256 } from "./digests.ts";
import { invalidParameter, invalidValue, missingParameter } from "./errors.ts";
import type { Queue } from "./queue.ts";
import type { MessageDetails, StoredAttribute } from "./table/messages.ts";

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
  readonly StringListValues?: readonly string[];
  readonly BinaryListValues?: readonly Uint8Array[];
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What SendMessage, and an entry of SendMessageBatch, say of a message. */
export interface MessageInput {
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: MessageAttributes;
  readonly MessageSystemAttributes?: MessageAttributes;
  readonly MessageDeduplicationId?: string;
  readonly MessageGroupId?: string;
}

/** A message that its queue takes. */
export interface CheckedMessage {
  readonly body: string;
  readonly details: MessageDetails;
  readonly delayMs: number;
  readonly md5: {
    readonly MD5OfMessageBody: string;
    readonly MD5OfMessageAttributes?: string;
    readonly MD5OfMessageSystemAttributes?: string;
  };
  /** In FIFO queues. */
  readonly fifo?: { readonly groupId: string; readonly deduplicationId: string };
}

/** Who sends a message. */
export interface Sender {
  readonly id: string;
  /** AWSTraceHeader of messages that have none of their own. */
  readonly traceHeader?: string | undefined;
}

export function senderOf({ account, traceHeader }: CallContext): Sender {
  return { id: account, traceHeader };
}

/** https://www.w3.org/TR/REC-xml/#charsets */
const INVALID_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const VALID_CHARACTERS = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

const MAX_DELAY_SECONDS = 900;
const MOST_ATTRIBUTES = 10;
const LONGEST_NAME = 256;

/**
 * Looks at a message as SQS does, and says what there is to know of it. Throws what it is refused with: nothing but the
 * queue's attributes has a say in it.
 */
export function checkMessage(queue: Queue, input: MessageInput, sender: Sender): CheckedMessage {
  const { MessageBody, MessageAttributes, MessageSystemAttributes } = input;
  const { settings } = queue;
  if (MessageBody.length === 0) throw missingParameter("MessageBody");
  if (messageBytes(input) > settings.largestBytes) throw tooLong(settings.largestBytes);
  if (INVALID_CHARACTER.test(MessageBody)) {
    throw new AwsError(
      "InvalidMessageContents",
      `Invalid characters found. Valid unicode characters are ${VALID_CHARACTERS}`,
    );
  }
  const attributes = MessageAttributes && checkAttributes(MessageAttributes, "user");
  const system = MessageSystemAttributes && traceHeader(MessageSystemAttributes);
  const trace = system ?? sender.traceHeader;
  checkId(input.MessageDeduplicationId, "MessageDeduplicationId");
  checkId(input.MessageGroupId, "MessageGroupId");
  const fifo = settings.fifo ? fifoIds(queue, input) : undefined;
  if (!fifo && input.MessageDeduplicationId !== undefined) {
    throw invalidValue(
      input.MessageDeduplicationId,
      "MessageDeduplicationId",
      "The request includes a parameter that is not valid for this queue type.",
    );
  }
  return {
    body: MessageBody,
    details: {
      s: sender.id,
      ...(attributes && { a: attributes }),
      ...(trace !== undefined && { t: trace }),
      ...(input.MessageGroupId !== undefined && { g: input.MessageGroupId }),
      ...(fifo && { d: fifo.deduplicationId }),
    },
    delayMs: delayOf(queue, input.DelaySeconds),
    md5: {
      MD5OfMessageBody: md5(MessageBody),
      ...(attributes && { MD5OfMessageAttributes: md5OfAttributes(MessageAttributes) }),
      ...(system !== undefined && {
        MD5OfMessageSystemAttributes: md5OfAttributes(MessageSystemAttributes!),
      }),
    },
    ...(fifo && { fifo }),
  };
}

/** Attributes count, with their names and types. */
export function messageBytes({ MessageBody, MessageAttributes }: MessageInput): number {
  let bytes = Buffer.byteLength(MessageBody ?? "");
  for (const name in MessageAttributes) {
    const { DataType, StringValue, BinaryValue } = MessageAttributes[name]!;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? "");
    bytes += Buffer.byteLength(StringValue ?? "") + (BinaryValue?.byteLength ?? 0);
  }
  return bytes;
}

function tooLong(bytes: number): AwsError {
  return invalidParameter(
    `One or more parameters are invalid. Reason: Message must be shorter than ${bytes} bytes.`,
  );
}

function delayOf({ settings }: Queue, seconds: number | undefined): number {
  if (seconds === undefined) return settings.delayMs;
  if (seconds < 0 || seconds > MAX_DELAY_SECONDS) {
    throw invalidValue(seconds, "DelaySeconds", `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
  }
  if (!settings.fifo) return seconds * 1000;
  if (seconds === 0) return settings.delayMs;
  throw invalidValue(
    seconds,
    "DelaySeconds",
    "The request include parameter that is not valid for this queue type.",
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#SQS-SendMessage-request-MessageGroupId */
const ID = /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/** Throws for an id that is none; `parameter` is what it was given for. */
export function checkId(id: string | undefined, parameter: string): void {
  if (id === undefined || ID.test(id)) return;
  throw invalidValue(
    id,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function fifoIds({ settings }: Queue, input: MessageInput) {
  const { MessageGroupId, MessageDeduplicationId } = input;
  if (MessageGroupId === undefined) throw missingParameter("MessageGroupId");
  if (MessageDeduplicationId === undefined && !settings.contentBasedDeduplication) {
    throw deduplicationIdNeeded();
  }
  return {
    groupId: MessageGroupId,
    deduplicationId: MessageDeduplicationId ?? sha256(input.MessageBody),
  };
}

export function deduplicationIdNeeded(): AwsError {
  return invalidParameter(
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

const ATTRIBUTE_NAME = /^[\p{L}\p{N}_.-]+$/u;
const RESERVED_NAME = /^(aws|amazon)\./i;
const MISPLACED_DOT = /^\.|\.$|\.\./;
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(\..+)?$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

function checkAttributes(
  attributes: MessageAttributes,
  kind: "user" | "system",
): Readonly<Record<string, StoredAttribute>> | undefined {
  const names = Object.keys(attributes);
  if (names.length === 0) return undefined;
  if (names.length > MOST_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [10].`,
    );
  }
  const stored: Record<string, StoredAttribute> = {};
  for (const name of names) {
    checkName(name, kind);
    setEntry(stored, name, checkAttribute(name, attributes[name]!, kind));
  }
  return stored;
}

function checkName(name: string, kind: string): void {
  if (name === "") {
    throw invalidParameter(`The request must contain non-empty message (${kind}) attribute names.`);
  }
  if (Buffer.byteLength(name) > LONGEST_NAME) {
    throw invalidParameter(`Message (${kind}) attribute name must be shorter than 256 bytes.`);
  }
  if (!ATTRIBUTE_NAME.test(name)) {
    throw invalidParameter(
      `Message (${kind}) attributes name can only contain upper and lower score characters, digits, periods, ` +
        "hyphens and underscores. ",
    );
  }
  if (RESERVED_NAME.test(name)) {
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. " +
        "These strings are reserved for internal use.",
    );
  }
  if (MISPLACED_DOT.test(name)) {
    throw invalidParameter(
      `Invalid attribute name '${name}': it can't start or end with a period, or have periods in succession.`,
    );
  }
}

function checkAttribute(name: string, attribute: MessageAttribute, kind: string): StoredAttribute {
  const { DataType, StringValue, BinaryValue } = attribute;
  if (!DataType) {
    throw invalidParameter(
      `The message (${kind}) attribute '${name}' must contain a non-empty message attribute type.`,
    );
  }
  if (Buffer.byteLength(DataType) > LONGEST_NAME) {
    throw invalidParameter(`Message (${kind}) attribute type must be shorter than 256 bytes.`);
  }
  if (attribute.StringListValues?.length || attribute.BinaryListValues?.length) {
    throw invalidParameter("Message attribute list values in SendMessage operation are not supported.");
  }
  const [, type] = ATTRIBUTE_TYPE.exec(DataType) ?? [];
  if (type === undefined) {
    throw invalidParameter(
      `The type of message (${kind}) attribute '${name}' is invalid. ` +
        "You must use only the following supported type prefixes: Binary, Number, String.",
    );
  }
  if (type === "Binary") {
    if (!BinaryValue || BinaryValue.byteLength === 0) throw emptyAttribute(name, kind, DataType);
    return [DataType, Buffer.from(BinaryValue).toString("base64"), 1];
  }
  if (!StringValue) throw emptyAttribute(name, kind, DataType);
  if (INVALID_CHARACTER.test(StringValue)) {
    throw invalidParameter(`Invalid characters found. Valid unicode characters are ${VALID_CHARACTERS}`);
  }
  if (type === "Number" && !NUMBER.test(StringValue)) {
    throw invalidParameter(`Can't cast the value of message (${kind}) attribute '${name}' to a number.`);
  }
  return [DataType, StringValue];
}

function emptyAttribute(name: string, kind: string, type: string): AwsError {
  return invalidParameter(
    `Message (${kind}) attribute '${name}' must contain a non-empty value of type '${type}'.`,
  );
}

/** The only system attribute that a sender may set. */
function traceHeader(attributes: MessageAttributes): string | undefined {
  for (const name of Object.keys(attributes)) {
    if (name !== "AWSTraceHeader") {
      throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    }
  }
  const header = attributes.AWSTraceHeader;
  if (!header) return undefined;
  const [dataType, value] = checkAttribute("AWSTraceHeader", header, "system");
  if (dataType !== "String") {
    throw invalidParameter("The message system attribute 'AWSTraceHeader' must be of type 'String'.");
  }
  return value;
}
