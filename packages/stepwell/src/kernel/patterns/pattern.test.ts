import { describe, expect, test } from "vitest";
import { InvalidPattern } from "./invalid-pattern.ts";
import { compilePattern } from "./pattern.ts";

const matches = (pattern: object | string, event: unknown) =>
  compilePattern(typeof pattern === "string" ? pattern : JSON.stringify(pattern)).matches(event);

/** The reason why a pattern is refused, as it is written. */
function reason(pattern: string): string {
  try {
    compilePattern(pattern);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidPattern);
    return (error as Error).message;
  }
  return expect.fail(`${pattern} was not refused.`);
}

/** Where AWS's reader stands when it refuses. */
const at = (pattern: string, column: number) =>
  `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`;

describe("a field fits one of its values", () => {
  test.each([
    ["a text", ["paid", "sent"], "sent", "Sent"],
    ["a number, however it is written", [1, 2.5], 2.5, "1"],
    ["true", [true], true, "true"],
    ["null", [null], null, ""],
    ["an address, however it is written", ["2001:db8::1"], "2001:0db8:0:0::1", "2001:db8::2"],
    ["exactly", [{ exactly: "a" }], "a", "A"],
    ["prefix", [{ prefix: "or" }], "order", "Order"],
    ["prefix, ignoring case", [{ prefix: { "equals-ignore-case": "OR" } }], "order", "border"],
    ["suffix", [{ suffix: ".png" }], "a.png", "a.PNG"],
    ["suffix, ignoring case", [{ suffix: { "equals-ignore-case": ".PNG" } }], "a.png", "a.png2"],
    ["equals-ignore-case", [{ "equals-ignore-case": "Alice" }], "aLICE", "Bob"],
    ["anything-but a text", [{ "anything-but": "a" }], "b", "a"],
    ["anything-but texts", [{ "anything-but": ["a", "b"] }], "c", "b"],
    ["anything-but a number", [{ "anything-but": 0 }], 1, 0],
    ["anything-but numbers", [{ "anything-but": [1, 2] }], "1", 2],
    ["anything-but prefixes", [{ "anything-but": { prefix: ["a", "b"] } }], "cab", "bab"],
    ["anything-but suffix", [{ "anything-but": { suffix: "z" } }], "a", "az"],
    ["anything-but, ignoring case", [{ "anything-but": { "equals-ignore-case": ["A"] } }], "b", "a"],
    ["anything-but wildcards", [{ "anything-but": { wildcard: ["*/tmp/*"] } }], "a/b", "a/tmp/b"],
    ["numeric, equal", [{ numeric: ["=", 3.018e2] }], 301.8, 301],
    ["numeric, between", [{ numeric: [">", 0, "<=", 5] }], 5, 0],
    ["numeric, at least", [{ numeric: [">=", -1] }], -1, -1.5],
    ["numeric, less", [{ numeric: ["<", 10] }], 9.99, 10],
    ["numeric, of numbers alone", [{ numeric: ["<=", 10] }], 10, "9"],
    ["cidr of IPv4", [{ cidr: "10.0.0.0/24" }], "10.0.0.255", "10.0.1.0"],
    ["cidr of IPv6", [{ cidr: "2001:db8::/64" }], "2001:db8::ffff", "2001:db9::"],
    ["cidr of addresses alone", [{ cidr: "0.0.0.0/0" }], "1.2.3.4", "host"],
    ["wildcard", [{ wildcard: "dir/*/*.png" }], "dir/a/b/c.png", "dir/c.png"],
    ["wildcard with escapes", [{ wildcard: "\\*\\\\*" }], "*\\x", "x\\x"],
    ["wildcard whose ends overlap", [{ wildcard: "aba*aba" }], "abaaba", "aba"],
    ["one of several", ["x", { prefix: "y" }, { exists: false }], "yes", "no"],
  ])("%s", (_, field, yes, no) => {
    expect(matches({ a: field }, { a: yes })).toBe(true);
    expect(matches({ a: field }, { a: no })).toBe(false);
  });

  test("anything-but asks for something, be it null; other operators never take null", () => {
    expect(matches({ a: [{ "anything-but": "x" }] }, { a: null })).toBe(true);
    expect(matches({ a: [{ "anything-but": "x" }] }, {})).toBe(false);
    expect(matches({ a: [{ prefix: "" }] }, { a: null })).toBe(false);
    expect(matches({ a: [{ numeric: ["<", 1] }] }, { a: null })).toBe(false);
  });

  test("exists is about leaves: not about objects, and not about what an empty list has", () => {
    expect(matches({ a: { b: [{ exists: true }] } }, { a: { b: null } })).toBe(true);
    expect(matches({ a: [{ exists: true }] }, { a: { b: 1 } })).toBe(false);
    expect(matches({ a: [{ exists: true }] }, { a: [] })).toBe(false);
    expect(matches({ a: [{ exists: false }] }, { a: [] })).toBe(true);
    expect(matches({ a: { b: [{ exists: false }] } }, { x: 1 })).toBe(true);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: { b: "x" } })).toBe(false);
  });
});

describe("fields", () => {
  test("must all fit", () => {
    const pattern = { source: ["shop"], detail: { state: ["paid"], amount: [{ numeric: [">", 10] }] } };
    expect(matches(pattern, { source: "shop", detail: { state: "paid", amount: 11, more: 1 } })).toBe(true);
    expect(matches(pattern, { source: "shop", detail: { state: "paid", amount: 10 } })).toBe(false);
    expect(matches(pattern, { source: "shop" })).toBe(false);
  });

  test("are found by names with dots in pattern or event", () => {
    expect(matches({ detail: { "state.status": ["on"] } }, { detail: { state: { status: "on" } } })).toBe(
      true,
    );
    expect(matches({ detail: { state: { status: ["on"] } } }, { detail: { "state.status": "on" } })).toBe(
      true,
    );
    expect(matches({ a: { b: ["x"] } }, { a: { b: "y" }, "a.b": "x" })).toBe(true);
  });

  test("that are there twice count as they are written last", () => {
    expect(matches('{"a":[{"prefix":"us-"}],"a":[{"anything-but":"us-east"}]}', { a: "eu" })).toBe(true);
  });

  test("of a list fit where one element does, and several must fit in the same one", () => {
    const event = {
      items: [
        { name: "a", price: 1 },
        { name: "b", price: 2 },
      ],
      tags: ["x", "y"],
    };
    expect(matches({ tags: ["y"] }, event)).toBe(true);
    expect(matches({ tags: [{ "anything-but": "x" }] }, event)).toBe(true);
    expect(matches({ items: { name: ["b"], price: [2] } }, event)).toBe(true);
    expect(matches({ items: { name: ["a"], price: [2] } }, event)).toBe(false);
    expect(matches({ tags: ["y"], items: { name: ["a"] } }, event)).toBe(true);
    expect(matches({ tags: ["z"] }, { tags: [["a"], ["z"]] })).toBe(true);
  });

  test("of alternatives must fit in one of them, along with what stands beside", () => {
    const pattern = { a: [1], $or: [{ b: [1] }, { c: [1], d: [1] }] };
    expect(matches(pattern, { a: 1, b: 1 })).toBe(true);
    expect(matches(pattern, { a: 1, c: 1, d: 1 })).toBe(true);
    expect(matches(pattern, { a: 1, c: 1 })).toBe(false);
    expect(matches(pattern, { b: 1 })).toBe(false);
    expect(matches({ x: { $or: [{ y: [1] }, { $or: [{ z: [1] }, { z: [2] }] }] } }, { x: { z: 2 } })).toBe(
      true,
    );
  });
});

describe("a pattern is refused in AWS's words, with the place where its reader stood", () => {
  test.each([
    ['{"a": 42}', '"a" must be an object or an array', 9],
    ['{"a": "x"}', '"a" must be an object or an array', 8],
    ['["a"]', "Filter is not an object", 2],
    ['{"a": []}', "Empty arrays are not allowed", 9],
    ['{"a": {}}', "Empty objects are not allowed", 9],
    ['{"a": [[1]]}', "Match value must be String, number, true, false, or null", 9],
    ['{"a": [{}]}', "Match expression name not found", 10],
    ['{"a": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 23],
    ['{"a": [{"prefix": 1}]}', "prefix match pattern must be a string", 20],
    ['{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression", 35],
    ['{"a": [{"exists": 1}]}', "exists match pattern must be either true or false.", 20],
    ['{"a": [{"numeric": 10}]}', "Value of numeric must be an array.", 22],
    ['{"a": [{"numeric": ["x", 0]}]}', "Unrecognized numeric range operator: x", 27],
    ['{"a": [{"numeric": [">", 0, ">", 0]}]}', "Bad numeric range operator: >", 32],
    ['{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top", 36],
    ['{"a": [{"numeric": ["=", 1, 2]}]}', "Too many elements in numeric expression", 30],
    ['{"a": [{"numeric": ["<", 6e9]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive", 30],
    ['{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed", 38],
    ['{"a": [{"anything-but": {"cidr": ""}}]}', "Unsupported anything-but pattern: cidr", 35],
    [
      '{"a": [{"anything-but": true}]}',
      "Value of anything-but must be an array or single string/number value.",
      29,
    ],
    ['{"a": [{"wildcard": "a**b"}]}', "Consecutive wildcard characters at pos 2", 27],
    ['{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship.", 21],
    ['{"$or": [1, 2]}', "Only JSON object is allowed in array of $or relationship.", 11],
    ['{"$or": [{"prefix": [1]}]}', "prefix is Ruler reserved fieldName which cannot be used inside $or.", 22],
  ])("%s", (pattern, text, column) => {
    expect(reason(pattern)).toBe(`${text}${at(pattern, column)}`);
  });

  test("inside of lists, the place is named twice", () => {
    const pattern = '{"a": [{"anything-but": ["x", null]}]}';
    const place = at(pattern, 35);
    expect(reason(pattern)).toBe(
      `Inside anything but list, start|null|boolean is not supported.${place}${place}`,
    );
  });

  test("addresses and complexity have no place", () => {
    expect(reason('{"a":[{"cidr":"10.0.0.0"}]}')).toBe("Malformed CIDR, one '/' required");
    expect(reason('{"a":[{"cidr":"10.0.0.0/x"}]}')).toBe("Malformed CIDR, mask bits must be an integer");
    expect(reason('{"a":[{"cidr":"10.0.0.0/32"}]}')).toBe("IPv4 mask bits must be < 32");
    expect(reason('{"a":[{"cidr":"host/8"}]}')).toBe("Nonstandard IP address: host");
    const complex = "Rule is too complex - try using fewer wildcard characters or fewer repeating character";
    expect(reason('{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}')).toContain(complex);
    expect(reason(JSON.stringify({ a: [{ wildcard: `x*${"ab".repeat(30)}` }] }))).toContain(complex);
  });

  test("what is no JSON is told where it ends to be some", () => {
    expect(reason("nonsense here")).toBe(
      "Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', " +
        `'true' or 'false')${at("nonsense here", 9)}`,
    );
    expect(reason("{'a': [1]}")).toBe(
      `Unexpected character (''' (code 39)): was expecting double-quote to start field name${at("{'a': [1]}", 2)}`,
    );
    const open = '{"a": [1]';
    expect(reason(open)).toBe(
      'Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"' +
        `${open}"; line: 1, column: 1])${at(open, 10)}`,
    );
  });

  test("places are told by line, and long patterns are quoted in part", () => {
    expect(reason('{\n  "a": 1\n}')).toContain("; line: 2, column: 9]");
    const long = `{"${"a".repeat(600)}": 1}`;
    expect(reason(long)).toContain(`(String)"${long.slice(0, 500)}"[truncated ${long.length - 500} chars];`);
  });
});

describe("nothing in a pattern or an event makes matching slow", () => {
  test("texts that repeat what a wildcard looks for", () => {
    const text = "a".repeat(300_000);
    const wildcard = `*${"a".repeat(8)}b*c`;
    expect(matches({ a: [{ wildcard }] }, { a: `${text}c` })).toBe(false);
    expect(matches({ a: [{ wildcard }] }, { a: `${text}bc` })).toBe(true);
  });

  test("many fields in many elements of a list", () => {
    const fields = Array.from({ length: 40 }, (_, i) => [`f${i}`, ["x"]]);
    const element = Object.fromEntries(fields.map(([name]) => [name, "y"]));
    const elements = Array.from({ length: 2000 }, (_, i) => ({ ...element, [`f${i % 40}`]: "x" }));
    expect(matches({ list: Object.fromEntries(fields) }, { list: elements })).toBe(false);
  });

  test("deep nesting and names with many dots", () => {
    const path = Array.from({ length: 2000 }, () => "a");
    let event: object = { end: "x" };
    for (let i = 0; i < 900; i++) event = { a: event, [path.slice(0, i % 16).join(".")]: i };
    expect(matches({ [path.join(".")]: ["x"] }, event)).toBe(false);
    let list: unknown = "x";
    for (let i = 0; i < 5000; i++) list = [list];
    expect(matches({ a: ["x"] }, { a: list })).toBe(false);
  });

  test("alternatives that multiply", () => {
    const or = '"$or":[{"a":[1]},{"b":[1]}]';
    expect(reason(`{${Array.from({ length: 60 }, () => or).join(",")}}`)).toContain(
      "more than 1000 combinations",
    );
  });
});
