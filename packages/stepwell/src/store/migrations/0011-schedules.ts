import { migration } from "./migration.ts";

/**
 * EventBridge Scheduler. The group `default` gets its row with its first schedule. `definition` is JSON, what the
 * caller has said of a schedule; `alarm` is JSON too, when it is to go off next, and null when it is not. `version`
 * guards both. `tags` is JSON.
 */
export const scheduleTables = migration(
  11,
  "schedules",
  `
  CREATE TABLE schedule_groups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    client_token TEXT,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
  ) WITHOUT ROWID;
  CREATE TABLE schedules (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    client_token TEXT,
    definition TEXT NOT NULL,
    alarm TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (account, region, group_name, name),
    FOREIGN KEY (account, region, group_name) REFERENCES schedule_groups (account, region, name)
  );
  `,
);
