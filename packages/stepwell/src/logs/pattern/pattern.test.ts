import { describe, expect, test } from "vitest";
import { compileFilterPattern } from "./pattern.ts";

/** Examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html among them. */
const REQUESTS = [
  "[ERROR 400] BAD REQUEST",
  "[ERROR 401] UNAUTHORIZED REQUEST",
  "[ERROR 419] MISSING ARGUMENTS",
  "[ERROR 420] INVALID ARGUMENTS",
  "[ERROR 500] INTERNAL SERVER ERROR",
  "[INFO] REQUEST FAILED",
];

/** The places of the requests that a pattern matches. */
function found(pattern: string): number[] {
  const matches = compileFilterPattern(pattern);
  return REQUESTS.flatMap((request, i) => (matches(request) ? [i] : []));
}

describe("terms", () => {
  test.each([
    ["", [0, 1, 2, 3, 4, 5]],
    ["   ", [0, 1, 2, 3, 4, 5]],
    ['" "', [0, 1, 2, 3, 4, 5]],
    ["ERROR", [0, 1, 2, 3, 4]],
    ["error", []],
    ["ERROR ARGUMENTS", [2, 3]],
    ["?400 ?420", [0, 3]],
    ['"INTERNAL SERVER ERROR"', [4]],
    ["ERROR -ARGUMENTS", [0, 1, 4]],
    ['-"[ERROR"', [5]],
    ['?"BAD R" ?"500]"', [0, 4]],
    // AWS ignores optional terms beside others.
    ["?BAD ?MISSING REQUEST", [0, 1, 5]],
    ["UTHOR", [1]],
    ["  ERROR   -401 -419  ", [0, 3, 4]],
  ])("%s", (pattern, places) => {
    expect(found(pattern)).toEqual(places);
  });

  test("may have quotes and backslashes in a phrase", () => {
    expect(compileFilterPattern('"say \\"hi\\""')('they say "hi"')).toBe(true);
    expect(compileFilterPattern('"a\\\\b"')("a\\b")).toBe(true);
  });

  test.each([
    ["Status: timeout", ":"],
    ["email@example.com", "@"],
    ["a-b", "-"],
    ["-", "-"],
    ["(x", "("],
    ["ERROR*", "*"],
    ['""', '""'],
    ['"open', '"'],
    ["ERROR }", "}"],
  ])("%s is refused with the characters that must be quoted", (pattern, characters) => {
    expect(() => compileFilterPattern(pattern)).toThrow(
      expect.objectContaining({
        code: "InvalidParameterException",
        message: `Invalid character(s) in term '${characters}'`,
      }),
    );
  });
});

const EVENT = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  active: true,
  retired: false,
  "detail-type": "order.placed",
  latency: 49.5,
  errorCode: 400,
  small: 0.001,
  quote: 'say "hi"',
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
  user: { id: 1, email: "John.Stiles@example.com" },
});

describe("conditions on JSON", () => {
  test.each([
    '{ $.eventType = "UpdateTrail" }',
    "{$.eventType=UpdateTrail}",
    '{ $.eventType = "Update*" }',
    '{ $.eventType = "*da*Tr*l" }',
    '{ $.eventType = "*" }',
    '{ $.eventType != "Other" }',
    "{ $.sourceIPAddress != 123.123.* }",
    "{ $.sourceIPAddress = 111.111.* }",
    '{ $.arrayKey[0] = "value" }',
    "{ $.objectList[1].id = 2 }",
    "{ $.coordinates[1][2] = 6 }",
    "{ $.SomeObject IS NULL }",
    "{ $.active IS TRUE }",
    "{ $.retired IS FALSE }",
    "{ $.SomeOtherObject NOT EXISTS }",
    '{ $.detail-type = "order.*" }',
    "{ $.latency < 50 }",
    "{ $.latency >= 49.5 && $.latency <= 49.5 }",
    "{ $.errorCode = 400 }",
    "{ $.errorCode = 4.0e2 }",
    "{ $.errorCode = 4* }",
    "{ $.errorCode != 500 }",
    "{ $.errorCode > -1 }",
    "{ $.small = 1e-3 }",
    '{ $.quote = "say \\"hi\\"" }',
    '{ ($.user.id = 1) && ($.user.email = "John.Stiles@example.com") }',
    '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "no" && $.arrayKey[2] = "no" }',
  ])("%s matches", (pattern) => {
    expect(compileFilterPattern(pattern)(EVENT)).toBe(true);
  });

  test.each([
    '{ $.eventType = "updatetrail" }',
    '{ $.eventType = "Update" }',
    '{ $.eventType = "*Trail*Update*" }',
    '{ $.errorCode = "400" }',
    "{ $.errorCode > 400 }",
    "{ $.eventType > 1 }",
    "{ $.missing = 1 }",
    "{ $.missing != 1 }",
    "{ $.user != 1 }",
    "{ $.arrayKey = value }",
    "{ $.arrayKey[7] = value }",
    "{ $.active IS FALSE }",
    "{ $.missing IS NULL }",
    "{ $.SomeObject NOT EXISTS }",
    '{ $.toString = "*" }',
    '{ $.user.id = 2 && $.user.email = "x" || $.arrayKey[1] = "x" }',
    '{ ($.user.id = 1 || $.coordinates[0][1] = "no") && $.arrayKey[1] = "no" }',
  ])("%s does not match", (pattern) => {
    expect(compileFilterPattern(pattern)(EVENT)).toBe(false);
  });

  test.each(["no JSON", "", "{ broken", "[1, 2", '"eventType"', "12"])("do not match %s", (message) => {
    expect(compileFilterPattern("{ $.a NOT EXISTS }")(message)).toBe(false);
  });

  test("find an event among spaces and line ends", () => {
    expect(compileFilterPattern("{ $.a = 1 }")('  {"a": 1}\n')).toBe(true);
  });

  test.each([
    ["{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"],
    ["{ }", "Invalid filter pattern: a selector such as $.level was expected, not its end."],
    ["{ $.a }", "Invalid filter pattern: an operator was expected, not its end."],
    ["{ $.a = }", "Invalid filter pattern: = cannot be followed by nothing."],
    ["{ $.a = 1 $.b = 2 }", "Invalid filter pattern: $.b was not expected."],
    ["{ $.a > x }", "Invalid filter pattern: > cannot be followed by x."],
    ['{ $.a < "1" }', 'Invalid filter pattern: < cannot be followed by "1".'],
    ["{ a = 1 }", "Invalid filter pattern: a selector such as $.level was expected, not a."],
    ["{ $.a IS SET }", "Invalid filter pattern: after IS there must be NULL, TRUE or FALSE, not SET."],
    ["{ $.a NOT NULL }", "Invalid filter pattern: after NOT there must be EXISTS."],
    ["{ ($.a = 1 }", "Invalid filter pattern: a closing parenthesis is missing."],
    ["{ $.a = 1) }", "Invalid filter pattern: ) was not expected."],
    ['{ $."sc-status" = 5* }', "Invalid filter pattern: a selector such as $.level was expected, not $.."],
    ['{ $.a = "open }', 'Invalid filter pattern: it cannot be read from "open.'],
    ["{ $.a & 1 }", "Invalid filter pattern: it cannot be read from & 1."],
  ])("%s is refused with what is wrong", (pattern, message) => {
    expect(() => compileFilterPattern(pattern)).toThrow(
      expect.objectContaining({ code: "InvalidParameterException", message }),
    );
  });
});

test.each([
  ["[ip, user, status=4*]", "filter patterns for space-delimited events"],
  ["%ERR.*%", "regular expressions in filter patterns"],
  ["ERROR %[0-9]+%", "regular expressions in filter patterns"],
  ["{ $.a = %x% }", "regular expressions in filter patterns"],
])("%s is refused by its name", (pattern, name) => {
  expect(() => compileFilterPattern(pattern)).toThrow(
    expect.objectContaining({
      code: "NotSupportedException",
      message: expect.stringContaining(`Stepwell does not support ${name}`),
    }),
  );
});

test("no pattern runs away on a long hostile message", () => {
  const patterns = [
    `{ $.a = "${"*a".repeat(200)}b" }`,
    `${'"'.repeat(1)}${"\\\\".repeat(500)}`,
    `{ ${"(".repeat(1000)}`,
    "-".repeat(1000),
  ];
  const message = JSON.stringify({ a: "a".repeat(200_000) });
  for (const pattern of patterns) {
    // Running to the end at all is the point.
    const run = () => compileFilterPattern(pattern)(message);
    expect([true, false, "refused"]).toContain(attempt(run));
  }
});

function attempt(run: () => boolean): boolean | string {
  try {
    return run();
  } catch {
    return "refused";
  }
}
