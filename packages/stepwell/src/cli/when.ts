import { usageError } from "./exit.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d+)?) ?(ms|min|s|m|h|d|w)/gy;
/** A day, or a time of a day in the machine's own time zone unless it names another. */
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

export const DURATION_HELP = "a duration such as 90s, 10m, 2h, 1h30m, 7d";
export const DATE_HELP = "a date such as 2030-01-08 or 2030-01-08T09:00, in this machine's time zone, or …Z";

/** Milliseconds of `90s`, `1h30m`, `7d`, `500ms` (m and min are minutes), or undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  let totalMs = 0;
  PART.lastIndex = 0;
  const trimmed = text.trim();
  while (PART.lastIndex < trimmed.length || totalMs === 0) {
    const part = PART.exec(trimmed);
    if (!part) return undefined;
    totalMs += Number(part[1]) * UNITS_MS[part[2]!]!;
    while (trimmed[PART.lastIndex] === " ") PART.lastIndex++;
    if (PART.lastIndex === trimmed.length) break;
  }
  return Math.round(totalMs);
}

/** Epoch milliseconds of a date, or undefined for what is none. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text.trim());
  if (!match) return undefined;
  // A day without a time would be taken for one of UTC.
  const atMs = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ""}`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Epoch milliseconds of an option that names a time gone by: a duration before now, or a date. Throws CliError (2). */
export function parsePast(option: string, text: string, nowMs: number): number {
  const agoMs = parseDuration(text);
  const atMs = agoMs === undefined ? parseDate(text) : nowMs - agoMs;
  if (atMs !== undefined) return atMs;
  throw usageError(
    `${option} is '${text}', which is no time.`,
    `It must be ${DURATION_HELP}, or ${DATE_HELP}.`,
  );
}
