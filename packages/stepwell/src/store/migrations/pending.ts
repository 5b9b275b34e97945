import { StoreError } from "../errors.ts";
import type { Migration } from "./migration.ts";

/** The table that remembers which steps were applied; both stores create it themselves, before anything else. */
export const SCHEMA_TABLE = "stepwell_schema";

/**
 * The steps that data with these applied versions still needs, in order. Throws StoreNewerSchema when the data knows
 * a step that this program does not.
 */
export function pendingMigrations(
  all: readonly Migration[],
  applied: readonly number[],
  location: string,
): readonly Migration[] {
  const known = new Set(all.map((step) => step.version));
  const newest = Math.max(0, ...applied.filter((version) => !known.has(version)));
  if (newest > 0) {
    throw new StoreError(
      "StoreNewerSchema",
      `The data in ${location} has schema version ${newest}, which this version of Stepwell does not know: a newer ` +
        "Stepwell has used it. Update stepwell, or choose another place for the data. Nothing was changed.",
    );
  }
  return all.filter((step) => !applied.includes(step.version)).sort((a, b) => a.version - b.version);
}
