import { migration } from "./migration.ts";

/** SNS. */
export const topicTables = migration(9, "topics", "");
