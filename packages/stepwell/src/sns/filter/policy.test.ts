import { describe, expect, test } from "vitest";
import { accepts, type FilterScope, parseFilterPolicy } from "./policy.ts";

type Attribute = readonly [dataType: string, stringValue: string];

function passes(
  policy: unknown,
  attributes: Record<string, Attribute>,
  scope?: FilterScope,
  body = "",
): boolean {
  const listed = Object.entries(attributes).map(([name, [dataType, stringValue]]) => [
    name,
    { dataType, stringValue },
  ]);
  const parsed = parseFilterPolicy(JSON.stringify(policy), scope ?? "MessageAttributes");
  return accepts(parsed, { attributes: Object.fromEntries(listed), body });
}

function bodyPasses(policy: unknown, body: unknown): boolean {
  return passes(policy, {}, "MessageBody", typeof body === "string" ? body : JSON.stringify(body));
}

const text = (value: string): Attribute => ["String", value];
const number = (value: string): Attribute => ["Number", value];
const list = (...values: unknown[]): Attribute => ["String.Array", JSON.stringify(values)];

describe("message attributes", () => {
  test.each<[string, unknown, Record<string, Attribute>, boolean]>([
    ["exact text", ["red"], { key: text("red") }, true],
    ["another text", ["red"], { key: text("blue") }, false],
    ["one of several", ["red", "blue"], { key: text("blue") }, true],
    ["absent", ["red"], {}, false],
    ["a number for a text", ["1"], { key: number("1") }, false],
    ["a text for a number", [1], { key: text("1") }, false],
    ["exact number", [1.5], { key: number("1.50") }, true],
    ["a part of a list", ["b"], { key: list("a", "b") }, true],
    ["no part of a list", ["c"], { key: list("a", "b") }, false],
    ["numbers, true, false and null in a list", [null], { key: list(null) }, true],
    ["null is not absent", [null, { "anything-but": "x" }], {}, false],
    ["true in a list", [true], { key: list(true) }, true],
    ["true as a text", [true], { key: text("true") }, false],
    ["prefix", [{ prefix: "ab" }], { key: text("abc") }, true],
    ["not the prefix", [{ prefix: "b" }], { key: text("abc") }, false],
    ["suffix", [{ suffix: "bc" }], { key: text("abc") }, true],
    ["equals-ignore-case", [{ "equals-ignore-case": "RED" }], { key: text("rEd") }, true],
    ["wildcard", [{ wildcard: "a*c*e" }], { key: text("abcde") }, true],
    ["wildcard in order", [{ wildcard: "a*d*c" }], { key: text("abcdc") }, true],
    ["wildcard that does not fit", [{ wildcard: "a*d*b" }], { key: text("abcd") }, false],
    ["escaped star", [{ wildcard: "a\\**" }], { key: text("a*b") }, true],
    ["escaped star alone", [{ wildcard: "a\\*" }], { key: text("ab") }, false],
    ["anything but a text", [{ "anything-but": "red" }], { key: text("blue") }, true],
    ["anything but this text", [{ "anything-but": ["red", "blue"] }], { key: text("blue") }, false],
    ["anything but a number", [{ "anything-but": [1, 2] }], { key: number("3") }, true],
    ["anything but, in a list", [{ "anything-but": "a" }], { key: list("a", "b") }, true],
    ["anything but a prefix", [{ "anything-but": { prefix: "ab" } }], { key: text("abc") }, false],
    ["anything but prefixes", [{ "anything-but": { prefix: ["x", "y"] } }], { key: text("abc") }, true],
    ["anything but a wildcard", [{ "anything-but": { wildcard: "*b*" } }], { key: text("abc") }, false],
    ["numeric equals", [{ numeric: ["=", 3e2] }], { key: number("300.0") }, true],
    ["numeric range", [{ numeric: [">", 0, "<=", 100] }], { key: number("99") }, true],
    ["above a numeric range", [{ numeric: [">", 0, "<=", 100] }], { key: number("100.1") }, false],
    ["numeric of a text", [{ numeric: [">", 0] }], { key: text("5") }, false],
    ["exists", [{ exists: true }], { key: number("1") }, true],
    ["exists, but is absent", [{ exists: true }], { other: number("1") }, false],
    ["is absent", [{ exists: false }], { other: number("1") }, true],
    ["is absent, but exists", [{ exists: false }], { key: number("1") }, false],
    ["a binary attribute is not seen", [{ exists: true }], { key: ["Binary", ""] }, false],
    ["cidr", [{ cidr: "10.0.0.0/24" }], { key: text("10.0.0.255") }, true],
    ["outside of the cidr", [{ cidr: "10.0.0.0/24" }], { key: text("10.0.1.0") }, false],
    ["cidr of IPv6", [{ cidr: "2001:db8::/32" }], { key: text("2001:db8:1::1") }, true],
    ["cidr of a text", [{ cidr: "10.0.0.0/24" }], { key: text("here") }, false],
  ])("%s", (_, conditions, attributes, expected) => {
    expect(passes({ key: conditions }, attributes)).toBe(expected);
  });

  test("all keys must fit", () => {
    const policy = { a: ["1"], b: [{ exists: false }] };
    expect(passes(policy, { a: text("1") })).toBe(true);
    expect(passes(policy, { a: text("1"), b: text("2") })).toBe(false);
  });

  test("of the alternatives one must fit", () => {
    const policy = { source: ["s"], $or: [{ a: [1] }, { b: [{ prefix: "x" }] }] };
    expect(passes(policy, { source: text("s"), b: text("xy") })).toBe(true);
    expect(passes(policy, { source: text("s"), a: number("1") })).toBe(true);
    expect(passes(policy, { source: text("s"), a: number("2") })).toBe(false);
    expect(passes(policy, { a: number("1") })).toBe(false);
  });

  test("an $or that is no list of policies is a key like any other", () => {
    expect(passes({ $or: [{ prefix: "a" }, "x"] }, { $or: text("x") })).toBe(true);
  });
});

describe("message bodies", () => {
  const nested = {
    object: { key: [{ prefix: "auto-" }, "hardcoded"], nested_key: [{ exists: false }] },
    test: [{ exists: false }],
  };
  test.each<[unknown, boolean]>([
    [{ object: { key: "auto-test" } }, true],
    [{ object: { key: "hardcoded" } }, true],
    [{ object: { key: "test-auto" } }, false],
    [{ object: { key: "auto-test" }, test: "there" }, false],
    [{ object: { key: "auto-test", nested_key: "there" } }, false],
    [{ object: { test: "auto-test" } }, false],
    [{ test: "auto-test" }, false],
    ["no JSON", false],
    ['"a string"', false],
    ["[1]", false],
    ["null", false],
  ])("%o against nested keys: %s", (body, expected) => {
    expect(bodyPasses(nested, body)).toBe(expected);
  });

  test.each<[unknown, boolean]>([
    [{ object: { nested: { test: "v" } } }, true],
    [{ "object.nested.test": "v" }, true],
    [{ "object.nested": { test: "v" } }, true],
    [{ object: { "nested.test": "v" } }, true],
    [{ object: { nested: { test: "other" } } }, false],
    [{ object: { nested: "v" } }, false],
  ])("a dot in a key is a step: %o: %s", (body, expected) => {
    expect(bodyPasses({ "object.nested.test": ["v"] }, body)).toBe(expected);
    expect(bodyPasses({ object: { nested: { test: ["v"] } } }, body)).toBe(expected);
  });

  test("of a list one part must fit, for all keys the same", () => {
    const policy = {
      Records: { s3: { object: { key: [{ prefix: "auto-" }] } }, eventName: [{ prefix: "ObjectCreated:" }] },
    };
    const recorded = (eventName: string, key: string) => ({ eventName, s3: { object: { key } } });
    const created = recorded("ObjectCreated:Put", "auto-1");
    const removed = recorded("ObjectRemoved:Delete", "auto-1");
    const home = recorded("ObjectCreated:Put", "home-1");
    expect(bodyPasses(policy, { Records: [removed, created] })).toBe(true);
    expect(bodyPasses(policy, { Records: [removed] })).toBe(false);
    expect(bodyPasses(policy, { Records: [removed, home] })).toBe(false);
    const deep = { eventName: "ObjectCreated:Put", s3: { object: [[{ key: "auto-1" }]] } };
    expect(bodyPasses(policy, { Records: [deep, home] })).toBe(true);
  });

  test("a key is absent only where no part of a list has it, and an empty list is nothing", () => {
    const policy = { items: { broken: [{ exists: false }] } };
    expect(bodyPasses(policy, { items: [{ a: 1 }, { b: 2 }] })).toBe(true);
    expect(bodyPasses(policy, { items: [{ a: 1 }, { broken: 2 }] })).toBe(false);
    expect(bodyPasses(policy, {})).toBe(true);
    expect(bodyPasses({ items: [{ exists: true }] }, { items: [] })).toBe(false);
    expect(bodyPasses({ items: [{ exists: true }] }, { items: { a: 1 } })).toBe(false);
  });

  test("alternatives lie at any depth", () => {
    const policy = {
      $or: [{ metricName: ["CPU", "Latency"] }, { namespace: ["EC2", "ES"] }],
      detail: { scope: ["Service"], $or: [{ source: ["cloudwatch"] }, { type: ["Alarm"] }] },
    };
    const detail = { scope: "Service", source: "cloudwatch" };
    expect(bodyPasses(policy, { metricName: "CPU", detail })).toBe(true);
    expect(bodyPasses(policy, { namespace: "ES", detail: { scope: "Service", type: "Alarm" } })).toBe(true);
    expect(bodyPasses(policy, { metricName: "CPU", detail: { scope: "Service" } })).toBe(false);
    expect(bodyPasses(policy, { metricName: "EC2", detail })).toBe(false);
  });
});

describe("a hostile policy or message", () => {
  const long = 200_000;
  test.each<[string, unknown, unknown]>([
    ["stars", [{ wildcard: `${"*a".repeat(100)}*b` }], "a".repeat(long)],
    ["a repeated beginning", [{ wildcard: `*${"a".repeat(1000)}b*` }], "a".repeat(long)],
    ["a long list", ["x"], Array.from({ length: long }, (_, i) => i)],
  ])("takes no long time: %s", (_, conditions, value) => {
    expect(bodyPasses({ key: conditions }, { key: value })).toBe(false);
  });

  test("a deep message is looked through", () => {
    const deep = `{"a":${"[".repeat(3000)}1${"]".repeat(3000)}}`;
    expect(bodyPasses({ a: [1] }, deep)).toBe(true);
  });
});

describe("refused", () => {
  const place = (column: number) =>
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: " +
    `${column}]`;
  /** With a space, which AWS takes out before it counts columns. */
  const condition = (one: unknown) => `{"key": [${JSON.stringify(one)}]}`;
  test.each<[string, string]>([
    ['{"key": [["value"]]}', `Match value must be String, number, true, false, or null${place(10)}`],
    [condition({ "wrong-operator": true }), `Unrecognized match type wrong-operator${place(31)}`],
    [
      condition({ suffix: "value", prefix: "value2" }),
      `Only one key allowed in match expression${place(37)}`,
    ],
    [condition({ suffix: 100 }), `suffix match pattern must be a string${place(22)}`],
    [condition({ suffix: null }), `suffix match pattern must be a string${place(23)}`],
    [condition({ suffix: [] }), `suffix match pattern must be a string${place(20)}`],
    [condition({ suffix: ["test", "test2"] }), `suffix match pattern must be a string${place(20)}`],
    ['{"key": {"suffix": "value"}}', `"suffix" must be an object or an array${place(19)}`],
    ['{"key":{"suffix":"v","prefix":"v"}}', `"suffix" must be an object or an array${place(19)}`],
    ['{"key":{"not-an-operator":"v"}}', `"not-an-operator" must be an object or an array${place(28)}`],
    [condition({ numeric: [] }), `Invalid member in numeric match: ]${place(22)}`],
    [condition({ numeric: ["operator"] }), `Unrecognized numeric range operator: operator${place(32)}`],
    [condition({ numeric: [1, "<="] }), `Invalid member in numeric match: 1${place(22)}`],
    [condition({ numeric: ["=", "000"] }), `Value of equals must be numeric${place(26)}`],
    [condition({ numeric: [">="] }), `Value of >= must be numeric${place(26)}`],
    [condition({ numeric: ["<", 100, ">", 10] }), `Too many elements in numeric expression${place(30)}`],
    [condition({ numeric: [">=", 1, ">", 2] }), `Bad numeric range operator: >${place(31)}`],
    [condition({ numeric: [">", 3, "<", 1] }), `Bottom must be less than top${place(33)}`],
    [condition({ numeric: [">", 20, "<="] }), `Value of <= must be numeric${place(33)}`],
    [condition({ numeric: [">", 20, 30] }), `Bad value in numeric range: 30${place(30)}`],
    [condition({ numeric: [">", 20, "test"] }), `Bad numeric range operator: test${place(34)}`],
    [condition({ numeric: [">", "20", "<", "30"] }), `Value of > must be numeric${place(26)}`],
    [condition({ numeric: [">", 20, "<", "30"] }), `Value of < must be numeric${place(33)}`],
    [
      condition({ numeric: [">", 20, "<", 30, "<", 50] }),
      `Too many terms in numeric range expression${place(36)}`,
    ],
    [condition({ exists: null }), `exists match pattern must be either true or false.${place(23)}`],
    [condition({ exists: "no" }), `exists match pattern must be either true or false.${place(20)}`],
    [
      condition({ "anything-but": { "wrong-operator": null } }),
      `Unsupported anything-but pattern: wrong-operator${place(47)}`,
    ],
    [
      condition({ "anything-but": { suffix: "test" } }),
      `Unsupported anything-but pattern: suffix${place(36)}`,
    ],
    [
      condition({ "anything-but": { exists: false } }),
      `Unsupported anything-but pattern: exists${place(40)}`,
    ],
    [condition({ "anything-but": { prefix: false } }), `prefix match pattern must be a string${place(40)}`],
    [
      condition({ "anything-but": ["a", 1] }),
      `Inside anything but list, either all values are number or string, mixed type is not supported${place(31)}`,
    ],
    [condition({ cidr: "10.0.0.0" }), `Malformed CIDR, one '/' required${place(27)}`],
    [condition({ wildcard: "a**" }), `Consecutive wildcard characters at pos 1${place(26)}`],
    ['{"key":[]}', `Empty arrays are not allowed${place(10)}`],
    ["{}", `Empty objects are not allowed${place(3)}`],
    ["[]", "Filter policy must be a JSON object"],
    [
      "invalid-json",
      "failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token " +
        `'null', 'true' or 'false')${place(8)}`,
    ],
    [
      JSON.stringify({ key: Array.from({ length: 151 }, (_, i) => `value${i}`) }),
      "Filter policy is too complex",
    ],
    [
      JSON.stringify({
        a: Array.from({ length: 100 }, (_, i) => i),
        b: Array.from({ length: 51 }, (_, i) => i),
      }),
      "Filter policy is too complex",
    ],
    [
      JSON.stringify(Object.fromEntries("abcdef".split("").map((key) => [key, [key]]))),
      "Filter policy can not have more than 5 keys",
    ],
    [
      JSON.stringify({
        source: [1, 2, 3, 4],
        $or: [
          { metricName: [1, 2, 3, 4, 5, 6] },
          { metricType: [1, 2, 3, 4], $or: [{ metricId: [1, 2, 3, 4] }, { spaceId: [1, 2, 3, 4] }] },
        ],
      }),
      "Filter policy is too complex",
    ],
  ])("%s", (policy, message) => {
    expect(() => parseFilterPolicy(policy, "MessageAttributes")).toThrow(
      expect.objectContaining({ message }),
    );
  });

  test("a nested policy whose depths are multiplied", () => {
    const policy = {
      key_a: { key_b: { key_c: ["one", "two", "three", "four"] } },
      key_d: { key_e: ["one", "two", "three"] },
      key_f: ["one", "two", "three"],
    };
    expect(() => parseFilterPolicy(JSON.stringify(policy), "MessageBody")).toThrow(
      "Filter policy is too complex",
    );
  });
});
