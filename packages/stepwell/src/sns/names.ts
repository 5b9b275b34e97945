import { invalidParameter } from "./errors.ts";

/** Where topics are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** What identifies a topic. */
export interface TopicKey extends Place {
  readonly name: string;
}

/** What identifies a subscription. */
export interface SubscriptionKey extends Place {
  readonly topic: string;
  readonly id: string;
}

const FIFO_SUFFIX = ".fifo";

export function isFifoName(name: string): boolean {
  return name.endsWith(FIFO_SUFFIX);
}

/** Whether an ARN names a FIFO queue. */
export function isFifoQueue(protocol: string, endpoint: string): boolean {
  return protocol === "sqs" && isFifoName(endpoint);
}

/** `arn:aws:sns:REGION:ACCOUNT:NAME` */
export function topicArn({ account, region, name }: TopicKey): string {
  return `arn:aws:sns:${region}:${account}:${name}`;
}

/** `arn:aws:sns:REGION:ACCOUNT:TOPIC:ID` */
export function subscriptionArn({ account, region, topic, id }: SubscriptionKey): string {
  return `${topicArn({ account, region, name: topic })}:${id}`;
}

/** Takes a topic's ARN apart; `member` is the name of the parameter, for AWS's texts. */
export function parseTopicArn(arn: string, member = "TopicArn"): TopicKey {
  const parts = arnParts(arn, member);
  const [, , service, region, account, name] = parts as [string, string, string, string, string, string];
  if (service !== "sns" || parts.length !== 6) throw invalidParameter(member);
  return { account, region, name };
}

/** A topic's ARN in a request, which must be in the caller's region. */
export function parseLocalTopicArn(place: Place, arn: string, member = "TopicArn"): TopicKey {
  const key = parseTopicArn(arn, member);
  if (key.region !== place.region) throw invalidParameter(member);
  return key;
}

export function parseSubscriptionArn(arn: string): SubscriptionKey {
  const parts = arnParts(arn, "SubscriptionArn");
  const [, , service, region, account, topic, id] = parts as [
    ...[string, string, string, string, string, string],
    string?,
  ];
  if (service !== "sns") throw invalidParameter("SubscriptionArn");
  if (id === undefined || parts.length !== 7) throw invalidParameter("SubscriptionId");
  return { account, region, topic, id };
}

function arnParts(arn: string, member: string): string[] {
  const parts = arn.split(":");
  if (parts.length >= 6) return parts;
  throw invalidParameter(`${member} Reason: An ARN must have at least 6 elements, not ${parts.length}`);
}
