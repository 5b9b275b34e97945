import type { ServiceOptions } from "../kernel/service.ts";
import { Conflict } from "../store/errors.ts";
import type { Alarms } from "./alarms.ts";
import { groupNotFound } from "./errors.ts";
import { DEFAULT_GROUP, type Place } from "./names.ts";
import { groups, type ScheduleGroup } from "./table/groups.ts";

/** What the operations work with. */
export interface SchedulerParts extends ServiceOptions {
  readonly alarms: Alarms;
}

/** The group of that name; the default one is always there. Throws ResourceNotFoundException. */
export async function requireGroup(
  { store }: SchedulerParts,
  place: Place,
  name: string,
): Promise<ScheduleGroup> {
  const group = await groups.find(store, place, name);
  if (group) return group;
  if (name === DEFAULT_GROUP) return { name, tags: [] };
  throw groupNotFound(name);
}

/** Like requireGroup; a default group gets its row. */
export async function requireStoredGroup(
  parts: SchedulerParts,
  place: Place,
  name: string,
): Promise<ScheduleGroup> {
  const group = await requireGroup(parts, place, name);
  if (group.createdAtMs !== undefined) return group;
  await parts.store.commit([groups.ensureDefault(place, parts.clock.now())], { key: "scheduler" });
  return requireGroup(parts, place, name);
}

const MOST_TRIES = 20;

/** Does again what somebody else's change has run into, which looks at the new state then. */
export async function untilNoConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict) || tries === MOST_TRIES) throw error;
    }
  }
}
