import { migration } from "./migration.ts";

/**
 * SQS. A queue's number is random and never used again, so what is left of a deleted one is out of sight at once and can
 * be removed bit by bit. `attributes` (those that were set), `tags` and a message's `details` are JSON.
 *
 * Of FIFO queues only: `fifo_queues` counts their messages, `message_groups` has a row per group that has messages, with
 * the time of its first one, for in such a queue the group is what is claimed, and `deduplications` remembers ids for
 * five minutes.
 */
export const queueTables = migration(
  8,
  "queues",
  `
  CREATE TABLE queues (
    id BIGINT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    dead_letter_arn TEXT,
    purged_at BIGINT
  );
  CREATE UNIQUE INDEX queues_name ON queues (account, region, name);
  CREATE INDEX queues_dead_letter ON queues (dead_letter_arn, name) WHERE dead_letter_arn IS NOT NULL;
  CREATE TABLE messages (
    id SERIAL,
    queue BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    details TEXT,
    sent_at BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    receive_count INTEGER NOT NULL,
    first_received_at BIGINT,
    received_at BIGINT,
    group_id TEXT,
    sequence BIGINT
  );
  CREATE INDEX messages_available ON messages (queue, available_at);
  CREATE INDEX messages_group ON messages (queue, group_id, sequence) WHERE sequence IS NOT NULL;
  CREATE TABLE fifo_queues (
    queue BIGINT NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL
  );
  CREATE TABLE message_groups (
    queue BIGINT NOT NULL,
    group_id TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    PRIMARY KEY (queue, group_id)
  ) WITHOUT ROWID;
  CREATE INDEX message_groups_available ON message_groups (queue, available_at);
  CREATE TABLE deduplications (
    queue BIGINT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (queue, scope, id)
  ) WITHOUT ROWID;
  CREATE INDEX deduplications_expires ON deduplications (expires_at);
  `,
);
