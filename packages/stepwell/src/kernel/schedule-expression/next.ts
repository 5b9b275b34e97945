import type { CronExpression, ScheduleExpression } from "./expression.ts";
import { daysOfMonth } from "./month-days.ts";
import { instantOf, instantOrMoved, wallOf } from "./time-zone.ts";

/**
 * The first time after `afterMs` that an expression means, in epoch milliseconds; undefined when there is none. A rate
 * counts from `anchorMs`, which is `afterMs` unless it is given. Where clocks are set forward, a cron expression skips
 * the times that they do not show, and where they are set back, it means the first of two equal ones.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function nextTimeMs(
  expression: ScheduleExpression,
  afterMs: number,
  timeZone = "UTC",
  anchorMs = afterMs,
): number | undefined {
  switch (expression.kind) {
    case "at": {
      const atMs = instantOrMoved(expression.wallMs, timeZone);
      return atMs > afterMs ? atMs : undefined;
    }
    case "rate": {
      const { everyMs } = expression;
      return anchorMs > afterMs
        ? anchorMs
        : anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
    }
    case "cron":
      return nextOfCron(expression, afterMs, timeZone);
  }
}

function nextOfCron(cron: CronExpression, afterMs: number, timeZone: string): number | undefined {
  let wallMs: number | undefined = wallOf(afterMs, timeZone);
  for (;;) {
    wallMs = nextOnWall(cron, wallMs);
    if (wallMs === undefined) return undefined;
    const atMs = instantOf(wallMs, timeZone);
    // After clocks were set back, the wall's times come again: those have been.
    if (atMs !== undefined && atMs > afterMs) return atMs;
  }
}

/** The next time on the wall: looks for the first field that must move, and starts over in all below it. */
function nextOnWall(cron: CronExpression, afterWallMs: number): number | undefined {
  const after = new Date(afterWallMs);
  const [afterYear, afterMonth, afterDay] = [
    after.getUTCFullYear(),
    after.getUTCMonth() + 1,
    after.getUTCDate(),
  ];
  for (const year of from(cron.years, afterYear)) {
    for (const month of year > afterYear ? cron.months : from(cron.months, afterMonth)) {
      const sameMonth = year === afterYear && month === afterMonth;
      const days = daysOfMonth(cron.days, year, month);
      for (const day of sameMonth ? from(days, afterDay) : days) {
        const minuteOfDay =
          sameMonth && day === afterDay
            ? nextMinuteOfDay(cron, after.getUTCHours() * 60 + after.getUTCMinutes())
            : cron.hours[0]! * 60 + cron.minutes[0]!;
        if (minuteOfDay !== undefined) return Date.UTC(year, month - 1, day, 0, minuteOfDay);
      }
    }
  }
  return undefined;
}

function nextMinuteOfDay(cron: CronExpression, after: number): number | undefined {
  const [afterHour, afterMinute] = [Math.floor(after / 60), after % 60];
  for (const hour of from(cron.hours, afterHour)) {
    const minute = hour === afterHour ? from(cron.minutes, afterMinute + 1)[0] : cron.minutes[0];
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

/** Those of an ascending list that are not before `first`. */
function from(values: readonly number[], first: number): readonly number[] {
  const start = values.findIndex((value) => value >= first);
  return start < 0 ? [] : values.slice(start);
}
