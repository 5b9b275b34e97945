import type { TargetAttribute, TargetEvent } from "../kernel/targets.ts";
import { scheduleArn } from "./names.ts";
import type { Occurrence } from "./occurrence.ts";

/** An event and the ARN of what it is for. */
export interface Direct {
  readonly arn: string;
  readonly event: TargetEvent;
}

type Input = Readonly<Record<string, unknown>>;

/** Members that a delivery can say, by operation; an input with others is a call. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "lambda.Invoke": ["FunctionName", "InvocationType", "Payload"],
  "sns.Publish": [
    ...["TopicArn", "Message", "Subject", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId"],
  ],
  "sqs.SendMessage": [
    ...["QueueUrl", "MessageBody", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId"],
  ],
};

/**
 * What an operation that a universal target names would deliver, where it does nothing else: then it can be delivered in
 * the commit that moves the schedule on, and so happens once. Undefined when only a call will do. `input` is typed.
 */
export function directDelivery(
  operation: string,
  input: Input,
  { schedule }: Occurrence,
): Direct | undefined {
  const members = MEMBERS[operation];
  if (!members || Object.keys(input).some((name) => !members.includes(name))) return undefined;
  const sourceArn = scheduleArn(schedule);
  if (operation === "lambda.Invoke") {
    const { FunctionName: name, InvocationType, Payload } = input as Record<string, string>;
    if (InvocationType !== "Event" || name === undefined) return undefined;
    const prefix = `arn:aws:lambda:${schedule.region}:${schedule.account}:function:`;
    const arn = name.startsWith("arn:") ? name : prefix + name;
    const payload = Payload === undefined ? "{}" : Buffer.from(Payload).toString("utf8");
    return { arn, event: { payload, sourceArn } };
  }
  const body = operation === "sns.Publish" ? input.Message : input.MessageBody;
  const arn = operation === "sns.Publish" ? input.TopicArn : queueArn(schedule.region, input.QueueUrl);
  if (typeof arn !== "string" || typeof body !== "string") return undefined;
  return { arn, event: { payload: body, sourceArn, message: messageOf(input) } };
}

/** A URL of AWS names its region; one of this server is of the schedule's. */
function queueArn(region: string, url: unknown): string | undefined {
  const [, named = region] = /^https?:\/\/sqs\.([a-z0-9-]+)\./.exec(String(url)) ?? [];
  const [, account, name] = /\/(\d{12})\/([^/]+)$/.exec(String(url)) ?? [];
  return name === undefined ? undefined : `arn:aws:sqs:${named}:${account}:${name}`;
}

interface AttributeInput {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

function messageOf(input: Input): NonNullable<TargetEvent["message"]> {
  const { MessageGroupId, MessageDeduplicationId, Subject } = input as Record<string, string | undefined>;
  const given = input.MessageAttributes as Readonly<Record<string, AttributeInput>> | undefined;
  const attributes =
    given && Object.fromEntries(Object.entries(given).map(([name, value]) => [name, attributeOf(value)]));
  return {
    ...(attributes && { attributes }),
    ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { deduplicationId: MessageDeduplicationId }),
    ...(Subject === undefined ? {} : { subject: Subject }),
  };
}

function attributeOf({ DataType, StringValue, BinaryValue }: AttributeInput): TargetAttribute {
  return {
    dataType: DataType,
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
  };
}
