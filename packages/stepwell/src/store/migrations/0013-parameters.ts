import { migration } from "./migration.ts";

/** Secrets Manager and SSM parameters. */
export const parameterTables = migration(13, "parameters", "");
