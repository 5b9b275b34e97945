import { describe, expect, test } from "vitest";
import { AwsError } from "../errors.ts";
import { fromJson } from "./from-json.ts";
import { linkService } from "./link.ts";
import { operationSchema } from "./services.ts";
import type { Shape } from "./shape.ts";
import { toJson } from "./to-json.ts";

const { operations } = linkService("made", {
  client: "",
  apiVersion: "",
  protocol: "aws-json-1.0",
  signingName: "made",
  operations: { Put: { http: "POST /", status: 200, input: "In", output: "In", errors: [] } },
  shapes: {
    In: {
      type: "structure",
      members: {
        Text: "string",
        Flag: "boolean",
        Count: "integer",
        Total: "long",
        Share: "double",
        Bytes: "blob",
        At: "timestamp",
        On: "Iso",
        Any: "document",
        Names: "Names",
        Labels: "Labels",
        Inner: "In",
        Renamed: { shape: "string", jsonName: "other_name" },
      },
    },
    Iso: { type: "timestamp", timestampFormat: "date-time" },
    Names: { type: "list", member: "string" },
    Labels: { type: "map", key: "string", value: "string" },
  },
});
const shape: Shape = operations.get("Put")!.input;

describe("JSON and typed values", () => {
  const typed = {
    Text: "ü",
    Flag: false,
    Count: -1,
    Total: 2 ** 40,
    Share: 0.5,
    Bytes: Buffer.from([0, 255]),
    At: 1_893_456_000_123,
    On: 1_893_456_000_123,
    Any: { a: [1, null] },
    Names: ["a", ""],
    Labels: { k: "v" },
    Inner: { Text: "deep" },
    Renamed: "r",
  };
  const json = {
    Text: "ü",
    Flag: false,
    Count: -1,
    Total: 2 ** 40,
    Share: 0.5,
    Bytes: "AP8=",
    At: 1_893_456_000.123,
    On: "2030-01-01T00:00:00.123Z",
    Any: { a: [1, null] },
    Names: ["a", ""],
    Labels: { k: "v" },
    Inner: { Text: "deep" },
    other_name: "r",
  };

  test("each kind has its form: seconds for instants, base64 for bytes", () => {
    expect(fromJson(shape, json)).toEqual(typed);
    expect(toJson(shape, typed)).toEqual(json);
  });

  test("unknown members are ignored and null members are absent, both ways", () => {
    expect(fromJson(shape, { Text: null, Colour: "red" })).toEqual({});
    expect(toJson(shape, { Text: undefined, Flag: null, Colour: "red" })).toEqual({});
  });

  test("nulls in lists and maps are kept, for the constraints to refuse", () => {
    expect(fromJson(shape, { Names: [null], Labels: { k: null } })).toEqual({
      Names: [null],
      Labels: { k: null },
    });
  });

  test("AWS cuts the fraction off an integer and reads texts that name a boolean", () => {
    expect(fromJson(shape, { Count: 1.9, Flag: "TRUE" })).toEqual({ Count: 1, Flag: true });
  });

  test("a key named __proto__ is an entry like any other", () => {
    const value = fromJson(shape, JSON.parse('{"Labels":{"__proto__":"x"},"__proto__":{"Text":"y"}}'));
    expect(Object.entries((value as { Labels: object }).Labels)).toEqual([["__proto__", "x"]]);
    expect((value as { Text?: string }).Text).toBeUndefined();
    expect(JSON.stringify(toJson(shape, value))).toBe('{"Labels":{"__proto__":"x"}}');
  });
});

/** As measured on AWS's services that use its Coral framework (Athena, SES, SQS, DynamoDB give the same). */
describe("JSON of a wrong type is refused in AWS's words", () => {
  test.for([
    [{ Text: 1 }, "NUMBER_VALUE can not be converted to a String"],
    [{ Text: true }, "TRUE_VALUE can not be converted to a String"],
    [{ Text: false }, "FALSE_VALUE can not be converted to a String"],
    [{ Text: ["x"] }, "Start of list found where not expected"],
    [{ Text: {} }, "Start of structure or map found where not expected."],
    [{ Count: "1" }, "STRING_VALUE can not be converted to an Integer"],
    [{ Count: true }, "TRUE_VALUE can not be converted to an Integer"],
    [{ Count: 2 ** 31 }, "NUMBER_VALUE can not be converted to an Integer"],
    [{ Total: "1" }, "STRING_VALUE can not be converted to a Long"],
    [{ Share: "1" }, "STRING_VALUE can not be converted to a Double"],
    [{ Flag: 1 }, "NUMBER_VALUE can not be converted to a Boolean"],
    [{ Flag: "maybe" }, "STRING_VALUE can not be converted to a Boolean"],
    [{ At: "2030-01-01T00:00:00Z" }, "STRING_VALUE can not be converted to milliseconds since epoch"],
    [{ At: 1e300 }, "NUMBER_VALUE can not be converted to milliseconds since epoch"],
    [{ On: "yesterday" }, "STRING_VALUE can not be converted to milliseconds since epoch"],
    [{ Names: "a" }, "Expected list or null"],
    [{ Names: {} }, "Start of structure or map found where not expected."],
    [{ Names: [1] }, "NUMBER_VALUE can not be converted to a String"],
    [{ Labels: "a" }, "Expected map or null"],
    [{ Labels: [] }, "Start of list found where not expected"],
    [{ Inner: "a" }, "Expected null"],
    [{ Inner: [] }, "Start of list found where not expected"],
    [{ Bytes: 1 }, "NUMBER_VALUE can not be converted to a Blob"],
    [
      { Bytes: "abc" },
      "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3",
    ],
    [{ Bytes: "ab$=" }, "'ab$=' can not be converted to a Blob: Invalid Base64 character: '$'"],
    [{ Bytes: "ab-_" }, "'ab-_' can not be converted to a Blob: Invalid Base64 character: '-'"],
    [{ Bytes: "a=bc" }, "'a=bc' can not be converted to a Blob: Invalid Base64 character: '='"],
  ] as const)("%j", ([json, message]) => {
    let refusal: unknown;
    try {
      fromJson(shape, json);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(AwsError);
    expect(refusal).toMatchObject({ code: "SerializationException", httpStatus: 400, message });
  });
});

test("operations are found by their name in the operation table", () => {
  expect(operationSchema("lambda.Invoke")).toMatchObject({ name: "Invoke", method: "POST", status: 200 });
  expect(operationSchema("lambda.Nothing")).toBeUndefined();
  expect(operationSchema("nothing.Invoke")).toBeUndefined();
});
