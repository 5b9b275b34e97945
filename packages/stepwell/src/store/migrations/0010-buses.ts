import { migration } from "./migration.ts";

/** EventBridge. */
export const busTables = migration(10, "buses", "");
