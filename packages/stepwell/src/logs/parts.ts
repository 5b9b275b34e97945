import type { Ids } from "../kernel/ids.ts";
import { Conflict } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { groupNotFound, streamNotFound } from "./errors.ts";
import type { LogHousekeeping } from "./housekeeping.ts";
import type { Place } from "./names.ts";
import { groups, type LogGroup } from "./table/groups.ts";
import { type StreamIds, streams } from "./table/streams.ts";
import type { LogTails } from "./tails.ts";
import type { LogWriter } from "./writer.ts";

/** What the operations work with. */
export interface LogsParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly writer: LogWriter;
  readonly tails: LogTails;
  readonly housekeeping: LogHousekeeping;
}

/** The group of that name; what functions have logged so far is in it. Throws ResourceNotFoundException. */
export async function requireGroup(parts: LogsParts, place: Place, name: string): Promise<LogGroup> {
  await parts.writer.settled();
  const group = await groups.find(parts.store, place, name);
  if (!group) throw groupNotFound();
  return group;
}

/** The stream of that name with its group. Throws ResourceNotFoundException for whichever of them is missing. */
export async function requireStream(
  parts: LogsParts,
  place: Place,
  groupName: string,
  name: string,
): Promise<{ readonly group: LogGroup; readonly ids: StreamIds }> {
  const group = await requireGroup(parts, place, groupName);
  const ids = await streams.find(parts.store, place, groupName, name);
  if (!ids) throw streamNotFound();
  return { group, ids };
}

/** Does again what somebody else's change has run into, which looks at the new state then. */
export async function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
