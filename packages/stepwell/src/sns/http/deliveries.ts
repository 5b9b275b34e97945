import { RealClock } from "../../kernel/clock.ts";
import type { DescribeByKind } from "../../kernel/due.ts";
import type { ServiceOptions } from "../../kernel/service.ts";
import type { Delivery } from "../../kernel/targets.ts";
import { untilStored } from "../../kernel/until-stored.ts";
import { type WorkItem, work } from "../../kernel/work.ts";
import { Conflict } from "../../store/errors.ts";
import { deadLetter } from "../dead-letter.ts";
import {
  DEFAULT_CONTENT_TYPE,
  type EffectivePolicy,
  effectivePolicy,
  parseSubscriptionPolicy,
  parseTopicPolicy,
} from "../delivery-policy.ts";
import { confirmationJson, notificationJson } from "../envelope.ts";
import { subscriptionArn } from "../names.ts";
import type { SnsParts } from "../parts.ts";
import { isRaw } from "../subscription-attributes.ts";
import { type Subscription, subscriptions } from "../table/subscriptions.ts";
import { topics } from "../table/topics.ts";
import { HTTP_WORK, type PendingDelivery, toItem, toPending } from "./item.ts";
import { post } from "./post.ts";
import { retryDelayMs } from "./retry.ts";
import { Throttle } from "./throttle.ts";

/** A store that cannot take anything is waited for in the machine's time: virtual time may stand still meanwhile. */
const machineClock = new RealClock();

type Options = Pick<ServiceOptions, "clock" | "owner"> & SnsParts;

/** An endpoint that has not answered for so long may hang: other work must not wait for the end of that. */
const SLOW_MS = 1_000;

/** How an attempt went. */
type Outcome =
  | { readonly type: "delivered" }
  /** Worth another attempt, if the policy has one left. */
  | { readonly type: "failed"; readonly why: string }
  /** The endpoint does not want it: it will not want it later either. */
  | { readonly type: "refused"; readonly why: string };

/**
 * Hands messages to HTTP endpoints, at least once: what fails is tried again as the delivery policy says, and goes to
 * the dead-letter queue then, or when the endpoint refuses it.
 */
export class HttpDeliveries {
  readonly #options: Options;
  readonly #throttle = new Throttle();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: Options) {
    this.#options = options;
    options.dispatcher.handle(HTTP_WORK, (item, rests) => this.#take(item, rests));
  }

  /** Gives up what is under way: whoever claims it next delivers it again. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  #take(item: WorkItem, rests: () => void): Promise<void> {
    const run = this.#deliver(item, rests).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  async #deliver(item: WorkItem, rests: () => void): Promise<void> {
    const { store, owner, clock, dispatcher } = this.#options;
    const pending = toPending(item);
    const subscription = await subscriptions.find(store, pending.subscription);
    const wanted = subscription && ("confirmation" in pending || subscription.state === "confirmed");
    // Whoever has unsubscribed meanwhile gets nothing more.
    if (!wanted) return this.#commit(item, { changes: [work.finish(item, owner)], committed() {} });
    const policy = await this.#policy(subscription);
    const laterMs = this.#throttle.waitUntilMs(item.lane, policy.throttlePolicy, clock.now());
    if (laterMs !== undefined) {
      const changes = [work.release(item, owner, laterMs, clock.now())];
      return this.#commit(item, { changes, committed: () => dispatcher.wake(laterMs) });
    }
    const slow = machineClock.at(machineClock.now() + SLOW_MS, rests);
    const outcome = await this.#attempt(pending, subscription, policy).finally(() => slow.cancel());
    if (this.#closing.signal.aborted && outcome.type === "failed") return;
    await this.#record(item, pending, subscription, policy, outcome);
  }

  async #policy(subscription: Subscription): Promise<EffectivePolicy> {
    const topic = await topics.find(this.#options.store, { ...subscription, name: subscription.topic });
    return effectivePolicy(
      parseTopicPolicy(topic?.attributes.DeliveryPolicy),
      parseSubscriptionPolicy(subscription.attributes.DeliveryPolicy),
    );
  }

  async #attempt(
    pending: PendingDelivery,
    subscription: Subscription,
    policy: EffectivePolicy,
  ): Promise<Outcome> {
    const { headers, body } = await this.#request(pending, subscription, policy);
    try {
      const status = await post(new URL(subscription.endpoint), headers, body, this.#closing.signal);
      if (status >= 200 && status < 300) return { type: "delivered" };
      const why = `The endpoint answered with status ${status}.`;
      return { type: status >= 500 || status === 429 ? "failed" : "refused", why };
    } catch (error) {
      return { type: "failed", why: String(error) };
    }
  }

  /** https://docs.aws.amazon.com/sns/latest/dg/http-header.html */
  async #request(pending: PendingDelivery, subscription: Subscription, policy: EffectivePolicy) {
    const arn = subscriptionArn(subscription);
    if ("confirmation" in pending) {
      const { confirmation } = pending;
      const signed = { version: "1", signatures: await this.#options.signer.signatures() } as const;
      const { type, messageId, topicArn } = confirmation;
      const headers = {
        "x-amz-sns-message-type": type,
        "x-amz-sns-message-id": messageId,
        "x-amz-sns-topic-arn": topicArn,
        ...(type === "UnsubscribeConfirmation" ? { "x-amz-sns-subscription-arn": arn } : {}),
        "content-type": DEFAULT_CONTENT_TYPE,
      };
      return { headers, body: confirmationJson(confirmation, signed) };
    }
    const { messageId, topicArn } = pending.notification;
    const headers = {
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": messageId,
      "x-amz-sns-topic-arn": topicArn,
      "x-amz-sns-subscription-arn": arn,
      ...(isRaw(subscription) ? { "x-amz-sns-rawdelivery": "true" } : {}),
      "content-type": policy.requestPolicy.headerContentType,
    };
    return { headers, body: await this.#body(pending, subscription) };
  }

  async #body(
    { notification, signatureVersion }: Extract<PendingDelivery, { notification: unknown }>,
    subscription: Subscription,
  ): Promise<string> {
    if (isRaw(subscription)) return notification.text;
    const signed = signatureVersion && {
      version: signatureVersion,
      signatures: await this.#options.signer.signatures(),
    };
    return notificationJson(notification, subscription, signed);
  }

  async #record(
    item: WorkItem,
    pending: PendingDelivery,
    subscription: Subscription,
    policy: EffectivePolicy,
    outcome: Outcome,
  ): Promise<void> {
    const { owner, clock, dispatcher, log } = this.#options;
    const finish = work.finish(item, owner);
    if (outcome.type === "delivered") return this.#commit(item, { changes: [finish], committed() {} });
    const failures = pending.failures + 1;
    const delayMs = outcome.type === "failed" ? retryDelayMs(policy.healthyRetryPolicy, failures) : undefined;
    const about = { subscription: item.lane, endpoint: subscription.endpoint, why: outcome.why };
    if (delayMs !== undefined) {
      log.warn(about, "an endpoint could not be reached; trying again");
      const atMs = clock.now() + delayMs;
      const changes = [finish, work.insert(toItem({ ...pending, failures }, item.dueAtMs, atMs))];
      return this.#commit(item, { changes, committed: () => dispatcher.wake(atMs) });
    }
    // A confirmation that nobody takes is no message, and goes nowhere else.
    if ("confirmation" in pending) {
      log.warn(about, "an endpoint did not take the link to confirm its subscription");
      return this.#commit(item, { changes: [finish], committed() {} });
    }
    const body = await this.#body(pending, subscription);
    const event = { payload: body, sourceArn: pending.notification.topicArn };
    const dead = await deadLetter(this.#options, subscription, event, outcome.why);
    await this.#commit(item, {
      changes: [finish, ...(dead?.changes ?? [])],
      committed: () => dead?.committed(),
    });
  }

  /** The end must not be lost: the item would stay claimed, and the message be delivered again. */
  async #commit(item: WorkItem, { changes, committed }: Delivery): Promise<void> {
    const { store, log } = this.#options;
    const what = `the end of a delivery to ${item.lane}`;
    const closing = () => this.#closing.signal.aborted;
    try {
      await untilStored({ clock: machineClock, log, what, closing }, () =>
        store.commit(changes, { key: item.key }),
      );
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      log.warn({ key: item.key }, "another node has taken over a delivery");
      return;
    }
    committed();
  }
}

/** Tells what a delivery to an endpoint waits for. */
export const describeHttpDelivery: DescribeByKind = {
  [HTTP_WORK]: async () => ({ kind: "DELIVERY" }),
};
