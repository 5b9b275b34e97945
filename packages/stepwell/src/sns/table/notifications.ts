import { type Change, insert, type Row, type Store, statement } from "../../store/store.ts";
import type { Place } from "../names.ts";

/** An SMS or an e-mail that AWS would have sent. */
export interface RecordedNotification {
  readonly id: string;
  readonly atMs: number;
  /** `sms`, `email` or `email-json`. */
  readonly protocol: string;
  readonly endpoint: string;
  readonly topicArn?: string;
  readonly subscriptionArn?: string;
  readonly subject?: string;
  readonly message: string;
  /** Of one that asks whether it was wanted. */
  readonly subscribeUrl?: string;
}

const insertOne = insert("notification.insert", "sns_notifications", {
  account: "text",
  region: "text",
  notification_id: "text",
  protocol: "text",
  endpoint: "text",
  expires_at: "bigint",
  data: "text",
});
/** The latest first. */
const list = statement(
  "notification.list",
  `SELECT id, notification_id, protocol, endpoint, data FROM sns_notifications
   WHERE account = $1 AND region = $2 AND id < $3
     AND (CAST($4 AS TEXT) = '' OR protocol = $4) AND (CAST($5 AS TEXT) = '' OR endpoint = $5)
   ORDER BY id DESC LIMIT $6`,
);
const removeExpired = statement(
  "notification.deleteExpired",
  "DELETE FROM sns_notifications WHERE expires_at <= $1",
);

export const notifications = {
  insert({ account, region }: Place, notification: RecordedNotification, expiresAtMs: number): Change {
    const { id, protocol, endpoint, ...data } = notification;
    return {
      statement: insertOne,
      params: [account, region, id, protocol, endpoint, expiresAtMs, JSON.stringify(data)],
    };
  },
  /** The latest first, before the one that has the number `before`; of one protocol and endpoint where these are not empty. */
  async list(
    store: Store,
    { account, region }: Place,
    wanted: { before: number; protocol: string; endpoint: string; most: number },
  ): Promise<(RecordedNotification & { readonly number: number })[]> {
    const { before, protocol, endpoint, most } = wanted;
    return (await store.read(list, [account, region, before, protocol, endpoint, most])).map(toNotification);
  },
  deleteExpired(nowMs: number): Change {
    return { statement: removeExpired, params: [nowMs] };
  },
};

function toNotification(row: Row) {
  return {
    number: Number(row.id),
    id: String(row.notification_id),
    protocol: String(row.protocol),
    endpoint: String(row.endpoint),
    ...JSON.parse(String(row.data)),
  };
}
