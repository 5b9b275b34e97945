import { migration } from "./migration.ts";

/** Event source mappings and function URLs of Lambda. */
export const mappingTables = migration(12, "mappings", "");
