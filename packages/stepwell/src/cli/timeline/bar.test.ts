import { expect, test } from "vitest";
import { drawBar } from "./bar.ts";

const scale = { startMs: 1_000, endMs: 2_000, width: 10 };

test("spans are drawn to scale: what waits is lighter than what runs", () => {
  const spans = [
    { startMs: 1_200, endMs: 1_800, kind: "wait" },
    { startMs: 1_200, endMs: 1_300, kind: "run" },
    { startMs: 1_700, endMs: 1_800, kind: "run" },
  ] as const;
  expect(drawBar(spans, scale, true)).toBe("  █░░░░█");
  expect(drawBar(spans, scale, false)).toBe("  #....#");
});

test("the shortest span is still to be seen, also at the very end", () => {
  expect(drawBar([{ startMs: 1_500, endMs: 1_500, kind: "run" }], scale, false)).toBe("     #");
  expect(drawBar([{ startMs: 2_000, endMs: 2_000, kind: "run" }], scale, false)).toBe("         #");
});

test("times outside of the scale, and a scale without length, stay within the bar", () => {
  expect(drawBar([{ startMs: 0, endMs: 9_999, kind: "around" }], scale, false)).toBe("-".repeat(10));
  expect(drawBar([{ startMs: 5, endMs: 5, kind: "run" }], { startMs: 5, endMs: 5, width: 10 }, false)).toBe(
    "#",
  );
});
