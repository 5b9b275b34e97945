import { expect, test } from "vitest";
import { parseCrashPlan } from "./crash.ts";

test("a crash plan names a commit, or a commit among those that contain a statement", () => {
  expect(parseCrashPlan("after-commit:17")).toEqual({ when: "after-commit", commit: 17 });
  expect(parseCrashPlan("before-commit:journal.insert:4")).toEqual({
    when: "before-commit",
    statement: "journal.insert",
    commit: 4,
  });
});

test.each(["", "after-commit", "after-commit:0", "during-commit:1", "after-commit:1x", "after-commit::1"])(
  "%j is no crash plan, and the error shows one",
  (text) => {
    expect(() => parseCrashPlan(text)).toThrow("it must look like after-commit:17");
  },
);
