import { migration } from "./migration.ts";

/**
 * CloudWatch Logs. A stream and its events are known by numbers and not by their names, which would be longer than
 * most lines. The numbers of groups and streams are random and never used again, so what is left of a deleted one is
 * out of sight at once and can be removed bit by bit. `tags` is JSON.
 */
export const logTables = migration(
  4,
  "logs",
  `
  CREATE TABLE log_groups (
    id BIGINT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    class TEXT NOT NULL,
    kms_key TEXT,
    retention_days INTEGER,
    tags TEXT NOT NULL
  );
  CREATE UNIQUE INDEX log_groups_name ON log_groups (account, region, name);
  CREATE TABLE log_streams (
    id BIGINT NOT NULL PRIMARY KEY,
    group_id BIGINT NOT NULL REFERENCES log_groups (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    first_event_at BIGINT,
    last_event_at BIGINT,
    last_ingested_at BIGINT,
    stored_bytes BIGINT NOT NULL
  );
  CREATE UNIQUE INDEX log_streams_name ON log_streams (group_id, name);
  CREATE TABLE log_events (
    id SERIAL,
    group_id BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ingested_at BIGINT NOT NULL,
    message TEXT NOT NULL
  );
  CREATE INDEX log_events_group ON log_events (group_id, at, id);
  CREATE INDEX log_events_stream ON log_events (stream_id, at, id);
  `,
);
