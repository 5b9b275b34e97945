import type { ServiceOptions } from "../kernel/service.ts";
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
