import { AwsError } from "../kernel/errors.ts";
import type { Delivery, TargetEvent } from "../kernel/targets.ts";
import { deadLetter } from "./dead-letter.ts";
import { functionEvent, type Notification, notificationJson, type Signed } from "./envelope.ts";
import { BadPolicy } from "./filter/bad-policy.ts";
import { accepts, type FilterPolicy, parseFilterPolicy } from "./filter/policy.ts";
import { httpDelivery } from "./http/item.ts";
import type { Draft } from "./message.ts";
import { isFifoQueue, subscriptionArn, topicArn } from "./names.ts";
import type { SnsParts } from "./parts.ts";
import { record } from "./recorded.ts";
import { filterScope, isHttp, isRaw } from "./subscription-attributes.ts";
import { type Subscription, subscriptions } from "./table/subscriptions.ts";
import type { Topic } from "./table/topics.ts";
import { isFifo } from "./topic-attributes.ts";

/** A message on its way, with what is the same for all who get it. */
export interface Published {
  readonly draft: Draft;
  readonly messageId: string;
  /** Of FIFO topics: twenty digits. */
  readonly sequenceNumber?: string;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html: what SQS takes. */
const MOST_RAW_ATTRIBUTES = 10;
/** Policies that are kept ready, by scope and text; longer ones are read anew for each message. */
const MOST_POLICIES = 1000;
const LONGEST_KEPT_POLICY = 8 * 1024;
const policies = new Map<string, FilterPolicy>();

/**
 * What hands messages to a topic's subscribers, for one commit: queues and functions get theirs in it, HTTP endpoints
 * get work items. What one subscriber does not take goes to its dead-letter queue, and harms no other.
 */
export async function fanOut(
  parts: SnsParts,
  topic: Topic,
  messages: readonly Published[],
  { nowMs, linkBase }: { readonly nowMs: number; readonly linkBase: string },
): Promise<Delivery> {
  const receivers = await subscriptions.ofTopic(parts.store, topic);
  const signed = await signedBy(parts, topic, receivers);
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    const made = await Promise.all(
      receivers.map((subscription) => {
        const notification = notificationOf(topic, message, subscription.protocol, nowMs, linkBase);
        if (!passes(subscription, notification)) return undefined;
        return new Handover(parts, { topic, message, notification, subscription, signed, nowMs }).delivery();
      }),
    );
    deliveries.push(...made.filter((delivery) => delivery !== undefined));
  }
  return {
    changes: deliveries.flatMap(({ changes }) => changes),
    committed: () => {
      for (const { committed } of deliveries) committed();
    },
  };
}

interface HandoverOptions {
  readonly topic: Topic;
  readonly message: Published;
  readonly notification: Notification;
  readonly subscription: Subscription;
  readonly signed: Signed | undefined;
  readonly nowMs: number;
}

/** One message for one subscriber. */
class Handover {
  readonly #parts: SnsParts;
  readonly #options: HandoverOptions;
  constructor(parts: SnsParts, options: HandoverOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  async delivery(): Promise<Delivery | undefined> {
    const { subscription, notification, signed, nowMs } = this.#options;
    const { protocol, endpoint } = subscription;
    if (isHttp(protocol)) {
      const message = { notification, ...(signed && { signatureVersion: signed.version }) };
      return httpDelivery(this.#parts, subscription, message, nowMs);
    }
    if (protocol === "sqs") return this.#toTarget(this.#queueEvent());
    if (protocol === "lambda") {
      const payload = functionEvent(notification, subscription, signed);
      return this.#toTarget({ payload, sourceArn: notification.topicArn });
    }
    const { topicArn, subject, text } = notification;
    const message = protocol === "email-json" ? notificationJson(notification, subscription, signed) : text;
    const what = { protocol, endpoint, topicArn, message, ...(subject === undefined ? {} : { subject }) };
    return record(
      this.#parts,
      subscription,
      { ...what, subscriptionArn: subscriptionArn(subscription) },
      nowMs,
    );
  }

  async #toTarget(event: TargetEvent): Promise<Delivery | undefined> {
    const { subscription } = this.#options;
    try {
      const attributes = Object.keys(event.message?.attributes ?? {}).length;
      if (attributes > MOST_RAW_ATTRIBUTES) {
        throw new AwsError(
          "InvalidParameterValueException",
          `A queue takes ${MOST_RAW_ATTRIBUTES} message attributes, not ${attributes}.`,
        );
      }
      return await this.#parts.targets.changes(subscription.endpoint, event);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return deadLetter(this.#parts, subscription, this.#deadLetterEvent(), error.message);
    }
  }

  /** What a queue gets: the envelope, or the message itself with its attributes. */
  #queueEvent(): TargetEvent {
    const { notification, subscription, signed } = this.#options;
    const raw = isRaw(subscription);
    const attributes = raw ? { attributes: notification.attributes } : {};
    return {
      payload: raw ? notification.text : notificationJson(notification, subscription, signed),
      sourceArn: notification.topicArn,
      message: { ...attributes, ...this.#order(isFifoQueue("sqs", subscription.endpoint)) },
    };
  }

  /** As a queue would get it; with more attributes than a queue takes, as the envelope. */
  #deadLetterEvent(): TargetEvent {
    const { notification, subscription, signed } = this.#options;
    const fits = Object.keys(notification.attributes).length <= MOST_RAW_ATTRIBUTES;
    const raw = subscription.protocol === "sqs" && isRaw(subscription) && fits;
    if (raw) return this.#queueEvent();
    return {
      payload: notificationJson(notification, subscription, signed),
      sourceArn: notification.topicArn,
      message: this.#order(isFifoQueue("sqs", subscription.endpoint)),
    };
  }

  /** FIFO queues get a FIFO topic's group and deduplication id; from a standard topic, a group is a mere label. */
  #order(toFifo: boolean) {
    const { topic, message } = this.#options;
    const { groupId, deduplicationId } = message.draft;
    if (isFifo(topic) && !toFifo) return {};
    return {
      ...(groupId === undefined ? {} : { groupId }),
      ...(deduplicationId === undefined ? {} : { deduplicationId }),
    };
  }
}

function notificationOf(
  topic: Topic,
  { draft, messageId, sequenceNumber }: Published,
  protocol: string,
  atMs: number,
  linkBase: string,
): Notification {
  const { texts, subject, attributes } = draft;
  return {
    ...{ messageId, topicArn: topicArn(topic), attributes, atMs, linkBase },
    text: Object.hasOwn(texts, protocol) ? texts[protocol]! : texts.default,
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** Messages of FIFO topics are not signed; no key is made before somebody gets a signature. */
async function signedBy(
  { signer }: SnsParts,
  topic: Topic,
  receivers: readonly Subscription[],
): Promise<Signed | undefined> {
  const wanted = receivers.some(({ protocol }) => protocol !== "sms" && protocol !== "email");
  if (isFifo(topic) || !wanted) return undefined;
  return {
    version: topic.attributes.SignatureVersion === "2" ? "2" : "1",
    signatures: await signer.signatures(),
  };
}

function passes(subscription: Subscription, { attributes, text }: Notification): boolean {
  const { FilterPolicy } = subscription.attributes;
  if (!FilterPolicy) return true;
  const policy = policyOf(FilterPolicy, filterScope(subscription));
  return policy !== undefined && accepts(policy, { attributes, body: text });
}

function policyOf(text: string, scope: FilterPolicy["scope"]): FilterPolicy | undefined {
  const key = `${scope} ${text}`;
  const known = policies.get(key);
  if (known) return known;
  try {
    const policy = parseFilterPolicy(text, scope);
    if (text.length > LONGEST_KEPT_POLICY) return policy;
    if (policies.size >= MOST_POLICIES) policies.delete(policies.keys().next().value!);
    policies.set(key, policy);
    return policy;
  } catch (error) {
    // It was checked when it was set: an older version has let through what this one refuses.
    if (error instanceof BadPolicy) return undefined;
    throw error;
  }
}
