import type { CallContext } from "../kernel/context.ts";
import { notSupported } from "../kernel/errors.ts";
import { effectivePolicy, parseSubscriptionPolicy, parseTopicPolicy } from "./delivery-policy.ts";
import { invalidParameter, subscriptionNotFound } from "./errors.ts";
import { BadPolicy } from "./filter/bad-policy.ts";
import { type FilterScope, parseFilterPolicy } from "./filter/policy.ts";
import { parseJsonAttribute } from "./json-attribute.ts";
import { isFifoName, isFifoQueue, parseSubscriptionArn, subscriptionArn, topicArn } from "./names.ts";
import { commitDecision, requireOwn, type SnsParts } from "./parts.ts";
import { type Subscription, subscriptions } from "./table/subscriptions.ts";
import { topics } from "./table/topics.ts";

export type Attributes = Readonly<Record<string, string>>;

/** What a subscription's attributes depend on. */
export type Subscribed = Pick<Subscription, "protocol" | "endpoint" | "topic">;

const SETTABLE = [
  ...["DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"],
  ...["SubscriptionRoleArn", "ReplayPolicy"],
];

export function isHttp(protocol: string): boolean {
  return protocol === "http" || protocol === "https";
}

/**
 * Attributes as they are kept, after a check of all; empty ones, and those that say what is so anyway, are left out.
 * Throws AwsError (InvalidParameterException).
 */
export function checkSubscriptionAttributes(subscribed: Subscribed, given: Attributes): Attributes {
  const attributes = isEmptyPolicy(given.FilterPolicy) ? { ...given, FilterPolicy: "" } : given;
  for (const name of Object.keys(attributes))
    if (!SETTABLE.includes(name)) throw invalidParameter("AttributeName");
  const { RawMessageDelivery, FilterPolicyScope, FilterPolicy, DeliveryPolicy, RedrivePolicy } = attributes;
  const raw = rawOf(RawMessageDelivery);
  const scope = scopeOf(FilterPolicyScope);
  if (FilterPolicy) checkFilterPolicy(FilterPolicy, scope);
  if (DeliveryPolicy) {
    if (!isHttp(subscribed.protocol)) {
      throw invalidParameter(
        "DeliveryPolicy: Delivery policy is only supported for the http and https protocols",
      );
    }
    parseSubscriptionPolicy(DeliveryPolicy);
  }
  if (RedrivePolicy) checkRedrivePolicy(subscribed, RedrivePolicy);
  if (attributes.ReplayPolicy)
    throw notSupported("replays of archived messages (ReplayPolicy)", "Leave it out.");
  return {
    ...Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== "")),
    RawMessageDelivery: raw ? "true" : "false",
    FilterPolicyScope: scope,
  };
}

/** The queue that gets what cannot be delivered. */
export function deadLetterArn({ attributes }: Subscription): string | undefined {
  const { RedrivePolicy } = attributes;
  return RedrivePolicy ? JSON.parse(RedrivePolicy).deadLetterTargetArn : undefined;
}

export function isRaw({ attributes }: Subscription): boolean {
  return attributes.RawMessageDelivery === "true";
}

export function filterScope({ attributes }: Subscription): FilterScope {
  return attributes.FilterPolicyScope as FilterScope;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html */
export async function setSubscriptionAttributes(
  parts: SnsParts,
  context: CallContext,
  input: {
    readonly SubscriptionArn: string;
    readonly AttributeName: string;
    readonly AttributeValue?: string;
  },
): Promise<void> {
  const { AttributeName: name, AttributeValue: value = "" } = input;
  await commitDecision(parts, "sns", async () => {
    const subscription = await requireSubscription(parts, context, input.SubscriptionArn);
    const attributes = checkSubscriptionAttributes(subscription, {
      ...subscription.attributes,
      [name]: value,
    });
    return { changes: [subscriptions.update({ ...subscription, attributes })], result: undefined };
  });
}

/** https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html */
export async function getSubscriptionAttributes(
  parts: SnsParts,
  context: CallContext,
  input: { readonly SubscriptionArn: string },
) {
  const subscription = await requireSubscription(parts, context, input.SubscriptionArn);
  const { protocol, endpoint, state, principal, authenticated, account, region, topic: name } = subscription;
  const { DeliveryPolicy, FilterPolicyScope, ...set } = subscription.attributes;
  const own = parseSubscriptionPolicy(DeliveryPolicy);
  const topic = await topics.find(parts.store, { account, region, name });
  const effective = effectivePolicy(parseTopicPolicy(topic?.attributes.DeliveryPolicy), own);
  return {
    Attributes: {
      SubscriptionPrincipal: principal,
      Owner: account,
      TopicArn: topicArn({ account, region, name }),
      Endpoint: endpoint,
      Protocol: protocol,
      PendingConfirmation: String(state === "pending"),
      ConfirmationWasAuthenticated: String(authenticated),
      SubscriptionArn: subscriptionArn(subscription),
      ...set,
      ...(set.FilterPolicy ? { FilterPolicyScope } : {}),
      ...(own ? { DeliveryPolicy: JSON.stringify(own) } : {}),
      ...(isHttp(protocol) ? { EffectiveDeliveryPolicy: JSON.stringify(effective) } : {}),
    },
  };
}

/** The subscription that a request is about. Throws AwsError (NotFoundException). */
async function requireSubscription(
  parts: SnsParts,
  context: CallContext,
  arn: string,
): Promise<Subscription> {
  const key = parseSubscriptionArn(arn);
  if (key.region !== context.region) throw invalidParameter("SubscriptionArn");
  requireOwn(context, { ...key, name: key.topic }, "GetSubscriptionAttributes");
  const subscription = await subscriptions.find(parts.store, key);
  const gone = (subscription?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= context.clock.now();
  if (!subscription || gone || subscription.state === "deleted") throw subscriptionNotFound();
  return subscription;
}

function rawOf(value: string | undefined): boolean {
  if (value === undefined) return false;
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw invalidParameter(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
}

function scopeOf(value: string | undefined): FilterScope {
  if (value === undefined) return "MessageAttributes";
  if (value === "MessageAttributes" || value === "MessageBody") return value;
  throw invalidParameter(
    `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`,
  );
}

/** `{}` is how AWS's documentation removes a filter policy, and what Terraform sends. */
function isEmptyPolicy(text: string | undefined): boolean {
  return text !== undefined && /^\s*\{\s*\}\s*$/.test(text);
}

function checkFilterPolicy(text: string, scope: FilterScope): void {
  try {
    parseFilterPolicy(text, scope);
  } catch (error) {
    if (!(error instanceof BadPolicy)) throw error;
    throw invalidParameter(error.aboutAttribute ? `FilterPolicy: ${error.message}` : error.message);
  }
}

const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/;

function checkRedrivePolicy({ topic, protocol, endpoint }: Subscribed, text: string): void {
  const policy = parseJsonAttribute("RedrivePolicy", text) as {
    readonly deadLetterTargetArn?: unknown;
  } | null;
  const arn = policy?.deadLetterTargetArn;
  if (typeof arn !== "string" || !QUEUE_ARN.test(arn)) {
    throw invalidParameter("RedrivePolicy: deadLetterTargetArn is an invalid arn");
  }
  if (isFifoName(topic) && isFifoQueue(protocol, endpoint) && !isFifoName(arn)) {
    throw invalidParameter(
      "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.",
    );
  }
}
