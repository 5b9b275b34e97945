import { expect, test } from "vitest";
import { type Clock, RealClock } from "./clock.ts";
import { RealIds, SeededIds } from "./ids.ts";

const START_MS = Date.UTC(2030, 0, 1);
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test.each([
  ["real", (clock: Clock) => new RealIds(clock)],
  ["seeded", (clock: Clock) => new SeededIds(7, clock)],
])("%s ids sort as they were made, though time stands still or goes back", (_, idsOf) => {
  let nowMs = START_MS;
  const ids = idsOf(Object.assign(new RealClock(), { now: () => nowMs }));
  const made = Array.from({ length: 10_000 }, () => ids.orderedUuid());
  nowMs = START_MS - 1;
  made.push(ids.orderedUuid());
  nowMs = START_MS + 3;
  const later = ids.orderedUuid();
  made.push(later);
  expect(made.filter((id) => !VERSION_7.test(id))).toEqual([]);
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  expect(Number.parseInt(later.slice(0, 13).replace("-", ""), 16)).toBe(START_MS + 3);
});
