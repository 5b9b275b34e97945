import { migration } from "./migration.ts";

/**
 * SNS. `data` is JSON. A topic's `version` guards changes of it, `last_sequence` the order of a FIFO topic's messages.
 * A subscription has a token as long as its link confirms it; one that can only be restored by its link has the state
 * `deleted`. Messages of FIFO topics are remembered for as long as they are deduplicated, and what AWS would send as
 * an SMS or an e-mail for as long as people may look for it.
 */
export const topicTables = migration(
  9,
  "topics",
  `
  CREATE TABLE sns_topics (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
  );
  CREATE TABLE sns_subscriptions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL,
    token TEXT,
    expires_at BIGINT,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, region, topic, id)
  );
  CREATE UNIQUE INDEX sns_subscriptions_endpoint ON sns_subscriptions (account, region, topic, protocol, endpoint);
  CREATE UNIQUE INDEX sns_subscriptions_token ON sns_subscriptions (token);
  CREATE INDEX sns_subscriptions_expiry ON sns_subscriptions (expires_at);
  CREATE TABLE sns_deduplications (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    topic TEXT NOT NULL,
    scope TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, region, topic, scope, deduplication_id)
  );
  CREATE INDEX sns_deduplications_expiry ON sns_deduplications (expires_at);
  CREATE TABLE sns_notifications (
    id SERIAL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    notification_id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    data TEXT NOT NULL
  );
  CREATE INDEX sns_notifications_place ON sns_notifications (account, region, id);
  CREATE INDEX sns_notifications_expiry ON sns_notifications (expires_at);
  CREATE TABLE sns_signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    private_key TEXT NOT NULL,
    certificate TEXT NOT NULL
  );
  `,
);
