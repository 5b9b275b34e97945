import { migration } from "./migration.ts";

/**
 * EventBridge. `rules_version` of a bus grows with every change of its rules and archives: what a node has compiled of
 * them is good for as long as it stays. A rule's `targets` are JSON, as are `tags`, `dead_letter`, `log_config` and a
 * replay's `data`. A replay goes on behind (`after_at`, `after_id`).
 */
export const busTables = migration(
  10,
  "buses",
  `
  CREATE TABLE event_buses (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    kms_key TEXT,
    dead_letter TEXT,
    log_config TEXT,
    policy TEXT,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    rules_version BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
  ) WITHOUT ROWID;
  CREATE TABLE event_rules (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    pattern TEXT,
    schedule TEXT,
    schedule_id TEXT,
    scheduled_at BIGINT,
    state TEXT NOT NULL,
    description TEXT,
    role TEXT,
    tags TEXT NOT NULL,
    targets TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (account, region, bus, name)
  );
  CREATE TABLE event_archives (
    id BIGINT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    bus TEXT NOT NULL,
    pattern TEXT,
    description TEXT,
    kms_key TEXT,
    retention_days BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
  );
  CREATE UNIQUE INDEX event_archives_name ON event_archives (account, region, name);
  CREATE INDEX event_archives_bus ON event_archives (account, region, bus);
  CREATE TABLE archived_events (
    id SERIAL,
    archive_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    event TEXT NOT NULL
  );
  CREATE INDEX archived_events_archive ON archived_events (archive_id, at, id);
  CREATE TABLE event_replays (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    archive_id BIGINT NOT NULL,
    data TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    after_at BIGINT,
    after_id BIGINT,
    PRIMARY KEY (account, region, name)
  );
  `,
);
