import { migration } from "./migration.ts";

/** SQS. */
export const queueTables = migration(8, "queues", "");
