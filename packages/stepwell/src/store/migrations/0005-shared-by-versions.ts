import { migration } from "./migration.ts";

/**
 * What all versions of a Lambda function share (aliases, tags …), as JSON in the row of its `$LATEST`; in other rows
 * the columns mean nothing. `shared_version` is the guard of its changes.
 */
export const sharedByVersions = migration(
  5,
  "shared-by-versions",
  `
  ALTER TABLE functions ADD COLUMN shared TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE functions ADD COLUMN shared_version BIGINT NOT NULL DEFAULT 0;
  `,
);
