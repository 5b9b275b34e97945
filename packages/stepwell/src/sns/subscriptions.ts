import type { CallContext } from "../kernel/context.ts";
import { subscriptionArn, topicArn } from "./names.ts";
import { requireTopic, type SnsParts } from "./parts.ts";
import { type Subscription, subscriptions } from "./table/subscriptions.ts";
import { decodeToken, encodeToken, PAGE } from "./tokens.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html */
export async function listSubscriptions(
  parts: SnsParts,
  context: CallContext,
  { NextToken }: { readonly NextToken?: string },
) {
  const [topic, id] = NextToken ? decodeToken(NextToken, 2) : ["", ""];
  const after = { topic: topic!, id: id! };
  return page(await subscriptions.list(parts.store, context, after, PAGE + 1, context.clock.now()), (last) =>
    encodeToken(last.topic, last.id),
  );
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html */
export async function listSubscriptionsByTopic(
  parts: SnsParts,
  context: CallContext,
  { TopicArn, NextToken }: { readonly TopicArn: string; readonly NextToken?: string },
) {
  const topic = await requireTopic(parts, context, TopicArn, "ListSubscriptionsByTopic");
  const [afterId] = NextToken ? decodeToken(NextToken, 1) : [""];
  const nowMs = context.clock.now();
  return page(await subscriptions.listOfTopic(parts.store, topic, afterId!, PAGE + 1, nowMs), (last) =>
    encodeToken(last.id),
  );
}

function page(found: readonly Subscription[], tokenOf: (last: Subscription) => string) {
  const shown = found.slice(0, PAGE);
  return {
    Subscriptions: shown.map((subscription) => {
      const { account, region, topic: name, protocol, endpoint } = subscription;
      return {
        SubscriptionArn:
          subscription.state === "pending" ? "PendingConfirmation" : subscriptionArn(subscription),
        Owner: account,
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn: topicArn({ account, region, name }),
      };
    }),
    ...(found.length > PAGE ? { NextToken: tokenOf(shown.at(-1)!) } : {}),
  };
}
