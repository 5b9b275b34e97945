import { migration } from "./migration.ts";

/**
 * SQS. A queue's number is random and never used again, so what is left of a deleted one is out of sight at once and can
 * be removed bit by bit. `attributes` (those that were set), `tags` and a message's `details` are JSON.
 *
 * Of FIFO queues only: `fifo_queues` counts their messages, `message_groups` has a row per group that has messages, with
 * the time and the number of its first one, for in such a queue the group is what is claimed, and `deduplications`
 * remembers ids for five minutes: `group_scope` says whether an id counts in its group only, which a queue is made with
 * and does not change. `attempt` is the ReceiveRequestAttemptId with which a message was received.
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
    group_scope BIGINT NOT NULL,
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
    receive_count BIGINT NOT NULL,
    first_received_at BIGINT,
    received_at BIGINT,
    group_id TEXT,
    sequence BIGINT,
    attempt TEXT
  );
  CREATE INDEX messages_available ON messages (queue, available_at, id);
  CREATE INDEX messages_group ON messages (queue, group_id, sequence) WHERE sequence IS NOT NULL;
  CREATE INDEX messages_attempt ON messages (queue, attempt) WHERE attempt IS NOT NULL;
  CREATE TABLE fifo_queues (
    queue BIGINT NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL
  );
  CREATE TABLE message_groups (
    queue BIGINT NOT NULL,
    group_id TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    head BIGINT NOT NULL,
    PRIMARY KEY (queue, group_id)
  ) WITHOUT ROWID;
  CREATE INDEX message_groups_available ON message_groups (queue, available_at, head);
  CREATE TABLE deduplications (
    queue BIGINT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (queue, scope, id)
  ) WITHOUT ROWID;
  CREATE INDEX deduplications_expires ON deduplications (queue, expires_at);
  CREATE TABLE move_tasks (
    id TEXT NOT NULL PRIMARY KEY,
    source_arn TEXT NOT NULL,
    destination_arn TEXT,
    status TEXT NOT NULL,
    rate BIGINT,
    started_at BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    to_move BIGINT NOT NULL,
    failure TEXT
  );
  CREATE UNIQUE INDEX move_tasks_active ON move_tasks (source_arn) WHERE status IN ('RUNNING', 'CANCELLING');
  CREATE INDEX move_tasks_source ON move_tasks (source_arn, started_at);
  `,
);
