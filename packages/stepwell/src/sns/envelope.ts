import type { MessageAttributes } from "./message-attributes.ts";
import { type Place, subscriptionArn } from "./names.ts";
import type { Signatures } from "./signing/signer.ts";
import type { Subscription } from "./table/subscriptions.ts";

/** What a message is, whoever gets it. */
export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  /** Of messages of FIFO topics: twenty digits. */
  readonly sequenceNumber?: string;
  readonly subject?: string;
  readonly text: string;
  readonly attributes: MessageAttributes;
  readonly atMs: number;
  /** Where links lead: `http://127.0.0.1:4566`. */
  readonly linkBase: string;
}

/** How a message is signed; those of FIFO topics are not. */
export interface Signed {
  readonly version: "1" | "2";
  readonly signatures: Signatures;
}

type Members = [string, unknown][];

/**
 * The JSON that queues and HTTP endpoints get, in AWS's order and layout
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html).
 */
export function notificationJson(
  notification: Notification,
  subscription: Subscription,
  signed: Signed | undefined,
): string {
  const members: Members = [
    ["Type", "Notification"],
    ...basics(notification),
    ...signature(signed && { ...signed, text: stringToSign(notification) }, "SigningCertURL", notification),
    ["UnsubscribeURL", unsubscribeUrl(notification, subscription)],
  ];
  const attributes = attributeEntries(notification.attributes);
  const lines = members.map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  if (attributes.length > 0) {
    const inner = attributes.map(([name, value]) => `    ${JSON.stringify(name)} : ${JSON.stringify(value)}`);
    lines.push(`  "MessageAttributes" : {\n${inner.join(",\n")}\n  }`);
  }
  return `{\n${lines.join(",\n")}\n}`;
}

/**
 * What a function gets (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html). AWS names version 1 of signatures
 * in it whatever the topic has them made by.
 */
export function functionEvent(
  notification: Notification,
  subscription: Subscription,
  signed: Signed | undefined,
): string {
  const Sns = {
    Type: "Notification",
    ...Object.fromEntries(basics({ ...notification, subject: undefined })),
    ...signedMembers(signed && { ...signed, text: stringToSign(notification) }, notification),
    Subject: notification.subject ?? null,
    UnsubscribeUrl: unsubscribeUrl(notification, subscription),
    MessageAttributes: Object.fromEntries(attributeEntries(notification.attributes)),
  };
  const record = {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: subscriptionArn(subscription),
    Sns,
  };
  return JSON.stringify({ Records: [record] });
}

/** Asks an endpoint whether it wants what it was subscribed to, or tells it how to get that back. */
export interface ConfirmationRequest extends Place {
  readonly type: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly messageId: string;
  readonly token: string;
  readonly topicArn: string;
  readonly subscriptionArn: string;
  readonly atMs: number;
  readonly linkBase: string;
}

export function confirmationJson(request: ConfirmationRequest, signed: Signed): string {
  const { type, messageId, token, topicArn, atMs } = request;
  const Message = confirmationText(request);
  const SubscribeURL = subscribeUrl(request);
  const Timestamp = new Date(atMs).toISOString();
  const said: Members = [
    ["Message", Message],
    ["MessageId", messageId],
    ["SubscribeURL", SubscribeURL],
    ["Timestamp", Timestamp],
    ["Token", token],
    ["TopicArn", topicArn],
    ["Type", type],
  ];
  const members: Members = [
    ["Type", type],
    ["MessageId", messageId],
    ["Token", token],
    ["TopicArn", topicArn],
    ["Message", Message],
    ["SubscribeURL", SubscribeURL],
    ["Timestamp", Timestamp],
    ...signature({ ...signed, text: lines(said) }, "SigningCertURL", request),
  ];
  return `{\n${members.map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`).join(",\n")}\n}`;
}

export function confirmationText({ type, topicArn, subscriptionArn }: ConfirmationRequest): string {
  return type === "SubscriptionConfirmation"
    ? `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL ` +
        "included in this message."
    : `You have chosen to deactivate subscription ${subscriptionArn}.\nTo cancel this operation and restore the ` +
        "subscription, visit the SubscribeURL included in this message.";
}

export function subscribeUrl({ linkBase, topicArn, token }: ConfirmationRequest): string {
  return `${linkBase}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;
}

function unsubscribeUrl({ linkBase }: Notification, subscription: Subscription): string {
  return `${linkBase}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn(subscription)}`;
}

function basics(notification: Notification): Members {
  const { messageId, sequenceNumber, topicArn, subject, text, atMs } = notification;
  return [
    ["MessageId", messageId],
    ...optional("SequenceNumber", sequenceNumber),
    ["TopicArn", topicArn],
    ...optional("Subject", subject),
    ["Message", text],
    ["Timestamp", new Date(atMs).toISOString()],
  ];
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
function stringToSign({ messageId, topicArn, subject, text, atMs }: Notification): string {
  return lines([
    ["Message", text],
    ["MessageId", messageId],
    ...optional("Subject", subject),
    ["Timestamp", new Date(atMs).toISOString()],
    ["TopicArn", topicArn],
    ["Type", "Notification"],
  ]);
}

function lines(members: Members): string {
  return members.map(([name, value]) => `${name}\n${value}\n`).join("");
}

type Signing = Signed & { readonly text: string };

function signature(
  signing: Signing | undefined,
  urlName: string,
  { linkBase }: { linkBase: string },
): Members {
  if (!signing) return [];
  const { version, signatures, text } = signing;
  return [
    ["SignatureVersion", version],
    ["Signature", signatures.sign(text, version)],
    [urlName, signatures.certificateUrl(linkBase)],
  ];
}

function signedMembers(signing: Signing | undefined, notification: Notification): object {
  const members = signature(signing, "SigningCertUrl", notification);
  return members.length === 0 ? {} : { ...Object.fromEntries(members), SignatureVersion: "1" };
}

function optional(name: string, value: string | undefined): Members {
  return value === undefined ? [] : [[name, value]];
}

function attributeEntries(attributes: MessageAttributes): [string, { Type: string; Value: string }][] {
  return Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
    name,
    { Type: dataType, Value: stringValue ?? Buffer.from(binaryValue!).toString("base64") },
  ]);
}
