import { describe, expect, test } from "vitest";
import { reportedFailures } from "./batch-response.ts";

const failed = (answer: unknown) => {
  const failures = reportedFailures(JSON.stringify(answer), new Set(["1", "2", "3"]));
  return failures === "all" ? failures : [...failures];
};
const items = (...batchItemFailures: unknown[]) => ({ batchItemFailures });

describe("what a function reports of its batch", () => {
  test.each([[null], [{}], [[]], [""], [{ batchItemFailures: null }], [items()], [{ other: 1 }]])(
    "is success: %j",
    (answer) => {
      expect(failed(answer)).toEqual([]);
    },
  );

  test("names the items that failed", () => {
    expect(failed(items({ itemIdentifier: "3" }, { itemIdentifier: "1" }))).toEqual(["3", "1"]);
  });

  test.each([
    ["an identifier that is empty", items({ itemIdentifier: "" })],
    ["an identifier that is null", items({ itemIdentifier: null })],
    ["an identifier of another batch", items({ itemIdentifier: "1" }, { itemIdentifier: "9" })],
    ["a number for an identifier", items({ itemIdentifier: 1 })],
    ["another key", items({ id: "1" })],
    ["no object", items(null)],
    ["no list", { batchItemFailures: "1" }],
    ["a text", "all is well"],
  ])("fails the whole batch with %s", (_what, answer) => {
    expect(failed(answer)).toBe("all");
  });

  test("may be no JSON at all, which fails the whole batch", () => {
    expect(reportedFailures("{", new Set(["1"]))).toBe("all");
    expect(reportedFailures("", new Set(["1"]))).toEqual(new Set());
  });
});
