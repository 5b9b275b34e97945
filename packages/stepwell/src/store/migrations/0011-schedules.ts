import { migration } from "./migration.ts";

/** EventBridge Scheduler. */
export const scheduleTables = migration(11, "schedules", "");
