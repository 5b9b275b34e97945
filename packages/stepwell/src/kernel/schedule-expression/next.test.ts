import fc from "fast-check";
import { expect, test } from "vitest";
import { nextTimeMs } from "./next.ts";
import { parseScheduleExpression } from "./parse.ts";
import { isTimeZone } from "./time-zone.ts";

const iso = (ms: number | undefined) => ms && new Date(ms).toISOString().slice(0, 16);

/** The next few times of an expression. */
function times(text: string, after: string, timeZone = "UTC", count = 3): unknown[] {
  const expression = parseScheduleExpression(text, { at: true });
  const found: unknown[] = [];
  let afterMs: number | undefined = Date.parse(`${after}Z`);
  while (found.length < count && afterMs !== undefined) {
    afterMs = nextTimeMs(expression, afterMs, timeZone);
    if (afterMs !== undefined) found.push(iso(afterMs));
  }
  return found;
}

test("fields are looked at together, and the next time is later than the one asked from", () => {
  expect(times("cron(0 12 * * ? *)", "2026-11-29T12:00:00")).toEqual([
    "2026-11-30T12:00",
    "2026-12-01T12:00",
    "2026-12-02T12:00",
  ]);
  expect(times("cron(0/15 9,17 ? * MON-FRI *)", "2026-11-27T17:31:05")).toEqual([
    "2026-11-27T17:45",
    "2026-11-30T09:00",
    "2026-11-30T09:15",
  ]);
  expect(times("cron(59 23 31 12 ? *)", "2026-12-31T23:59:00", "UTC", 1)).toEqual(["2027-12-31T23:59"]);
});

test("days are found by the calendar", () => {
  expect(times("cron(0 0 L * ? *)", "2028-01-31T00:00:00")).toEqual([
    "2028-02-29T00:00",
    "2028-03-31T00:00",
    "2028-04-30T00:00",
  ]);
  // The last of February 2026 is a Saturday, the last of May a Sunday.
  expect(times("cron(0 0 LW 2-5 ? 2026)", "2026-01-01T00:00:00", "UTC", 9)).toEqual([
    "2026-02-27T00:00",
    "2026-03-31T00:00",
    "2026-04-30T00:00",
    "2026-05-29T00:00",
  ]);
  // The first of August 2026 is a Saturday, of November a Sunday.
  expect(times("cron(0 0 1W 8-11 ? 2026)", "2026-01-01T00:00:00", "UTC", 9)).toEqual([
    "2026-08-03T00:00",
    "2026-09-01T00:00",
    "2026-10-01T00:00",
    "2026-11-02T00:00",
  ]);
  expect(times("cron(0 0 ? * 6L *)", "2026-11-01T00:00:00")).toEqual([
    "2026-11-27T00:00",
    "2026-12-25T00:00",
    "2027-01-29T00:00",
  ]);
  expect(times("cron(0 0 ? * MON#5 *)", "2026-11-01T00:00:00")).toEqual([
    "2026-11-30T00:00",
    "2027-03-29T00:00",
    "2027-05-31T00:00",
  ]);
});

test("days that do not exist, and years that are over, end it", () => {
  expect(times("cron(0 0 30 FEB ? *)", "2026-01-01T00:00:00")).toEqual([]);
  expect(times("cron(0 0 29 FEB ? 2027)", "2026-01-01T00:00:00")).toEqual([]);
  expect(times("cron(15 10 ? * 6L 2002-2005)", "2026-01-01T00:00:00")).toEqual([]);
  expect(times("cron(0 0 1 1 ? *)", "2198-06-01T00:00:00")).toEqual(["2199-01-01T00:00"]);
});

test("a rate counts on from the time before, or from its anchor", () => {
  expect(times("rate(90 minutes)", "2026-11-29T10:10:00", "Europe/Berlin", 2)).toEqual([
    "2026-11-29T11:40",
    "2026-11-29T13:10",
  ]);
  const rate = parseScheduleExpression("rate(1 hour)");
  const anchorMs = Date.parse("2026-11-29T10:10:00Z");
  expect(iso(nextTimeMs(rate, Date.parse("2026-11-29T15:09:59Z"), "UTC", anchorMs))).toBe("2026-11-29T15:10");
  expect(iso(nextTimeMs(rate, Date.parse("2026-11-29T15:10:00Z"), "UTC", anchorMs))).toBe("2026-11-29T16:10");
  expect(nextTimeMs(rate, anchorMs - 1, "UTC", anchorMs)).toBe(anchorMs);
});

test("a one-time expression is once, in its zone", () => {
  expect(times("at(2026-11-29T12:00:00)", "2026-11-01T00:00:00", "Asia/Kolkata")).toEqual([
    "2026-11-29T06:30",
  ]);
  expect(times("at(2026-11-29T12:00:00)", "2026-11-29T12:00:00")).toEqual([]);
  // New York's clocks go from 2:00 to 3:00 on 2026-03-08, and from 2:00 to 1:00 on 2026-11-01.
  expect(times("at(2026-03-08T02:30:00)", "2026-01-01T00:00:00", "America/New_York")).toEqual([
    "2026-03-08T07:30",
  ]);
  expect(times("at(2026-11-01T01:30:00)", "2026-01-01T00:00:00", "America/New_York")).toEqual([
    "2026-11-01T05:30",
  ]);
});

test("times that clocks leave out are skipped, times that they show twice are once", () => {
  expect(times("cron(30 2 * * ? *)", "2026-03-07T00:00:00", "America/New_York", 2)).toEqual([
    "2026-03-07T07:30",
    "2026-03-09T06:30",
  ]);
  expect(times("cron(30 1 * * ? *)", "2026-10-31T00:00:00", "America/New_York")).toEqual([
    "2026-10-31T05:30",
    "2026-11-01T05:30",
    "2026-11-02T06:30",
  ]);
  expect(times("cron(0/30 1-2 * * ? *)", "2026-11-01T05:30:00", "America/New_York", 2)).toEqual([
    "2026-11-01T07:00",
    "2026-11-01T07:30",
  ]);
  // Half an hour only, on Lord Howe Island.
  expect(times("cron(15 2 4,5 10 ? 2026)", "2026-10-03T00:00:00", "Australia/Lord_Howe")).toEqual([
    "2026-10-04T15:15",
  ]);
});

test("time zones are those of the IANA database", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]) {
    expect(isTimeZone(zone), zone).toBe(true);
  }
  for (const zone of ["", "+05:00", "Mars/Olympus", "Europe/", "UTC+1"])
    expect(isTimeZone(zone), zone).toBe(false);
});

const MINUTE_MS = 60_000;

/** Each minute's reading of a clock on the wall, as if it were UTC. */
function wallClock(timeZone: string): (ms: number) => Date {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return (ms) => new Date(`${format.format(ms).replace(" ", "T")}Z`);
}

interface Sample {
  readonly text: string;
  readonly matches: (wall: Date) => boolean;
}

/** Looks at every minute from `afterMs` on. */
function naiveNext(sample: Sample, afterMs: number, beforeMs: number, timeZone: string): number | undefined {
  const first = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  if (timeZone === "UTC") {
    for (let ms = first; ms < beforeMs; ms += MINUTE_MS) if (sample.matches(new Date(ms))) return ms;
    return undefined;
  }
  const wall = wallClock(timeZone);
  const seen = new Set<number>();
  // What the clock has shown before is no new time.
  for (let ms = first - 180 * MINUTE_MS; ms < first; ms += MINUTE_MS) seen.add(wall(ms).getTime());
  for (let ms = first; ms < beforeMs; ms += MINUTE_MS) {
    const shown = wall(ms);
    if (!seen.has(shown.getTime()) && sample.matches(shown)) return ms;
    seen.add(shown.getTime());
  }
  return undefined;
}

const part = (first: number, last: number) => fc.integer({ min: first, max: last });

/** A field's text with the set of values that it means. */
function field(first: number, last: number): fc.Arbitrary<{ text: string; has: (value: number) => boolean }> {
  return fc.oneof(
    fc.constant({ text: "*", has: () => true }),
    part(first, last).map((only) => ({ text: `${only}`, has: (value: number) => value === only })),
    fc.tuple(part(first, last), part(first, last)).map(([a, b]) => ({
      text: `${a}-${b}`,
      has: (value: number) => (a <= b ? value >= a && value <= b : value >= a || value <= b),
    })),
    fc.tuple(part(first, last), part(1, last)).map(([start, step]) => ({
      text: `${start}/${step}`,
      has: (value: number) => value >= start && (value - start) % step === 0,
    })),
    fc.uniqueArray(part(first, last), { minLength: 2, maxLength: 5 }).map((values) => ({
      text: values.join(","),
      has: (value: number) => values.includes(value),
    })),
  );
}

const DAY_MS = 86_400_000;
const plusDays = (wall: Date, days: number) => new Date(wall.getTime() + days * DAY_MS);
const isWorkday = (wall: Date) => wall.getUTCDay() !== 0 && wall.getUTCDay() !== 6;
const sameMonth = (a: Date, b: Date) => a.getUTCMonth() === b.getUTCMonth();

/** Whether `wall` is the workday that stands for a day of its month. */
function standsFor(wall: Date, day: number): boolean {
  const nearest = [0, -1, 1, -2, 2]
    .map((days) => plusDays(new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), day)), days))
    .find((candidate) => sameMonth(candidate, wall) && isWorkday(candidate));
  return nearest?.getUTCDate() === wall.getUTCDate();
}

interface DayFields {
  readonly text: readonly [dayOfMonth: string, dayOfWeek: string];
  readonly has: (wall: Date) => boolean;
}

const dayFields: fc.Arbitrary<DayFields> = fc.oneof(
  field(1, 31).map(
    ({ text, has }): DayFields => ({
      text: [text, "?"],
      has: (wall) => has(wall.getUTCDate()),
    }),
  ),
  field(1, 7).map(
    ({ text, has }): DayFields => ({
      text: ["?", text],
      has: (wall) => has(wall.getUTCDay() + 1),
    }),
  ),
  fc.constant<DayFields>({ text: ["L", "?"], has: (wall) => plusDays(wall, 1).getUTCDate() === 1 }),
  fc.constant<DayFields>({
    text: ["LW", "?"],
    has: (wall) =>
      isWorkday(wall) &&
      [1, 2, 3].every((days) => !sameMonth(plusDays(wall, days), wall) || !isWorkday(plusDays(wall, days))),
  }),
  part(1, 28).map((day): DayFields => ({ text: [`${day}W`, "?"], has: (wall) => standsFor(wall, day) })),
  part(1, 7).map(
    (weekday): DayFields => ({
      text: ["?", `${weekday}L`],
      has: (wall) => wall.getUTCDay() + 1 === weekday && !sameMonth(plusDays(wall, 7), wall),
    }),
  ),
  fc.tuple(part(1, 7), part(1, 5)).map(
    ([weekday, nth]): DayFields => ({
      text: ["?", `${weekday}#${nth}`],
      has: (wall) => wall.getUTCDay() + 1 === weekday && Math.ceil(wall.getUTCDate() / 7) === nth,
    }),
  ),
);

const crons = fc.tuple(field(0, 59), field(0, 23), dayFields, field(1, 12)).map(
  ([minutes, hours, days, months]): Sample => ({
    text: `cron(${minutes.text} ${hours.text} ${days.text[0]} ${months.text} ${days.text[1]} *)`,
    matches: (wall) =>
      minutes.has(wall.getUTCMinutes()) &&
      hours.has(wall.getUTCHours()) &&
      months.has(wall.getUTCMonth() + 1) &&
      days.has(wall),
  }),
);

test("a cron expression means what looking at every minute finds", () => {
  const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2032, 0) });
  fc.assert(
    fc.property(crons, instants, (sample, afterMs) => {
      const beforeMs = afterMs + 40 * DAY_MS;
      const next = nextTimeMs(parseScheduleExpression(sample.text), afterMs);
      const found = next !== undefined && next < beforeMs ? next : undefined;
      expect(iso(found), sample.text).toBe(iso(naiveNext(sample, afterMs, beforeMs, "UTC")));
    }),
    { numRuns: 300 },
  );
});

/** Around a change of clocks in each. */
const CHANGES = [
  ["America/New_York", "2026-03-08T07:00:00Z"],
  ["America/New_York", "2026-11-01T06:00:00Z"],
  ["Europe/Berlin", "2026-03-29T01:00:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
  ["Asia/Kathmandu", "2026-06-01T00:00:00Z"],
  // A whole day was left out.
  ["Pacific/Apia", "2011-12-30T10:00:00Z"],
] as const;

test("so it does where clocks are changed", () => {
  const often = fc.tuple(field(0, 59), field(0, 4)).map(
    ([minutes, hours]): Sample => ({
      text: `cron(${minutes.text} ${hours.text} * * ? *)`,
      matches: (wall) => minutes.has(wall.getUTCMinutes()) && hours.has(wall.getUTCHours()),
    }),
  );
  const around = fc.integer({ min: -30 * 60, max: 6 * 60 });
  fc.assert(
    fc.property(often, fc.constantFrom(...CHANGES), around, (sample, [zone, change], minutes) => {
      const afterMs = Date.parse(change) + minutes * MINUTE_MS;
      const beforeMs = afterMs + 3 * DAY_MS;
      const next = nextTimeMs(parseScheduleExpression(sample.text), afterMs, zone);
      expect(iso(next), `${sample.text} in ${zone}`).toBe(iso(naiveNext(sample, afterMs, beforeMs, zone)));
    }),
    { numRuns: 150 },
  );
});
