import { describe, expect, test } from "vitest";
import { parseDate, parseDuration, parsePast } from "./when.ts";

test.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["10 min", 600_000],
  ["1h30m", 5_400_000],
  ["1h 30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
  ["2w", 1_209_600_000],
  ["250ms", 250],
  ["0s", 0],
])("the duration %s has %s ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", " ", "5", "h", "5x", "1h x", "-1h", "1h30", "tomorrow", "2030-01-01"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

describe("a date", () => {
  test("is in this machine's time zone unless it names one", () => {
    expect(parseDate("2030-01-08")).toBe(new Date(2030, 0, 8).getTime());
    expect(parseDate("2030-01-08T09:00")).toBe(new Date(2030, 0, 8, 9).getTime());
    expect(parseDate("2030-01-08 09:00:07.5")).toBe(new Date(2030, 0, 8, 9, 0, 7, 500).getTime());
    expect(parseDate("2030-01-08T09:00Z")).toBe(Date.UTC(2030, 0, 8, 9));
    expect(parseDate("2030-01-08T09:00+02:00")).toBe(Date.UTC(2030, 0, 8, 7));
  });

  test.each(["", "2030", "08.01.2030", "2030-13-01", "2030-01-08T9", "10m"])("is not %j", (text) => {
    expect(parseDate(text)).toBeUndefined();
  });
});

test("a time gone by is a duration before now, or a date; anything else is refused by the option's name", () => {
  expect(parsePast("--since", "10m", 1_000_000)).toBe(400_000);
  expect(parsePast("--since", "2030-01-08T09:00Z", 0)).toBe(Date.UTC(2030, 0, 8, 9));
  expect(() => parsePast("--since", "soon", 0)).toThrow("--since is 'soon', which is no time.");
});
