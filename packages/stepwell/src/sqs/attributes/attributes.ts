import { invalidAttributeName, invalidAttributeValue, unknownAttribute } from "../errors.ts";
import { checkPolicy, checkRedriveAllowPolicy } from "./policies.ts";

/** Attributes of a queue by name, as AWS has them: texts. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** Those that anybody may set, with what is true when nobody has; those without a default are absent then. */
const SETTABLE: Readonly<Record<string, string | undefined>> = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
  KmsMasterKeyId: undefined,
  KmsDataKeyReusePeriodSeconds: undefined,
  Policy: undefined,
  RedrivePolicy: undefined,
  RedriveAllowPolicy: undefined,
};

const FIFO_ONLY: Readonly<Record<string, string>> = {
  FifoQueue: "true",
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoThroughputLimit: "perQueue",
};

/** What SQS itself says about a queue. */
export const COMPUTED = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
] as const;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  VisibilityTimeout: [0, 43_200],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};

/** `True` is as good as `true`. */
const BOOLEANS = ["SqsManagedSseEnabled", "FifoQueue", "ContentBasedDeduplication"];

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  SqsManagedSseEnabled: ["true", "false"],
  ContentBasedDeduplication: ["true", "false"],
  DeduplicationScope: ["queue", "messageGroup"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};

/** An empty text takes these away. */
const REMOVABLE = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"];

/** Of the key of a queue that has one. */
const DEFAULT_KEY_REUSE_SECONDS = "300";

export function isFifoName(name: string): boolean {
  return name.endsWith(".fifo");
}

/** Attributes as they are kept: whoever writes `True` means `true`. */
export function normalizedAttributes(given: QueueAttributes): QueueAttributes {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      BOOLEANS.includes(name) ? value.toLowerCase() : value,
    ]),
  );
}

/** Whether a name is one that GetQueueAttributes may be asked for. */
export function isAttributeName(name: string): boolean {
  return name === "All" || name in SETTABLE || name in FIFO_ONLY || COMPUTED.includes(name as never);
}

/**
 * The attributes of a queue after some have been set. Throws for those that it cannot have: InvalidAttributeName,
 * InvalidAttributeValue, and what policies.ts throws.
 */
export function withAttributes(
  before: QueueAttributes,
  set: QueueAttributes,
  fifo: boolean,
): QueueAttributes {
  for (const [name, value] of Object.entries(set)) checkAttribute(name, value, fifo);
  const after: Record<string, string> = { ...before, ...set };
  for (const name of REMOVABLE) if (after[name] === "") delete after[name];
  settleEncryption(after, set);
  if (effective(after, "FifoThroughputLimit", fifo) === "perMessageGroupId") {
    if (effective(after, "DeduplicationScope", fifo) !== "messageGroup") {
      throw invalidAttributeValue(
        "FifoThroughputLimit",
        "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
      );
    }
  }
  return after;
}

function checkAttribute(name: string, value: string, fifo: boolean): void {
  if (name === "FifoQueue" && fifo) {
    if (value !== "true") {
      throw invalidAttributeValue("FifoQueue", "Modifying queue type is not supported.");
    }
    return;
  }
  if (!fifo && (name === "DeduplicationScope" || name === "FifoThroughputLimit")) {
    throw invalidAttributeName(`You can specify the ${name} only when FifoQueue is set to true.`);
  }
  if (!(name in SETTABLE) && !(fifo && name in FIFO_ONLY)) throw unknownAttribute(name);
  const range = RANGES[name];
  if (range && !isWithin(value, range)) throw invalidAttributeValue(name);
  if (name === "Policy" && value !== "") checkPolicy(value);
  if (name === "RedriveAllowPolicy" && value !== "") checkRedriveAllowPolicy(value);
  const choices = CHOICES[name];
  if (choices && !choices.includes(value)) throw invalidAttributeValue(name);
}

function isWithin(value: string, [min, max]: readonly [number, number]): boolean {
  return /^\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max;
}

/** Of the two kinds of encryption a queue has one at most; the one that was chosen last ends the other. */
function settleEncryption(after: Record<string, string>, set: QueueAttributes): void {
  const bySqs = set.SqsManagedSseEnabled === "true";
  const byKms = (set.KmsMasterKeyId ?? "") !== "";
  if (bySqs && byKms) {
    throw invalidAttributeName(
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  }
  if (byKms) after.SqsManagedSseEnabled = "false";
  if (bySqs) delete after.KmsMasterKeyId;
  if (after.KmsMasterKeyId === undefined) delete after.KmsDataKeyReusePeriodSeconds;
}

function effective(attributes: QueueAttributes, name: string, fifo: boolean): string | undefined {
  return attributes[name] ?? (fifo ? FIFO_ONLY[name] : undefined) ?? SETTABLE[name];
}

/** All that a queue's owner can set, with defaults. */
export function effectiveAttributes(attributes: QueueAttributes, fifo: boolean): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of [...Object.keys(SETTABLE), ...(fifo ? Object.keys(FIFO_ONLY) : [])]) {
    const value = effective(attributes, name, fifo);
    if (value !== undefined) all[name] = value;
  }
  if (all.KmsMasterKeyId !== undefined) all.KmsDataKeyReusePeriodSeconds ??= DEFAULT_KEY_REUSE_SECONDS;
  return all;
}

/** The name of the first of some attributes that a queue has another value for. */
export function differingAttribute(
  attributes: QueueAttributes,
  wanted: QueueAttributes,
  fifo: boolean,
): string | undefined {
  const has = effectiveAttributes(attributes, fifo);
  return Object.keys(wanted).find((name) => !areEqual(has[name] ?? "", wanted[name]!));
}

/** Policies are equal when they say the same. */
function areEqual(a: string, b: string): boolean {
  return a === b || normalized(a) === normalized(b);
}

function normalized(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** What the attributes mean for messages. */
export interface QueueSettings {
  readonly fifo: boolean;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly waitMs: number;
  readonly retentionMs: number;
  readonly largestBytes: number;
  readonly contentBasedDeduplication: boolean;
  /** Where messages go that are received more often than this. */
  readonly redrive?: { readonly arn: string; readonly maxReceiveCount: number };
}

export function settingsOf(attributes: QueueAttributes, fifo: boolean): QueueSettings {
  const number = (name: string): number => Number(effective(attributes, name, fifo));
  return {
    fifo,
    visibilityMs: number("VisibilityTimeout") * 1000,
    delayMs: number("DelaySeconds") * 1000,
    waitMs: number("ReceiveMessageWaitTimeSeconds") * 1000,
    retentionMs: number("MessageRetentionPeriod") * 1000,
    largestBytes: number("MaximumMessageSize"),
    contentBasedDeduplication: attributes.ContentBasedDeduplication === "true",
    ...redriveOf(attributes.RedrivePolicy),
  };
}

function redriveOf(policy: string | undefined): Pick<QueueSettings, "redrive"> {
  if (policy === undefined) return {};
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy);
  return { redrive: { arn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) } };
}
