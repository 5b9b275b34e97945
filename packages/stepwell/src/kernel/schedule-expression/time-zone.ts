/** Most that a zone's offset is from UTC on either side, with room to spare. */
const BEYOND_ANY_OFFSET_MS = 24 * 60 * 60 * 1000;
/** Region names of the IANA database; Intl would take `+05:00` too, which the Scheduler does not. */
const REGION = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is the name of a time zone in the IANA database. */
export function isTimeZone(name: string): boolean {
  if (!REGION.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall shows at an instant, as if it were UTC; to the second. */
export function wallOf(atMs: number, timeZone: string): number {
  return Math.floor(atMs / 1000) * 1000 + offsetMs(atMs, timeZone);
}

/**
 * When a clock on the wall first shows a time; undefined when it never does, because it was set forward over it. One that
 * is set back shows some times twice.
 */
export function instantOf(wallMs: number, timeZone: string): number | undefined {
  const [before, after] = offsetsAround(wallMs, timeZone);
  // The greater offset gives the earlier instant.
  for (const offset of before >= after ? [before, after] : [after, before]) {
    if (offsetMs(wallMs - offset, timeZone) === offset) return wallMs - offset;
  }
  return undefined;
}

/** Like instantOf; a time that no clock shows is moved by as much as clocks were set forward, as calendars do. */
export function instantOrMoved(wallMs: number, timeZone: string): number {
  return instantOf(wallMs, timeZone) ?? wallMs - offsetsAround(wallMs, timeZone)[0];
}

function offsetsAround(wallMs: number, timeZone: string): readonly [before: number, after: number] {
  const before = offsetMs(wallMs - BEYOND_ANY_OFFSET_MS, timeZone);
  return [before, offsetMs(wallMs + BEYOND_ANY_OFFSET_MS, timeZone)];
}

function offsetMs(atMs: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const seconds = Math.floor(atMs / 1000) * 1000;
  const [month, day, year, hour, minute, second] = formatOf(timeZone)
    .format(seconds)
    .match(/\d+/g)!
    .map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - seconds;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const [two, four] = ["2-digit", "numeric"] as const;
    const date = { year: four, month: two, day: two } as const;
    const time = { hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, ...date, ...time });
    formats.set(timeZone, format);
  }
  return format;
}
