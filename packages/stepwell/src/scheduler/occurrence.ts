import { type ScheduleKey, scheduleArn } from "./names.ts";
import type { ScheduleTarget } from "./schedule.ts";

/** One time that a schedule goes off, on its way to the target. It needs its schedule no more, which may be deleted. */
export interface Occurrence {
  readonly schedule: ScheduleKey;
  readonly target: ScheduleTarget;
  readonly scheduledAtMs: number;
  /** When it was tried first: its age is counted from here. */
  readonly firstTriedAtMs: number;
  /** How many attempts have failed. */
  readonly failures: number;
}

/** AWS writes times of schedules to the second. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * What the target gets: its Input with the context attributes put in, or the event that AWS makes when there is none.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function inputOf(occurrence: Occurrence, executionId: string): string {
  const { schedule, target, scheduledAtMs, failures } = occurrence;
  if (target.Input === undefined) return defaultEvent(occurrence, executionId);
  const values: Readonly<Record<string, string>> = {
    "schedule-arn": scheduleArn(schedule),
    "scheduled-time": timeText(scheduledAtMs),
    "execution-id": executionId,
    "attempt-number": String(failures + 1),
  };
  return target.Input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (attribute, name) => values[name] ?? attribute);
}

function defaultEvent({ schedule, target, scheduledAtMs }: Occurrence, executionId: string): string {
  // A bus makes the event around the detail.
  if (target.EventBridgeParameters) return "{}";
  return JSON.stringify({
    version: "0",
    id: executionId,
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: schedule.account,
    time: timeText(scheduledAtMs),
    region: schedule.region,
    resources: [scheduleArn(schedule)],
    detail: "{}",
  });
}
