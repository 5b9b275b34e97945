import { migration } from "./migration.ts";

/** `home` is the node that had a free work item last, which the others leave it to for a moment once it is due. */
export const homes = migration(14, "homes", "ALTER TABLE work ADD COLUMN home TEXT;");
