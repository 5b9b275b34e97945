import type { IncomingHttpHeaders } from "node:http";
import { fromJson, membersFromJson } from "../../kernel/schema/from-json.ts";
import type { OperationSchema } from "../../kernel/schema/shape.ts";
import { restPlan } from "../../wire/rest-plan.ts";
import { fromText, HEADER_TIMESTAMP } from "../../wire/text.ts";

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Gathers an operation's output from status, headers and body; all of it is in the body where the protocol binds
 * nothing elsewhere. Throws when the body is not what the schema says.
 */
export function decodeResponse(operation: OperationSchema, response: RawResponse): Record<string, unknown> {
  const plan = restPlan(operation.output);
  const output: Record<string, unknown> = {};
  if (plan.statusCode) output[plan.statusCode.name] = response.status;
  for (const { name, shape, binding } of plan.header) {
    const text = response.headers[binding.name];
    if (typeof text === "string") output[name] = fromText(shape, text, HEADER_TIMESTAMP);
  }
  if (plan.payload) {
    const { name, shape } = plan.payload;
    output[name] = shape.type === "blob" ? response.body : fromJson(shape, parse(response.body));
    return output;
  }
  if (plan.body.length === 0) return output;
  return Object.assign(output, membersFromJson(plan.bodyByJsonName, parse(response.body)));
}

/** The error in a response, or undefined when it is none of AWS's. */
export function decodeError(response: RawResponse): { code: string; message: string } | undefined {
  const body = tryParse(response.body);
  const code = response.headers["x-amzn-errortype"] ?? body?.__type ?? body?.code;
  if (typeof code !== "string") return undefined;
  const message = body?.message ?? body?.Message;
  // Some services write `prefix#Code:http://…`.
  return {
    code: code.replace(/^.*#/, "").replace(/:.*$/, ""),
    message: typeof message === "string" ? message : "",
  };
}

function parse(body: Buffer): Record<string, unknown> {
  return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
}

function tryParse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return parse(body) ?? undefined;
  } catch {
    return undefined;
  }
}
