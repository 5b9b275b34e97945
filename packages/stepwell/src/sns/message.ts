import { createHash } from "node:crypto";
import { AwsError } from "../kernel/errors.ts";
import { invalidParameter } from "./errors.ts";
import {
  type AttributeInput,
  attributesBytes,
  checkMessageAttributes,
  type MessageAttributes,
} from "./message-attributes.ts";
import type { Topic } from "./table/topics.ts";
import { isFifo } from "./topic-attributes.ts";

/** What Publish and an entry of PublishBatch say of a message. */
export interface MessageInput {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: AttributeInput;
  readonly MessageDeduplicationId?: string;
  readonly MessageGroupId?: string;
}

/** A message that has passed the checks. */
export interface Draft {
  /** Texts by protocol; `default` is for those that are not named. */
  readonly texts: Readonly<Record<string, string>> & { readonly default: string };
  readonly subject?: string;
  readonly attributes: MessageAttributes;
  readonly groupId?: string;
  /** Of messages to FIFO topics. */
  readonly deduplicationId?: string;
  /** What counts towards AWS's limit. */
  readonly bytes: number;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const LARGEST_BYTES = 256 * 1024;
const LONGEST_SUBJECT = 100;
const LONGEST_ID = 128;

/** Checks a message; the topic is absent when it goes to a phone. Throws AwsError. */
export function checkMessage(input: MessageInput, topic?: Topic): Draft {
  const { Message, Subject, MessageGroupId: groupId } = input;
  if (Message === "") throw invalidParameter("Empty message");
  const attributes = checkMessageAttributes(input.MessageAttributes);
  const bytes = Buffer.byteLength(Message) + attributesBytes(attributes);
  const texts = textsOf(input);
  if (Subject !== undefined) checkSubject(Subject);
  const deduplicationId = topic && checkIds(input, topic);
  return {
    ...{ texts, attributes, bytes },
    ...(Subject === undefined ? {} : { subject: Subject }),
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
  };
}

export function refuseTooLong({ bytes }: Draft): void {
  if (bytes > LARGEST_BYTES) throw invalidParameter("Message too long");
}

function textsOf({ Message, MessageStructure }: MessageInput): Draft["texts"] {
  if (MessageStructure === undefined) return { default: Message };
  if (MessageStructure !== "json") throw invalidParameter("MessageStructure");
  let texts: unknown;
  try {
    texts = JSON.parse(Message);
  } catch {
    throw invalidParameter("Message Structure - JSON message body failed to parse");
  }
  const strings = Object.entries(texts ?? {}).filter(([, text]) => typeof text === "string");
  const byProtocol = Object.fromEntries(strings);
  if (byProtocol.default === undefined) {
    throw invalidParameter("Message Structure - No default entry in JSON message body");
  }
  return byProtocol as Draft["texts"];
}

function checkSubject(subject: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const odd = /[\u0000-\u001f\u007f]/.test(subject);
  if (subject === "" || subject.length > LONGEST_SUBJECT || odd) throw invalidParameter("Subject");
}

/** The deduplication id of a message to a FIFO topic: the one that is given, or a hash of the message. */
function checkIds({ Message, ...input }: MessageInput, topic: Topic): string | undefined {
  const { MessageGroupId: groupId, MessageDeduplicationId: id } = input;
  if (!isFifo(topic)) {
    if (id !== undefined) {
      throw invalidParameter(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for " +
          "this topic type",
      );
    }
    if (groupId !== undefined) checkId("MessageGroupId", groupId);
    return undefined;
  }
  if (groupId === undefined) {
    throw invalidParameter("The MessageGroupId parameter is required for FIFO topics");
  }
  checkId("MessageGroupId", groupId);
  if (id !== undefined) {
    checkId("MessageDeduplicationId", id);
    return id;
  }
  if (topic.attributes.ContentBasedDeduplication === "true") {
    return createHash("sha256").update(Message).digest("hex");
  }
  throw invalidParameter(
    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

/** 1 to 128 printable ASCII characters without spaces. */
function checkId(name: string, id: string): void {
  if (/^[!-~]+$/.test(id) && id.length <= LONGEST_ID) return;
  throw invalidParameter(
    `${name} Reason: ${name} can only include alphanumeric and punctuation characters. 1 to ${LONGEST_ID} in length.`,
  );
}

/** https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
const MOST_ENTRIES = 10;

interface Identified {
  readonly Id: string;
}

/** Refuses a batch for its entries' number and names. */
export function checkBatch(entries: readonly Identified[]): void {
  if (entries.length === 0) {
    throw new AwsError("EmptyBatchRequestException", "The batch request doesn't contain any entries.");
  }
  if (entries.length > MOST_ENTRIES) {
    throw new AwsError(
      "TooManyEntriesInBatchRequestException",
      "The batch request contains more entries than permissible.",
    );
  }
  if (entries.some(({ Id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(Id))) {
    throw new AwsError(
      "InvalidBatchEntryIdException",
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      "BatchEntryIdsNotDistinctException",
      "Two or more batch entries in the request have the same Id.",
    );
  }
}

export function refuseTooLongBatch(drafts: readonly Draft[]): void {
  if (drafts.reduce((sum, { bytes }) => sum + bytes, 0) <= LARGEST_BYTES) return;
  throw new AwsError(
    "BatchRequestTooLongException",
    "The length of all the messages put together is more than the limit.",
  );
}
