import { expect, test } from "vitest";
import { InvalidScheduleExpression, type ScheduleExpression } from "./expression.ts";
import { parseScheduleExpression } from "./parse.ts";

test.each([
  ["rate(1 minute)", 60_000],
  ["rate(5 minutes)", 300_000],
  ["rate(1 hour)", 3_600_000],
  ["rate(12 hours)", 43_200_000],
  ["rate(1 day)", 86_400_000],
  ["rate(400 days)", 34_560_000_000],
])("%s is a rate", (text, everyMs) => {
  expect(parseScheduleExpression(text)).toEqual({ kind: "rate", everyMs });
});

test("the Scheduler takes singular and plural for any number", () => {
  expect(parseScheduleExpression("rate(1 days)", { anyNumber: true })).toEqual(
    parseScheduleExpression("rate(1 day)"),
  );
  expect(parseScheduleExpression("rate(5 minute)", { anyNumber: true })).toEqual(
    parseScheduleExpression("rate(5 minutes)"),
  );
});

test.each([
  "rate(1 minutes)",
  "rate(10 minute)",
  "rate(0 minutes)",
  "rate(-10 minutes)",
  "rate(1.5 hours)",
  "rate(10)",
  "rate()",
  "rate(10 seconds)",
  "rate(10 weeks)",
  "rate(10 years)",
  "rate(10 MINUTES)",
  "rate(10 minutess)",
  "rate( 10 minutes )",
  "rate(10  minutes)",
  " rate(10 minutes)",
  "rate(10 minutes) ",
  "rate(foo minutes)",
  "rate(999999999999999 days)",
  "cron()",
  "cron(INVALID)",
  "cron(0 12 * * ?)",
  "cron(0 12 * * ? * *)",
  "cron( 0 12 * * ? *)",
  "cron(0 1 * * * *)",
  "cron(0 1 ? * ? *)",
  "cron(0 1 1 * MON *)",
  "cron(7 20 * * NOT *)",
  "cron(0 dummy ? * MON-FRI *)",
  "cron(71 8 1 * ? *)",
  "cron(60 * * * ? *)",
  "cron(0 24 * * ? *)",
  "cron(0 0 0 * ? *)",
  "cron(0 0 32 * ? *)",
  "cron(0 0 1 13 ? *)",
  "cron(0 0 1 0 ? *)",
  "cron(0 0 ? * 0 *)",
  "cron(0 0 ? * 8 *)",
  "cron(0 0 ? * MON#6 *)",
  "cron(0 0 ? * MON#0 *)",
  "cron(0 0 ? * 3#1,6#3 *)",
  "cron(0 0 ? * 3#1#2 *)",
  "cron(0 0 L,15 * ? *)",
  "cron(0 0 32W * ? *)",
  "cron(0 0 W * ? *)",
  "cron(0 0 ? * MON,6L *)",
  "cron(0 0 1 * ? 1969)",
  "cron(0 0 1 * ? 2200)",
  "cron(0 0 1 * ? 2030-2020)",
  "cron(0/0 * * * ? *)",
  "cron(0/60 * * * ? *)",
  "cron(/5 * * * ? *)",
  "cron(1- * * * ? *)",
  "cron(1, * * * ? *)",
  "cron(? * * * ? *)",
  "at(2026-11-29T12:00:00)",
  "every minute",
  "",
])("%j is refused", (text) => {
  expect(() => parseScheduleExpression(text)).toThrow(InvalidScheduleExpression);
});

test.each([
  "at(2021-12-31)",
  "at(2021-12-31T23:59:59Z)",
  "at(2021-12-31T23:59)",
  "at(2021-02-30T00:00:00)",
  "at(2021-13-01T00:00:00)",
  "at(2021-01-01T24:00:00)",
  "at(2021-01-01 00:00:00)",
  "at()",
])("%s is no time", (text) => {
  expect(() => parseScheduleExpression(text, { at: true })).toThrow(InvalidScheduleExpression);
});

test("a one-time expression is a time on the wall", () => {
  const wallMs = Date.UTC(2026, 10, 29, 12, 30, 15);
  expect(parseScheduleExpression("at(2026-11-29T12:30:15)", { at: true })).toEqual({ kind: "at", wallMs });
});

const all = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

test.each<[string, Partial<ScheduleExpression>]>([
  ["cron(5,35 14 * * ? *)", { minutes: [5, 35], hours: [14], days: { kind: "days", days: all(1, 31) } }],
  ["cron(0/20 8-10 1,15 jan,MAR ? *)", { minutes: [0, 20, 40], hours: [8, 9, 10], months: [1, 3] }],
  ["cron(*/30 22-2 * * ? *)", { minutes: [0, 30], hours: [0, 1, 2, 22, 23] }],
  ["cron(10-30/10 5/6 * 2/4 ? *)", { minutes: [10, 20, 30], hours: [5, 11, 17, 23], months: [2, 6, 10] }],
  ["cron(0 0 ? * MON-FRI *)", { days: { kind: "weekdays", weekdays: [2, 3, 4, 5, 6] } }],
  ["cron(0 0 ? * FRI-MON *)", { days: { kind: "weekdays", weekdays: [1, 2, 6, 7] } }],
  ["cron(0 0 ? * L *)", { days: { kind: "weekdays", weekdays: [7] } }],
  [
    "cron(15 10 ? * 6L 2002-2005)",
    { days: { kind: "last-weekday", weekday: 6 }, years: [2002, 2003, 2004, 2005] },
  ],
  ["cron(0 2 ? * SAT#3 *)", { days: { kind: "nth-weekday", weekday: 7, nth: 3 } }],
  ["cron(0 0 L * ? *)", { days: { kind: "last-day" } }],
  ["cron(0 0 LW * ? 2199)", { days: { kind: "last-workday" }, years: [2199] }],
  [
    "cron(0 0 15W * ? 2024/50)",
    { days: { kind: "nearest-workday", day: 15 }, years: [2024, 2074, 2124, 2174] },
  ],
])("%s", (text, meaning) => {
  expect(parseScheduleExpression(text)).toMatchObject({ kind: "cron", ...meaning });
});
