import { migration } from "./migration.ts";

/**
 * Work items, the nodes that may hold them, and durable executions. A journal only grows, so it is a table in order of arrival with a unique index
 * beside it, over the execution's number, which is short; one of its records has all rows of one commit, the first of
 * which has the record's `seq`. The execution's own row changes when it begins and ends, never per step.
 */
export const durableTables = migration(
  2,
  "durable",
  `
  CREATE TABLE work (
    key TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    owner TEXT,
    version BIGINT NOT NULL,
    dirty INTEGER NOT NULL,
    lane TEXT NOT NULL,
    data TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX work_available ON work (available_at, key) WHERE owner IS NULL;
  CREATE INDEX work_lane ON work (lane, available_at, key) WHERE owner IS NULL;
  CREATE INDEX work_owner ON work (owner) WHERE owner IS NOT NULL;
  CREATE TABLE nodes (
    name TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL
  );
  CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
  );
  CREATE TABLE executions (
    number SERIAL,
    key TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    arn TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    expires_at BIGINT,
    input_hash TEXT
  );
  CREATE UNIQUE INDEX executions_key ON executions (key);
  CREATE INDEX executions_expires ON executions (expires_at) WHERE expires_at IS NOT NULL;
  CREATE UNIQUE INDEX executions_name ON executions (account, region, function_name, name);
  CREATE INDEX executions_started ON executions (account, region, function_name, started_at, number);
  CREATE TABLE journal (
    execution BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    event_id BIGINT,
    version INTEGER NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL,
    blob TEXT
  );
  CREATE UNIQUE INDEX journal_seq ON journal (execution, seq);
  CREATE TABLE callbacks (
    execution TEXT NOT NULL,
    operation TEXT NOT NULL,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (execution, operation)
  );
  CREATE TABLE inbox (
    execution TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (execution, id)
  );
  `,
);
