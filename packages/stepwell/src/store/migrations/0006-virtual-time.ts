import { migration } from "./migration.ts";

/** How far virtual time has come: one row, where there is any. */
export const virtualTime = migration(
  6,
  "virtual-time",
  `
  CREATE TABLE virtual_time (
    id INTEGER PRIMARY KEY,
    now_ms BIGINT NOT NULL
  );
  `,
);
