import { migration } from "./migration.ts";

/**
 * Lambda layers. `layers` remembers the last version of each, for a number is never used again; `layer_versions` has a
 * row per version that is there: `data` and `policy` are JSON, `policy_revision` guards changes of the policy. The zip
 * is a blob that the row refers to under the owner `lambda/ACCOUNT/REGION/layer:NAME/VERSION`.
 */
export const layerTables = migration(
  7,
  "layers",
  `
  CREATE TABLE layers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    last_version BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
  );
  CREATE TABLE layer_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    data TEXT NOT NULL,
    policy TEXT NOT NULL,
    policy_revision TEXT NOT NULL,
    PRIMARY KEY (account, region, name, version)
  );
  `,
);
