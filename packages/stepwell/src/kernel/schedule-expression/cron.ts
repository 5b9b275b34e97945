import {
  DAYS_OF_MONTH,
  DAYS_OF_WEEK,
  HOURS,
  invalid,
  MINUTES,
  MONTH,
  parseField,
  parseValue,
  YEARS,
} from "./cron-field.ts";
import { type CronExpression, InvalidScheduleExpression } from "./expression.ts";
import type { MonthDays } from "./month-days.ts";

/** Reads the six fields of a cron expression. Throws InvalidScheduleExpression. */
export function parseCron(text: string): CronExpression {
  const fields = text.split(/\s+/);
  if (fields.length !== 6) throw new InvalidScheduleExpression(`cron(${text}) has not six fields.`);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    ...[string, string, string, string, string, string],
  ];
  return {
    kind: "cron",
    minutes: parseField(MINUTES, minutes),
    hours: parseField(HOURS, hours),
    days: parseDays(dayOfMonth, dayOfWeek),
    months: parseField(MONTH, month),
    years: parseField(YEARS, year),
  };
}

/** One of the two fields says which days, and the other one is `?`. */
function parseDays(dayOfMonth: string, dayOfWeek: string): MonthDays {
  if (dayOfWeek === "?" && dayOfMonth !== "?") return parseDayOfMonth(dayOfMonth);
  if (dayOfMonth === "?" && dayOfWeek !== "?") return parseDayOfWeek(dayOfWeek);
  throw new InvalidScheduleExpression("Either day-of-month or day-of-week of a cron expression must be ?.");
}

function parseDayOfMonth(text: string): MonthDays {
  const upper = text.toUpperCase();
  if (upper === "L") return { kind: "last-day" };
  if (upper === "LW") return { kind: "last-workday" };
  if (upper.endsWith("W")) {
    return { kind: "nearest-workday", day: parseValue(DAYS_OF_MONTH, text.slice(0, -1)) };
  }
  return { kind: "days", days: parseField(DAYS_OF_MONTH, text) };
}

function parseDayOfWeek(text: string): MonthDays {
  const upper = text.toUpperCase();
  if (upper === "L") return { kind: "weekdays", weekdays: [DAYS_OF_WEEK.last] };
  if (upper.endsWith("L")) {
    return { kind: "last-weekday", weekday: parseValue(DAYS_OF_WEEK, text.slice(0, -1)) };
  }
  const [weekday, nth, ...more] = text.split("#");
  if (nth === undefined) return { kind: "weekdays", weekdays: parseField(DAYS_OF_WEEK, text) };
  if (!/^[1-5]$/.test(nth) || more.length > 0) throw invalid(DAYS_OF_WEEK, text);
  return { kind: "nth-weekday", weekday: parseValue(DAYS_OF_WEEK, weekday!), nth: Number(nth) };
}
