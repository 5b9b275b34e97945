import { migration } from "./migration.ts";

/**
 * Event source mappings and function URLs of Lambda. A mapping's `function_arn` is as its owner named the function,
 * qualifier included; `data` is JSON, and `version` guards its changes. A URL's `id` is the first label of its host;
 * what it is configured to do lies with its function.
 */
export const mappingTables = migration(
  12,
  "mappings",
  `
  CREATE TABLE mappings (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    uuid TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    function_arn TEXT NOT NULL,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, region, uuid)
  );
  CREATE UNIQUE INDEX mappings_ends ON mappings (account, region, source_arn, function_arn);
  CREATE TABLE function_urls (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (id)
  );
  CREATE UNIQUE INDEX function_urls_of ON function_urls (account, region, name, qualifier);
  `,
);
