import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Delivery } from "../kernel/targets.ts";
import { confirmationRequest } from "./confirm.ts";
import { checkEndpoint } from "./endpoints.ts";
import { invalidParameter } from "./errors.ts";
import { subscriptionArn } from "./names.ts";
import { commitDecision, requireTopic, type SnsParts } from "./parts.ts";
import { type Attributes, checkSubscriptionAttributes, isHttp } from "./subscription-attributes.ts";
import { type Subscription, subscriptions } from "./table/subscriptions.ts";
import { type Topic, topics } from "./table/topics.ts";

interface SubscribeInput {
  readonly TopicArn: string;
  readonly Protocol: string;
  readonly Endpoint?: string;
  readonly Attributes?: Attributes;
  readonly ReturnSubscriptionArn?: boolean;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html: tokens are valid for two days. */
export const TOKEN_LIFE_MS = 2 * 86_400_000;

/**
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html: queues, functions and phones are subscribed at once,
 * HTTP and e-mail when the link that they get is opened. Subscribing the same again is no error.
 */
export async function subscribe(parts: SnsParts, context: CallContext, input: SubscribeInput) {
  const { Protocol: protocol, Endpoint: endpoint = "", ReturnSubscriptionArn: wantsArn } = input;
  const { subscription, delivery } = await commitDecision(parts, "sns", async () => {
    const topic = await requireTopic(parts, context, input.TopicArn, "Subscribe");
    checkEndpoint(topic.name, protocol, endpoint);
    const known = await subscriptions.ofEndpoint(parts.store, topic, protocol, endpoint);
    const nowMs = context.clock.now();
    const alive = known && known.state !== "deleted" && (known.expiresAtMs ?? nowMs + 1) > nowMs;
    return alive ? again(parts, context, known, input) : first(parts, context, topic, known, input);
  });
  delivery?.committed();
  const shown = subscription.state === "confirmed" || wantsArn;
  return { SubscriptionArn: shown ? subscriptionArn(subscription) : "pending confirmation" };
}

interface Outcome {
  readonly subscription: Subscription;
  readonly delivery?: Delivery;
}

async function first(
  parts: SnsParts,
  context: CallContext,
  topic: Topic,
  gone: Subscription | undefined,
  { Protocol: protocol, Endpoint: endpoint = "", Attributes = {} }: SubscribeInput,
) {
  const { ids } = parts;
  const pending = isHttp(protocol) || protocol.startsWith("email");
  const nowMs = context.clock.now();
  const subscription: Subscription = {
    ...{ account: topic.account, region: topic.region, topic: topic.name, id: ids.uuid() },
    ...{ protocol, endpoint, state: pending ? "pending" : "confirmed", version: 1 },
    ...(pending ? { token: newToken(parts), expiresAtMs: nowMs + TOKEN_LIFE_MS } : {}),
    principal: context.principal,
    authenticated: !pending,
    authenticateOnUnsubscribe: false,
    attributes: checked({ topic: topic.name, protocol, endpoint }, Attributes),
  };
  const delivery = pending ? askToConfirm(parts, context, subscription) : undefined;
  const result: Outcome = { subscription, ...(delivery && { delivery }) };
  const changes = [
    topics.mustExist(topic),
    ...(gone ? [subscriptions.delete(gone)] : []),
    subscriptions.insert(subscription),
    subscriptions.deleteExpired(nowMs),
    ...(delivery?.changes ?? []),
  ];
  return { changes, result };
}

/** One that nobody has confirmed yet is asked for again. */
async function again(
  parts: SnsParts,
  context: CallContext,
  known: Subscription,
  { Attributes = {} }: SubscribeInput,
) {
  const wanted = checked(known, { ...known.attributes, ...Attributes });
  const differs = Object.keys(Attributes).some((name) => wanted[name] !== known.attributes[name]);
  if (differs) {
    throw invalidParameter("Attributes Reason: Subscription already exists with different attributes");
  }
  if (known.state !== "pending") return { changes: [], result: { subscription: known } as Outcome };
  const delivery = askToConfirm(parts, context, known);
  return { changes: delivery.changes, result: { subscription: known, delivery } as Outcome };
}

function askToConfirm(parts: SnsParts, context: CallContext, subscription: Subscription): Delivery {
  return confirmationRequest(parts, context, "SubscriptionConfirmation", subscription);
}

/** Unguessable, and as hexadecimal digits like AWS's. */
export function newToken({ ids }: Pick<SnsParts, "ids">): string {
  return Array.from({ length: 4 }, () => ids.uuid().replaceAll("-", "")).join("");
}

/** Here AWS's texts say that it is the attributes which are wrong. */
function checked(...args: Parameters<typeof checkSubscriptionAttributes>): Attributes {
  try {
    return checkSubscriptionAttributes(...args);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "InvalidParameterException") throw error;
    throw invalidParameter(error.message.replace("Invalid parameter: ", "Attributes Reason: "));
  }
}
