import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { Delivery } from "../kernel/targets.ts";
import type { Place } from "./names.ts";
import type { SnsParts } from "./parts.ts";
import { notifications, type RecordedNotification } from "./table/notifications.ts";

/** How long people may look for what was recorded. */
const KEPT_MS = 14 * 86_400_000;
const DEFAULT_ITEMS = 50;

/** Keeps, and shows in the log, an SMS or an e-mail: Stepwell never sends one. */
export function record(
  { ids, log }: SnsParts,
  place: Place,
  what: Omit<RecordedNotification, "id" | "atMs">,
  nowMs: number,
): Delivery {
  const notification = { id: ids.uuid(), atMs: nowMs, ...what };
  const { protocol, endpoint: to, subject, message, subscribeUrl } = what;
  const kind = protocol === "sms" ? "an SMS" : "an e-mail";
  return {
    changes: [notifications.insert(place, notification, nowMs + KEPT_MS), notifications.deleteExpired(nowMs)],
    committed: () => log.info({ to, subject, text: message, subscribeUrl }, `${kind} was recorded, not sent`),
  };
}

/** Stepwell's own operation that shows what was recorded, the latest first. */
export async function listNotifications(
  { store }: Pick<SnsParts, "store">,
  context: CallContext,
  input: {
    readonly Protocol?: string;
    readonly Endpoint?: string;
    readonly NextToken?: string;
    readonly MaxItems?: number;
  },
) {
  const { Protocol: protocol = "", Endpoint: endpoint = "", MaxItems: most = DEFAULT_ITEMS } = input;
  const before = numberOf(input.NextToken);
  const found = await notifications.list(store, context, { before, protocol, endpoint, most: most + 1 });
  const shown = found.slice(0, most);
  return {
    Notifications: shown.map((notification) => ({
      NotificationId: notification.id,
      At: notification.atMs,
      Protocol: notification.protocol,
      Endpoint: notification.endpoint,
      TopicArn: notification.topicArn,
      SubscriptionArn: notification.subscriptionArn,
      Subject: notification.subject,
      Message: notification.message,
      SubscribeURL: notification.subscribeUrl,
    })),
    ...(found.length > most ? { NextToken: String(shown.at(-1)!.number) } : {}),
  };
}

/** A token is the number of the last one that was shown. */
function numberOf(token: string | undefined): number {
  if (!token) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,15}$/.test(token)) return Number(token);
  throw new AwsError("ValidationException", `The NextToken ${token} was not given by this server.`);
}
