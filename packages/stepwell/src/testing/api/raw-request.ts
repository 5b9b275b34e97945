import { serviceIndex } from "../../kernel/schema/services.ts";
import type { OperationSchema, ServiceSchema } from "../../kernel/schema/shape.ts";
import { signedFor } from "../../wire/fixtures/request.ts";

/** What fetch needs beside the server's URL. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * An input as it goes over HTTP, put together without any check: members may be missing and of whatever type, which
 * AWS's clients would refuse to send or quietly convert. A Uint8Array is a blob, a Date a timestamp.
 */
export function rawRequest(
  schema: ServiceSchema,
  operation: OperationSchema,
  input: Readonly<Record<string, unknown>>,
): RawRequest {
  const { service, protocol } = schema;
  const headers: Record<string, string> = signedFor(service);
  if (protocol !== "rest-json") {
    headers["content-type"] = `application/x-amz-${protocol.replace("aws-", "")}`;
    headers["x-amz-target"] = `${serviceIndex().get(service)!.targetPrefix}.${operation.name}`;
    return { method: "POST", target: "/", headers, body: JSON.stringify(toJson(input)) };
  }
  let target = operation.uri;
  const query = new URLSearchParams();
  const inBody: Record<string, unknown> = {};
  let payload: string | Uint8Array | undefined;
  for (const { name, jsonName, binding } of operation.input.members) {
    const value = input[name];
    if (value === undefined) continue;
    if (binding.in === "label") target = target.replace(`{${name}}`, () => encodeURIComponent(toText(value)));
    else if (binding.in === "query") {
      for (const item of [value].flat()) query.append(binding.name, toText(item));
    } else if (binding.in === "header") headers[binding.name] = toText(value);
    else if (binding.in === "payload")
      payload = value instanceof Uint8Array ? value : JSON.stringify(toJson(value));
    else inBody[jsonName] = toJson(value);
  }
  if (query.size > 0) target += `${target.includes("?") ? "&" : "?"}${query}`;
  const body = payload ?? (Object.keys(inBody).length > 0 ? JSON.stringify(inBody) : undefined);
  return { method: operation.method, target, headers, ...(body === undefined ? {} : { body }) };
}

function toText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}
