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

/** Spreads an operation's input over path, query, headers and body (https://smithy.io/2.0/spec/http-bindings.html). */
export function encodeRequest(operation: OperationSchema, input: Input): EncodedRequest {
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
  return {
    method: operation.method,
    path: query.size === 0 ? path : `${path}?${query}`,
    headers,
    body: encodeBody(plan.payload, plan.body, input),
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
