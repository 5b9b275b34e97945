import { serializationError } from "../kernel/schema/serialization-error.ts";

/**
 * Parses a request's JSON. An empty body is undefined. AWS answers what is not JSON with a SerializationException
 * without a message; ours says what the parser found.
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw serializationError(`The request's body is not JSON: ${(error as Error).message}.`);
  }
}

/** Parses a body that must be a JSON object, as every operation's input is. An empty body is an empty object. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const json = parseJson(bytes);
  if (json === undefined) return {};
  if (Array.isArray(json)) throw serializationError("Start of list found where not expected");
  if (typeof json !== "object" || json === null) {
    throw serializationError("The request's body is JSON, but not an object.");
  }
  return json as Record<string, unknown>;
}
