import { describe, expect, test } from "vitest";
import { compileFilters } from "./filter.ts";
import { toRecord } from "./sqs/record.ts";

const settings = { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] };
const record = (Body: string, more: object = {}) =>
  toRecord({ MessageId: "m", ReceiptHandle: "r", Body, MD5OfBody: "5", ...more }, {
    sourceArn: "arn:aws:sqs:us-east-1:000000000000:q",
    settings,
  } as never);
const passes = (patterns: readonly object[], Body: string, more: object = {}) =>
  compileFilters({ Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) })(
    record(Body, more),
  );

describe("a filter of a mapping", () => {
  test("looks into bodies that are JSON, and drops those that are not", () => {
    const byTemperature = { body: { temperature: [{ numeric: [">", 20] }] } };
    expect(passes([byTemperature], '{"temperature":21}')).toBe(true);
    expect(passes([byTemperature], '{"temperature":19}')).toBe(false);
    expect(passes([byTemperature], "21")).toBe(false);
    expect(passes([{ body: { kind: [{ exists: false }] } }], "no JSON at all")).toBe(false);
  });

  test("compares bodies that are plain text, and drops those that are JSON", () => {
    expect(passes([{ body: ["hot", { prefix: "co" }] }], "cold")).toBe(true);
    expect(passes([{ body: [{ "anything-but": "hot" }] }], '{"a":1}')).toBe(false);
  });

  test("may ask for what is around the body alone", () => {
    const colour = { messageAttributes: { colour: { stringValue: ["red"] } } };
    const MessageAttributes = { colour: { DataType: "String", StringValue: "red" } };
    expect(passes([colour], "anything", { MessageAttributes })).toBe(true);
    expect(passes([colour], '{"a":1}')).toBe(false);
  });

  test("is one of several that may match, or none at all", () => {
    const either = [{ body: { a: [1] } }, { body: { b: [2] } }];
    expect([passes(either, '{"b":2}'), passes(either, '{"c":3}')]).toEqual([true, false]);
    expect(compileFilters({ Filters: [] })(record("x"))).toBe(true);
    expect(compileFilters(undefined)(record("x"))).toBe(true);
  });

  test.each([
    "null",
    '"text"',
    "",
    "{",
    '{"body":"text"}',
    '{"eventSource":[]}',
    '{"body":{"a":[{"nearly":1}]}}',
  ])("that is no pattern is refused: %s", (Pattern) => {
    expect(() => compileFilters({ Filters: [{ Pattern }] })).toThrow("Invalid filter pattern definition.");
  });
});
