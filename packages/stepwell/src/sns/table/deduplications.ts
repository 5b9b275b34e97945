import { type Change, type Store, statement } from "../../store/store.ts";
import type { TopicKey } from "../names.ts";

/** A message of a FIFO topic that is remembered, and what its publisher was told. */
export interface Deduplication {
  /** The message group, or empty where one id counts for the whole topic. */
  readonly scope: string;
  readonly id: string;
  readonly messageId: string;
  readonly sequence: number;
  readonly expiresAtMs: number;
}

const find = statement(
  "deduplication.find",
  `SELECT message_id, sequence FROM sns_deduplications
   WHERE account = $1 AND region = $2 AND topic = $3 AND scope = $4 AND deduplication_id = $5 AND expires_at > $6`,
);
const put = statement(
  "deduplication.put",
  `INSERT INTO sns_deduplications
     (account, region, topic, scope, deduplication_id, message_id, sequence, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (account, region, topic, scope, deduplication_id) DO UPDATE SET
     message_id = excluded.message_id, sequence = excluded.sequence, expires_at = excluded.expires_at`,
);
const removeExpired = statement(
  "deduplication.deleteExpired",
  "DELETE FROM sns_deduplications WHERE account = $1 AND region = $2 AND topic = $3 AND expires_at <= $4",
);

export const deduplications = {
  async find(store: Store, { account, region, name }: TopicKey, scope: string, id: string, nowMs: number) {
    const [row] = await store.read(find, [account, region, name, scope, id, nowMs]);
    return row && { messageId: String(row.message_id), sequence: Number(row.sequence) };
  },
  /** Whoever puts one has taken the topic's sequence in the same commit, so nobody else puts it. */
  put({ account, region, name }: TopicKey, deduplication: Deduplication): Change {
    const { scope, id, messageId, sequence, expiresAtMs } = deduplication;
    return { statement: put, params: [account, region, name, scope, id, messageId, sequence, expiresAtMs] };
  },
  /** Forgets what has expired by then of a topic. */
  deleteUntil({ account, region, name }: TopicKey, atMs: number): Change {
    return { statement: removeExpired, params: [account, region, name, atMs] };
  },
};
