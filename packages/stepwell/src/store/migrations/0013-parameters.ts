import { migration } from "./migration.ts";

/**
 * Secrets Manager and SSM's Parameter Store. `data` and `tags` are JSON; `revision` guards a row. The values of a
 * secret's versions stand by its ARN, whose end is random: one that is made anew under a name has none of the old ones.
 * `deletes_at` is when a deleted secret is gone for good. A parameter's row has its latest version; `labels` says which
 * version has which.
 */
export const parameterTables = migration(
  13,
  "parameters",
  `
  CREATE TABLE secrets (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    arn TEXT NOT NULL,
    deletes_at BIGINT,
    data TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
  );
  CREATE INDEX secrets_deletes ON secrets (deletes_at) WHERE deletes_at IS NOT NULL;
  CREATE TABLE secret_values (
    arn TEXT NOT NULL,
    version TEXT NOT NULL,
    text_value TEXT,
    binary_value BYTEA,
    PRIMARY KEY (arn, version)
  );
  CREATE TABLE parameters (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    labels TEXT NOT NULL,
    tags TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
  );
  CREATE TABLE parameter_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, region, name, version)
  );
  `,
);
