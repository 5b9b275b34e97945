import type { Service, ServiceOptions } from "../kernel/service.ts";
import { Alarms, describeSchedules } from "./alarms.ts";
import { Deliveries } from "./deliveries.ts";
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listScheduleGroups } from "./groups.ts";
import type { SchedulerParts } from "./parts.ts";
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from "./schedules.ts";
import { listTags, tagResource, untagResource } from "./tags.ts";

/** EventBridge Scheduler. */
export function createSchedulerService(options: ServiceOptions): Service {
  const deliveries = new Deliveries(options);
  const parts: SchedulerParts = { ...options, alarms: new Alarms(options, deliveries) };
  return {
    name: "scheduler",
    operations: {
      CreateSchedule: (context, input) => createSchedule(parts, context, input),
      CreateScheduleGroup: (context, input) => createScheduleGroup(parts, context, input),
      DeleteSchedule: (context, input) => deleteSchedule(parts, context, input),
      DeleteScheduleGroup: (context, input) => deleteScheduleGroup(parts, context, input),
      GetSchedule: (context, input) => getSchedule(parts, context, input),
      GetScheduleGroup: (context, input) => getScheduleGroup(parts, context, input),
      ListScheduleGroups: (context, input) => listScheduleGroups(parts, context, input),
      ListSchedules: (context, input) => listSchedules(parts, context, input),
      ListTagsForResource: (context, input) => listTags(parts, context, input),
      TagResource: (context, input) => tagResource(parts, context, input),
      UntagResource: (context, input) => untagResource(parts, context, input),
      UpdateSchedule: (context, input) => updateSchedule(parts, context, input),
    },
    describeDue: describeSchedules(options.store),
    drain: () => deliveries.close(),
  };
}
