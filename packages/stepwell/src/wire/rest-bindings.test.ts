import { describe, expect, test } from "vitest";
import { AwsError } from "../kernel/errors.ts";
import type { MemberFile } from "../kernel/schema/file.ts";
import { linkService } from "../kernel/schema/link.ts";
import type { ServiceSchema } from "../kernel/schema/shape.ts";
import { request } from "./fixtures/request.ts";
import type { WireRequest } from "./message.ts";
import { restJson } from "./rest-json.ts";
import { encodeRestResponse } from "./rest-response.ts";

/** Bindings that Lambda does not use but other services do, on a made-up service. */
function serviceWith(http: string, members: Record<string, string | MemberFile>): ServiceSchema {
  return linkService("made", {
    client: "",
    apiVersion: "",
    protocol: "rest-json",
    signingName: "made",
    operations: {
      Act: { http, status: 200, input: "In", output: "In", errors: [] },
      Other: { http: "GET /other/{Name}/fixed", status: 200, input: "Named", output: "Named", errors: [] },
    },
    shapes: {
      In: { type: "structure", members },
      Named: { type: "structure", members: { Name: { shape: "string", label: true } } },
      Texts: { type: "list", member: "string" },
      Instants: { type: "list", member: "timestamp" },
      Map: { type: "map", key: "string", value: "string" },
      Multimap: { type: "map", key: "string", value: "Texts" },
      Seconds: { type: "timestamp", timestampFormat: "epoch-seconds" },
      Inner: { type: "structure", members: { A: "string" } },
    },
  });
}

function decode(schema: ServiceSchema, asked: WireRequest): Promise<Record<string, unknown>> {
  const limit = { bytes: 1_000, tooLong: () => new AwsError("TooLong", "too long") };
  return restJson.decode(restJson.route(schema, asked), asked, limit);
}

const AT = Date.UTC(2030, 0, 1);

describe("labels", () => {
  const greedy = serviceWith("GET /files/{Bucket}/{Key+}", {
    Bucket: { shape: "string", label: true },
    Key: { shape: "string", label: true },
  });

  test("an encoded slash is part of its label", async () => {
    expect(await decode(greedy, request("GET /files/a%2Fb/c"))).toEqual({ Bucket: "a/b", Key: "c" });
  });

  test("a greedy label takes the rest, slashes and all", async () => {
    expect(await decode(greedy, request("GET /files/a/b/c%20d//e/"))).toEqual({
      Bucket: "a",
      Key: "b/c d//e/",
    });
  });

  test("a fixed part wins over a label", () => {
    const schema = serviceWith("GET /other/{Name}/{Part}", {
      Name: { shape: "string", label: true },
      Part: { shape: "string", label: true },
    });
    expect(restJson.route(schema, request("GET /other/x/fixed")).operation.name).toBe("Other");
    expect(restJson.route(schema, request("GET /other/x/loose")).operation.name).toBe("Act");
    expect(restJson.route(schema, request("GET /other/fixed/fixed")).labels).toEqual({ Name: "fixed" });
  });

  test("a slash at the end changes nothing, an empty label is none", () => {
    const schema = serviceWith("GET /things/{Id}", { Id: { shape: "string", label: true } });
    expect(restJson.route(schema, request("GET /things/1/")).labels).toEqual({ Id: "1" });
    expect(() => restJson.route(schema, request("GET /things//"))).toThrow("no operation at GET /things//");
  });

  test("numbers, booleans and instants are read as such", async () => {
    const schema = serviceWith("GET /{N}/{B}/{T}", {
      N: { shape: "integer", label: true },
      B: { shape: "boolean", label: true },
      T: { shape: "timestamp", label: true },
    });
    expect(await decode(schema, request("GET /7/true/2030-01-01T00%3A00%3A00Z"))).toEqual({
      N: 7,
      B: true,
      T: AT,
    });
    await expect(decode(schema, request("GET /7/maybe/2030-01-01T00%3A00%3A00Z"))).rejects.toThrow(
      "STRING_VALUE can not be converted to a Boolean",
    );
    await expect(decode(schema, request("GET /7/true/soon"))).rejects.toThrow(
      "The value 'soon' is not a date.",
    );
  });
});

describe("queries", () => {
  test("lists repeat their parameter; instants have the model's form", async () => {
    const schema = serviceWith("GET /q", {
      Names: { shape: "Texts", query: "name" },
      Days: { shape: "Instants", query: "day" },
      Since: { shape: "Seconds", query: "since" },
      Flag: { shape: "boolean", query: "flag" },
    });
    expect(
      await decode(
        schema,
        request("GET /q?name=a&name=b%26c&day=2030-01-01T00:00:00Z&since=1893456000.5&flag=false&x=1"),
      ),
    ).toEqual({ Names: ["a", "b&c"], Days: [AT], Since: AT + 500, Flag: false });
    expect(await decode(schema, request("GET /q"))).toEqual({});
  });

  test("a map takes the parameters that nobody else names", async () => {
    const one = serviceWith("GET /q", {
      Name: { shape: "string", query: "name" },
      Rest: { shape: "Map", queryParams: true },
    });
    expect(await decode(one, request("GET /q?name=n&a=1&a=2&__proto__=x"))).toEqual({
      Name: "n",
      Rest: Object.fromEntries([
        ["a", "1"],
        ["__proto__", "x"],
      ]),
    });
    const many = serviceWith("GET /q", { Rest: { shape: "Multimap", queryParams: true } });
    expect(await decode(many, request("GET /q?a=1&a=2"))).toEqual({ Rest: { a: ["1", "2"] } });
  });

  test("a path may ask for a parameter, and wins over the same path without", () => {
    const lambda = (query: string) => request(`GET /2018-10-31/layers${query}`);
    const schema = serviceWith("GET /2018-10-31/layers?find=LayerVersion", {});
    expect(restJson.route(schema, lambda("?find=LayerVersion&x=1")).operation.name).toBe("Act");
    expect(() => restJson.route(schema, lambda("?find=Layer"))).toThrow("no operation");
  });
});

describe("headers", () => {
  const schema = serviceWith("GET /h", {
    Names: { shape: "Texts", header: "x-names" },
    At: { shape: "timestamp", header: "x-at" },
    Meta: { shape: "Map", prefixHeaders: "x-meta-" },
    Status: { shape: "integer", statusCode: true },
  });

  test("lists are separated by commas, instants are HTTP dates, a prefix gathers a map", async () => {
    const headers = {
      "x-names": "a, b",
      "x-at": "Tue, 01 Jan 2030 00:00:00 GMT",
      "x-meta-colour": "red",
      "x-meta-": "empty",
    };
    expect(await decode(schema, request("GET /h", { headers }))).toEqual({
      Names: ["a", "b"],
      At: AT,
      Meta: { colour: "red", "": "empty" },
    });
  });

  test("and are written the same way", () => {
    const { operation } = restJson.route(schema, request("GET /h"));
    const response = encodeRestResponse(operation, {
      Names: ["a", "b"],
      At: AT,
      Meta: { colour: "red" },
      Status: 206,
    });
    expect(response).toEqual({
      status: 206,
      headers: {
        "content-type": "application/json",
        "x-names": "a, b",
        "x-at": "Tue, 01 Jan 2030 00:00:00 GMT",
        "x-meta-colour": "red",
      },
      body: "{}",
    });
  });
});

describe("bodies", () => {
  test("a member that travels elsewhere is not read from the body", async () => {
    const schema = serviceWith("POST /b/{Id}", {
      Id: { shape: "string", label: true },
      Page: { shape: "string", query: "page" },
      Text: "string",
    });
    const body = '{"Id":"body","Page":"body","Text":"body"}';
    expect(await decode(schema, request("POST /b/path", { body }))).toEqual({ Id: "path", Text: "body" });
  });

  test("a payload may be text or a structure, and may be absent", async () => {
    const text = serviceWith("POST /p", { Body: { shape: "string", payload: true } });
    expect(await decode(text, request("POST /p", { body: "plain ü" }))).toEqual({ Body: "plain ü" });
    expect(await decode(text, request("POST /p"))).toEqual({});
    const structure = serviceWith("POST /p", { Body: { shape: "Inner", payload: true } });
    expect(await decode(structure, request("POST /p", { body: '{"A":"x"}' }))).toEqual({ Body: { A: "x" } });
    const { operation } = restJson.route(structure, request("POST /p"));
    expect(encodeRestResponse(operation, { Body: { A: "x" } }).body).toBe('{"A":"x"}');
    expect(encodeRestResponse(operation, {}).body).toBe("");
  });
});
