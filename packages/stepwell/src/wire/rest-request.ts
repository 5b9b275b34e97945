import { AwsError } from "../kernel/errors.ts";
import { fromJson, membersFromJson, setEntry } from "../kernel/schema/from-json.ts";
import type { Member, OperationSchema, Shape } from "../kernel/schema/shape.ts";
import { type BodyLimit, readBody, streamBody } from "./body.ts";
import { parseJson, parseJsonObject } from "./json-body.ts";
import { header, type WireRequest } from "./message.ts";
import { type RestPlan, restPlan } from "./rest-plan.ts";
import { fromText, HEADER_TIMESTAMP, QUERY_TIMESTAMP } from "./text.ts";

type Input = Record<string, unknown>;

/**
 * Gathers an operation's input from the places that its bindings name
 * (https://smithy.io/2.0/spec/http-bindings.html).
 */
export async function decodeRestRequest(
  operation: OperationSchema,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  limit: BodyLimit,
): Promise<Input> {
  const plan = restPlan(operation.input);
  const input: Input = await decodeBody(plan, request, limit);
  for (const member of plan.label) {
    input[member.name] = fromText(member.shape, decodeLabel(labels[member.name]!), QUERY_TIMESTAMP);
  }
  decodeQuery(plan, query, input);
  decodeHeaders(plan, request, input);
  return input;
}

async function decodeBody(plan: RestPlan, request: WireRequest, limit: BodyLimit): Promise<Input> {
  const { payload } = plan;
  if (payload?.shape.type === "stream") return { [payload.name]: streamBody(request, limit) };
  const bytes = await readBody(request, limit);
  if (!payload) {
    // Without members in the body, whatever it holds is nobody's.
    if (plan.body.length === 0) return {};
    return membersFromJson(plan.bodyByJsonName, parseJsonObject(bytes));
  }
  if (bytes.byteLength === 0) return {};
  return { [payload.name]: payloadFrom(payload.shape, bytes) };
}

function payloadFrom(shape: Shape, bytes: Uint8Array): unknown {
  if (shape.type === "blob") return bytes;
  if (shape.type === "string") return Buffer.from(bytes).toString("utf8");
  return fromJson(shape, parseJson(bytes));
}

function decodeLabel(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new AwsError(
      "MalformedHttpRequestException",
      `The path's part '${raw}' is not percent-encoded UTF-8.`,
    );
  }
}

function decodeQuery(plan: RestPlan, query: URLSearchParams, input: Input): void {
  for (const member of plan.query) {
    const value = queryValue(member, query);
    if (value !== undefined) input[member.name] = value;
  }
  if (plan.queryParams) {
    const named = new Set(plan.query.map((member) => member.binding.name));
    const { shape } = plan.queryParams;
    const lists = shape.type === "map" && shape.value.type === "list";
    const entries: Input = {};
    for (const key of new Set(query.keys())) {
      if (!named.has(key)) setEntry(entries, key, lists ? query.getAll(key) : query.get(key));
    }
    input[plan.queryParams.name] = entries;
  }
}

function queryValue(member: Member, query: URLSearchParams): unknown {
  const { shape, binding } = member;
  if (shape.type === "list") {
    const texts = query.getAll(binding.name);
    if (texts.length === 0) return undefined;
    return texts.map((text) => fromText(shape.member, text, QUERY_TIMESTAMP));
  }
  const text = query.get(binding.name);
  return text === null ? undefined : fromText(shape, text, QUERY_TIMESTAMP);
}

function decodeHeaders(plan: RestPlan, request: WireRequest, input: Input): void {
  for (const { name, shape, binding } of plan.header) {
    const text = header(request, binding.name);
    if (text === undefined) continue;
    input[name] =
      shape.type === "list"
        ? text.split(",").map((item) => fromText(shape.member, item.trim(), HEADER_TIMESTAMP))
        : fromText(shape, text, HEADER_TIMESTAMP);
  }
  if (plan.prefixHeaders) {
    const prefix = plan.prefixHeaders.binding.name;
    const entries: Input = {};
    for (const name in request.headers) {
      if (name.startsWith(prefix)) setEntry(entries, name.slice(prefix.length), header(request, name));
    }
    input[plan.prefixHeaders.name] = entries;
  }
}
