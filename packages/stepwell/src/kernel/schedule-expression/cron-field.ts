import { InvalidScheduleExpression } from "./expression.ts";

/** What one field of a cron expression may say. */
export interface CronField {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Names of the values, from the first. */
  readonly names?: readonly string[];
  /** Whether a range may go over the end, as from Friday to Monday. */
  readonly wraps: boolean;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export const MINUTES: CronField = { name: "minutes", first: 0, last: 59, wraps: true };
export const HOURS: CronField = { name: "hours", first: 0, last: 23, wraps: true };
export const DAYS_OF_MONTH: CronField = { name: "day-of-month", first: 1, last: 31, wraps: true };
export const MONTH: CronField = { name: "month", first: 1, last: 12, names: MONTHS, wraps: true };
export const DAYS_OF_WEEK: CronField = {
  name: "day-of-week",
  first: 1,
  last: 7,
  names: WEEKDAYS,
  wraps: true,
};
export const YEARS: CronField = { name: "year", first: 1970, last: 2199, wraps: false };

const PART = /^(\*|([0-9A-Z]+)(?:-([0-9A-Z]+))?)(?:\/(\d{1,4}))?$/i;
const NUMBER = /^\d{1,4}$/;

/** The values that a field means: lists of values, ranges and steps. Throws InvalidScheduleExpression. */
export function parseField(field: CronField, text: string): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(",")) for (const value of partValues(field, part)) values.add(value);
  return [...values].sort((a, b) => a - b);
}

/** One value, by its number or its name. Throws InvalidScheduleExpression. */
export function parseValue(field: CronField, text: string): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.first + named;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (value >= field.first && value <= field.last) return value;
  throw invalid(field, text);
}

/** What is not allowed in a field. */
export function invalid(field: CronField, text: string): InvalidScheduleExpression {
  return new InvalidScheduleExpression(`${text} is not allowed as ${field.name} of a cron expression.`);
}

function partValues(field: CronField, part: string): readonly number[] {
  const match = PART.exec(part);
  if (!match) throw invalid(field, part);
  const [, base, from, to, stepText] = match;
  const count = field.last - field.first + 1;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step >= count + field.first) throw invalid(field, part);
  const start = base === "*" ? field.first : parseValue(field, from!);
  // A value with a step goes on to the end of the field.
  const alone = stepText === undefined ? start : field.last;
  const end = base === "*" ? field.last : to === undefined ? alone : parseValue(field, to);
  if (end < start && !field.wraps) throw invalid(field, part);
  const length = (end < start ? end + count : end) - start + 1;
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => {
    return ((start + i * step - field.first) % count) + field.first;
  });
}
