import type { ServiceEntry } from "../../kernel/schema/file.ts";
import type { Member, OperationSchema, SimpleShape } from "../../kernel/schema/shape.ts";
import { membersToJson, toJson } from "../../kernel/schema/to-json.ts";
import { restPlan } from "../../wire/rest-plan.ts";
import { HEADER_TIMESTAMP, QUERY_TIMESTAMP, toText } from "../../wire/text.ts";

type Input = Readonly<Record<string, unknown>>;

export interface EncodedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Encodes an operation's input in the protocol of its service. */
export function encodeRequest(
  operation: OperationSchema,
  { protocol, targetPrefix }: ServiceEntry,
  input: Input,
): EncodedRequest {
  if (protocol === "rest-json") return encodeRest(operation, input);
  return {
    method: "POST",
    path: "/",
    headers: {
      "x-amz-target": `${targetPrefix}.${operation.name}`,
      "content-type": `application/x-amz-json-${protocol === "aws-json-1.0" ? "1.0" : "1.1"}`,
    },
    body: JSON.stringify(toJson(operation.input, input)),
  };
}

/** Spreads an input over path, query, headers and body (https://smithy.io/2.0/spec/http-bindings.html). */
function encodeRest(operation: OperationSchema, input: Input): EncodedRequest {
  const plan = restPlan(operation.input);
  const path = operation.uri.replace(/\{(\w+)\+?\}/g, (_, name) => encodeURIComponent(String(input[name])));
  const query = new URLSearchParams();
  for (const { name, shape, binding } of plan.query) {
    const element = (shape.type === "list" ? shape.member : shape) as SimpleShape;
    for (const value of listOf(input[name]))
      query.append(binding.name, toText(element, value, QUERY_TIMESTAMP));
  }
  const headers: Record<string, string> = {};
  for (const { name, shape, binding } of plan.header) {
    const value = input[name];
    if (value !== undefined) headers[binding.name] = toText(shape as SimpleShape, value, HEADER_TIMESTAMP);
  }
  const body = encodeBody(plan.payload, plan.body, input);
  const type = typeof body === "string" ? "application/json" : "application/octet-stream";
  return {
    method: operation.method,
    path: query.size === 0 ? path : `${path}?${query}`,
    headers: { ...headers, "content-type": type },
    body,
  };
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function encodeBody(
  payload: Member | undefined,
  members: readonly Member[],
  input: Input,
): string | Uint8Array {
  if (!payload) return members.length === 0 ? "" : JSON.stringify(membersToJson(members, { ...input }));
  const value = input[payload.name];
  if (value === undefined) return "";
  return value instanceof Uint8Array ? value : JSON.stringify(toJson(payload.shape, value));
}
