import type { OperationSchema, SimpleShape, StructureShape } from "../kernel/schema/shape.ts";
import { membersToJson, toJson } from "../kernel/schema/to-json.ts";
import { encodeEventStream } from "./event-stream.ts";
import type { WireResponse } from "./message.ts";
import { type RestPlan, restPlan } from "./rest-plan.ts";
import { HEADER_TIMESTAMP, toText } from "./text.ts";

type Output = Readonly<Record<string, unknown>>;

const NO_CONTENT = 204;

/** Spreads an operation's output over status, headers and body as its bindings say. */
export function encodeRestResponse(operation: OperationSchema, output: Output): WireResponse {
  const plan = restPlan(operation.output);
  const status = (plan.statusCode && (output[plan.statusCode.name] as number)) ?? operation.status;
  const bound = boundHeaders(operation.output, output);
  if (plan.payload) {
    const { contentType, body } = encodePayload(plan, output);
    return { status, headers: { "content-type": contentType, ...bound }, body };
  }
  if (status === NO_CONTENT) return { status, headers: bound, body: "" };
  const body = JSON.stringify(membersToJson(plan.body, output));
  return { status, headers: { "content-type": "application/json", ...bound }, body };
}

/** The members that travel as headers: of an output or of an error. */
export function boundHeaders(shape: StructureShape, value: Output): Record<string, string> {
  const plan = restPlan(shape);
  const headers: Record<string, string> = {};
  for (const member of plan.header) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    headers[member.binding.name] =
      member.shape.type === "list"
        ? (item as unknown[]).map((part) => headerText(member.shape, part)).join(", ")
        : headerText(member.shape, item);
  }
  if (plan.prefixHeaders) {
    const { name, binding } = plan.prefixHeaders;
    for (const [key, item] of Object.entries((value[name] as object | undefined) ?? {})) {
      headers[binding.name + key] = String(item);
    }
  }
  return headers;
}

function headerText(shape: StructureShape["members"][number]["shape"], item: unknown): string {
  const simple = shape.type === "list" ? shape.member : shape;
  return toText(simple as SimpleShape, item, HEADER_TIMESTAMP);
}

/** Lambda labels the answer of a function as JSON though the model has it as bytes, and people read it with curl. */
const BYTES_CONTENT_TYPE = "application/json";

function encodePayload(plan: RestPlan, output: Output): { contentType: string; body: WireResponse["body"] } {
  const { name, shape } = plan.payload!;
  const value = output[name];
  if (shape.type === "union" && shape.streaming) {
    const events = (value ?? []) as AsyncIterable<Output> | Iterable<Output>;
    return { contentType: "application/vnd.amazon.eventstream", body: encodeEventStream(shape, events) };
  }
  if (shape.type === "blob" || shape.type === "stream") {
    return { contentType: BYTES_CONTENT_TYPE, body: (value as WireResponse["body"] | undefined) ?? "" };
  }
  if (shape.type === "string")
    return { contentType: "text/plain", body: (value as string | undefined) ?? "" };
  return {
    contentType: "application/json",
    body: value === undefined ? "" : JSON.stringify(toJson(shape, value)),
  };
}
