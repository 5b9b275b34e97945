import { describe, expect, test } from "vitest";
import { HeldEvent } from "./bus-event.ts";
import type { RuleTarget } from "./table/rules.ts";
import { prepareInput } from "./target-input.ts";

const event = new HeldEvent({
  ...{ id: "e1", detailType: "Order placed", source: "shop", account: "000000000000", region: "us-east-1" },
  ...{ timeMs: Date.UTC(2030, 0, 1), resources: ["arn:aws:x"] },
  detail:
    '{"id": 12345678901234567890, "name": "a \\"b\\"", "items": [{"n": 1}, {"n": 2}], "nested": {"x y": null}, "on": true}',
});
const context = { ruleName: "r", ruleArn: "arn:r", ingestedAtMs: Date.UTC(2030, 0, 2) };
const input = (target: Partial<RuleTarget>) => prepareInput({ Id: "t", Arn: "a", ...target })(event, context);
const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  input({ InputTransformer: { InputTemplate, InputPathsMap } });

test("without an input, a target gets the event, its detail as it was put", () => {
  expect(input({})).toContain('"detail":{"id": 12345678901234567890, "name"');
});

test("a constant input is taken as it is", () => {
  expect(input({ Input: '{"a":  1}' })).toBe('{"a":  1}');
});

describe("a path gives the part of the event that it leads to", () => {
  test.each([
    ["$.source", '"shop"'],
    ["$.detail-type", '"Order placed"'],
    ["$['detail-type']", '"Order placed"'],
    ["$.detail.nested", '{"x y":null}'],
    ["$.detail.nested['x y']", "null"],
    ["$.detail.items[1].n", "2"],
    ["$.detail.items[*].n", "[1,2]"],
    ["$.resources[0]", '"arn:aws:x"'],
    ["$.detail.on", "true"],
    ["$.detail.missing", "null"],
    ["$.constructor", "null"],
  ])("%s", (InputPath, expected) => {
    expect(input({ InputPath })).toBe(expected);
  });
});

describe("numbers are passed on as they were put", () => {
  const numbers = new HeldEvent({
    ...event.event,
    detail:
      '{"id": 12345678901234567890, "price": 1.0, "all": [1e3, -0, 7, 0.10], "in": {"n": 9007199254740993}}',
  });
  const given = (target: Partial<RuleTarget>) =>
    prepareInput({ Id: "t", Arn: "a", ...target })(numbers, context);

  test.each([
    ["$.detail.id", "12345678901234567890"],
    ["$.detail.price", "1.0"],
    ["$.detail.all", "[1e3,-0,7,0.10]"],
    ["$.detail.all[*]", "[1e3,-0,7,0.10]"],
    ["$.detail.in", '{"n":9007199254740993}'],
    ["$.detail.id.text", "null"],
    ["$.detail.id.*", "[]"],
  ])("at the path %s", (InputPath, expected) => {
    expect(given({ InputPath })).toBe(expected);
  });

  test("in templates", () => {
    const InputPathsMap = { id: "$.detail.id", in: "$.detail.in" };
    const InputTemplate = '{"id": <id>, "in": <in>, "text": "no. <id>, <in>"}';
    expect(given({ InputTransformer: { InputPathsMap, InputTemplate } })).toBe(
      '{"id": 12345678901234567890, "in": {"n":9007199254740993}, "text": "no. 12345678901234567890, {n:9007199254740993}"}',
    );
  });
});

describe("a template", () => {
  const paths = { name: "$.detail.name", items: "$.detail.items", on: "$.detail.on", none: "$.detail.none" };

  test("has texts put into its strings, and nothing for what is not there", () => {
    expect(transformed('"<name> of <none>!"', paths)).toBe('"a \\"b\\" of !"');
  });

  test("has values put in where there are no quotes", () => {
    const template = '{"name": <name>, "items": <items>, "on": <on>, "none": <none>}';
    expect(transformed(template, paths)).toBe(
      '{"name": "a \\"b\\"", "items": [{"n":1},{"n":2}], "on": true, "none": ""}',
    );
  });

  test("has objects and lists put into strings without their quotes", () => {
    expect(transformed('{"a": "is <items>, <on>"}', paths)).toBe('{"a": "is [{n:1},{n:2}], true"}');
  });

  test("may be several lines of text", () => {
    expect(transformed('"<on>"\n"<name>"', paths)).toBe('"true"\n"a \\"b\\""');
  });

  test("keeps what only looks like a variable", () => {
    expect(transformed('"1 < 2, <> and \\"<on>\\""', paths)).toBe('"1 < 2, <> and \\"true\\""');
  });

  test("knows AWS's own variables", () => {
    expect(
      transformed('"<aws.events.rule-name> <aws.events.rule-arn> <aws.events.event.ingestion-time>"'),
    ).toBe('"r arn:r 2030-01-02T00:00:00Z"');
    const text = transformed('{"short": <aws.events.event>, "whole": <aws.events.event.json>}');
    expect(text).toContain('"detail":{"id": 12345678901234567890, "name"');
    const both = JSON.parse(text);
    expect(both.short).toEqual({
      ...{ id: "e1", account: "000000000000", detailType: "Order placed", time: "2030-01-02T00:00:00Z" },
      ...{ source: "shop", region: "us-east-1", resources: ["arn:aws:x"], version: "0" },
    });
    expect(both.whole).toEqual(event.parsed);
  });
});
