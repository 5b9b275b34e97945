import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../errors.ts";

/** The file that says so while a copy into a folder is not finished. */
export function unfinishedMark(folder: string): string {
  return join(folder, "stepwell.copying");
}

/** Refuses a folder into which data was to be copied but was not, or not all of it. Throws StoreError. */
export function refuseUnfinished(folder: string): void {
  if (!existsSync(unfinishedMark(folder))) return;
  throw new StoreError(
    "StoreUnfinished",
    `A copy of data into ${folder} was interrupted. Copy again (stepwell copy), or remove the folder to begin empty.`,
  );
}
