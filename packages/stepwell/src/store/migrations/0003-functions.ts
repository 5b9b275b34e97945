import { migration } from "./migration.ts";

/**
 * Lambda functions, a row per version. `data` is JSON; the zip of the code, where there is one, is a blob that the
 * row refers to under the owner `lambda/ACCOUNT/REGION/NAME/VERSION`.
 */
export const functionTables = migration(
  3,
  "functions",
  `
  CREATE TABLE functions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, region, name, version)
  );
  `,
);
