import { AwsError } from "../kernel/errors.ts";
import type { Delivery, TargetEvent } from "../kernel/targets.ts";
import { subscriptionArn } from "./names.ts";
import type { SnsParts } from "./parts.ts";
import { deadLetterArn } from "./subscription-attributes.ts";
import type { Subscription } from "./table/subscriptions.ts";

/**
 * Puts what cannot be delivered into the subscription's dead-letter queue
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html); without one, or when that cannot take it
 * either, it is lost, and the log says so.
 */
export async function deadLetter(
  { targets, log }: Pick<SnsParts, "targets" | "log">,
  subscription: Subscription,
  event: TargetEvent,
  why: string,
): Promise<Delivery | undefined> {
  const about = { subscription: subscriptionArn(subscription), endpoint: subscription.endpoint, why };
  const queue = deadLetterArn(subscription);
  if (queue === undefined) {
    log.error(about, "a message could not be delivered, and is lost: there is no dead-letter queue");
    return undefined;
  }
  try {
    const delivery = await targets.changes(queue, event);
    log.warn({ ...about, queue }, "a message could not be delivered, and went to the dead-letter queue");
    return delivery;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    log.error({ ...about, queue, error }, "a message is lost: the dead-letter queue does not take it");
    return undefined;
  }
}
