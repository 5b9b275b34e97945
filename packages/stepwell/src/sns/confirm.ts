import type { CallContext } from "../kernel/context.ts";
import type { Delivery } from "../kernel/targets.ts";
import { type ConfirmationRequest, confirmationText, subscribeUrl } from "./envelope.ts";
import { invalid, invalidParameter, notAuthorized } from "./errors.ts";
import { httpDelivery } from "./http/item.ts";
import { parseSubscriptionArn, parseTopicArn, subscriptionArn, topicArn } from "./names.ts";
import { commitDecision, linkBase, type SnsParts } from "./parts.ts";
import { record } from "./recorded.ts";
import { newToken, TOKEN_LIFE_MS } from "./subscribe.ts";
import { isHttp } from "./subscription-attributes.ts";
import { type Subscription, subscriptions } from "./table/subscriptions.ts";
import { topics } from "./table/topics.ts";

/** Sends an endpoint the link that confirms its subscription, or that restores it. */
export function confirmationRequest(
  parts: SnsParts,
  context: CallContext,
  type: ConfirmationRequest["type"],
  subscription: Subscription,
): Delivery {
  const { account, region, protocol, endpoint } = subscription;
  const nowMs = context.clock.now();
  const request: ConfirmationRequest = {
    ...{ type, account, region, messageId: parts.ids.uuid(), token: subscription.token!, atMs: nowMs },
    topicArn: topicArn({ account, region, name: subscription.topic }),
    subscriptionArn: subscriptionArn(subscription),
    linkBase: linkBase(parts, subscription, context),
  };
  if (isHttp(protocol)) return httpDelivery(parts, subscription, { confirmation: request }, nowMs);
  const what = {
    ...{ protocol, endpoint, topicArn: request.topicArn, subscriptionArn: request.subscriptionArn },
    subject: "AWS Notification - Subscription Confirmation",
    message: confirmationText(request),
    subscribeUrl: subscribeUrl(request),
  };
  return record(parts, subscription, what, nowMs);
}

/**
 * https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html. The token alone says which subscription it
 * is: AWS looks at the topic's region, and not at its name.
 */
export async function confirmSubscription(
  parts: SnsParts,
  context: CallContext,
  input: {
    readonly TopicArn: string;
    readonly Token: string;
    readonly AuthenticateOnUnsubscribe?: string;
  },
) {
  const region = regionOf(input.TopicArn);
  if (!/^[0-9a-fA-F]+$/.test(input.Token)) throw invalid("Invalid token");
  const signed = !context.anonymous;
  return commitDecision(parts, "sns", async () => {
    const subscription = await subscriptions.byToken(parts.store, input.Token, context.clock.now());
    if (!subscription) throw invalidParameter("Token");
    if (subscription.region !== region) throw invalidParameter("Topic");
    const result = { SubscriptionArn: subscriptionArn(subscription) };
    if (subscription.state === "confirmed") return { changes: [], result };
    const { expiresAtMs: _, ...kept } = subscription;
    const confirmed: Subscription = {
      ...kept,
      state: "confirmed",
      authenticated: signed,
      authenticateOnUnsubscribe: signed && input.AuthenticateOnUnsubscribe?.toLowerCase() === "true",
    };
    return { changes: [subscriptions.update(confirmed)], result };
  });
}

function regionOf(arn: string): string {
  try {
    return parseTopicArn(arn).region;
  } catch {
    throw invalidParameter("Topic");
  }
}

/**
 * https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html: one that is gone is no error. Whoever opened a link
 * is told how to get the subscription back.
 */
export async function unsubscribe(
  parts: SnsParts,
  context: CallContext,
  { SubscriptionArn }: { readonly SubscriptionArn: string },
): Promise<void> {
  const key = parseSubscriptionArn(SubscriptionArn);
  const delivery = await commitDecision(parts, "sns", async () => {
    const subscription = await subscriptions.find(parts.store, key);
    const topic = await topics.find(parts.store, { ...key, name: key.topic });
    if (!subscription || subscription.state === "deleted" || !topic)
      return { changes: [], result: undefined };
    if (context.anonymous && subscription.authenticateOnUnsubscribe) {
      throw notAuthorized("anonymous", "Unsubscribe", SubscriptionArn);
    }
    const counted = topics.update({ ...topic, subscriptionsDeleted: topic.subscriptionsDeleted + 1 });
    if (!context.anonymous || !isHttp(subscription.protocol)) {
      return { changes: [subscriptions.delete(subscription), counted], result: undefined };
    }
    const deleted: Subscription = {
      ...subscription,
      ...{ state: "deleted", token: newToken(parts), expiresAtMs: context.clock.now() + TOKEN_LIFE_MS },
    };
    const result = confirmationRequest(parts, context, "UnsubscribeConfirmation", deleted);
    return { changes: [subscriptions.update(deleted), counted, ...result.changes], result };
  });
  delivery?.committed();
}
