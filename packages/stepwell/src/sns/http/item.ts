import type { Delivery, TargetAttribute } from "../../kernel/targets.ts";
import { type WorkItem, work } from "../../kernel/work.ts";
import type { ConfirmationRequest, Notification } from "../envelope.ts";
import type { SubscriptionKey } from "../names.ts";
import { subscriptionArn } from "../names.ts";
import type { SnsParts } from "../parts.ts";

/** The work item kind of deliveries to HTTP endpoints. */
export const HTTP_WORK = "sns-http";

/** What an endpoint is sent. */
export type HttpMessage =
  | { readonly notification: Notification; readonly signatureVersion?: "1" | "2" }
  | { readonly confirmation: ConfirmationRequest };

/** The data of a delivery's work item. */
export type PendingDelivery = HttpMessage & {
  readonly id: string;
  readonly subscription: SubscriptionKey;
  /** Attempts that failed and are worth another. */
  readonly failures: number;
};

/** A delivery that is due at once. Every subscription has a lane of its own, so that a slow one delays no other. */
export function httpDelivery(
  { ids, dispatcher }: Pick<SnsParts, "ids" | "dispatcher">,
  subscription: SubscriptionKey,
  message: HttpMessage,
  nowMs: number,
): Delivery {
  const { account, region, topic, id } = subscription;
  const pending = {
    ...message,
    ...{ id: ids.orderedUuid(), subscription: { account, region, topic, id }, failures: 0 },
  };
  return {
    changes: [work.insert(toItem(pending, nowMs, nowMs))],
    committed: () => dispatcher.wake(nowMs),
  };
}

export function toItem(pending: PendingDelivery, dueAtMs: number, availableAtMs: number) {
  const { account, region } = pending.subscription;
  return {
    key: `${account}/${region}/${HTTP_WORK}/${pending.id}`,
    kind: HTTP_WORK,
    ...{ dueAtMs, availableAtMs },
    lane: subscriptionArn(pending.subscription),
    data: JSON.stringify(pending, bytesAsBase64),
  };
}

export function toPending({ data }: WorkItem): PendingDelivery {
  return JSON.parse(data, bytesFromBase64);
}

/** Binary attributes: JSON has no bytes. */
function bytesAsBase64(key: string, value: unknown): unknown {
  if (key !== "attributes") return value;
  const entries = Object.entries(value as Record<string, TargetAttribute>).map(([name, attribute]) => {
    const { binaryValue, ...others } = attribute;
    return [
      name,
      binaryValue ? { ...others, base64: Buffer.from(binaryValue).toString("base64") } : attribute,
    ];
  });
  return Object.fromEntries(entries);
}

function bytesFromBase64(key: string, value: unknown): unknown {
  if (key !== "attributes") return value;
  const stored = value as Record<string, TargetAttribute & { readonly base64?: string }>;
  const entries = Object.entries(stored).map(([name, { base64, ...others }]) => [
    name,
    base64 === undefined ? others : { ...others, binaryValue: Buffer.from(base64, "base64") },
  ]);
  return Object.fromEntries(entries);
}
