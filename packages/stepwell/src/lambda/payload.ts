import { AwsError } from "../kernel/errors.ts";
import { invalidContent, invalidParameter } from "./errors.ts";
import { LARGEST_RESPONSE_BYTES } from "./host/runtime-errors.ts";

/** AWS's limits on what a function is given (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const SYNCHRONOUS_BYTES = 6 * 1024 * 1024;
const ASYNCHRONOUS_BYTES = 1024 * 1024;
const CLIENT_CONTEXT_CHARACTERS = 3583;

/** The event of an invocation as JSON text; no payload is an empty object, as on AWS. */
export function eventOf(payload: Uint8Array | undefined, synchronous: boolean): string {
  if (payload === undefined || payload.length === 0) return "{}";
  const most = synchronous ? SYNCHRONOUS_BYTES : ASYNCHRONOUS_BYTES;
  if (payload.length > most) {
    throw new AwsError(
      "RequestTooLargeException",
      `Request must be smaller than ${most} bytes for the InvokeFunction operation`,
      { httpStatus: 413, fields: { Type: "User" } },
    );
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    JSON.parse(text);
    return text;
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "Invalid UTF-8";
    throw invalidContent(
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    );
  }
}

/** Refuses a ClientContext that a handler could not read. */
export function checkClientContext(clientContext: string): void {
  if (clientContext.length > CLIENT_CONTEXT_CHARACTERS) {
    throw invalidParameter(
      `The ClientContext has ${clientContext.length} characters; at most ${CLIENT_CONTEXT_CHARACTERS} are allowed.`,
    );
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(clientContext, "base64").toString());
    if (typeof value === "object" && value !== null) return;
  } catch {
    // The same refusal as for JSON that is no object.
  }
  throw invalidContent("Client context must be a valid Base64-encoded JSON object.");
}

export function isTooLargeResponse(payload: string): boolean {
  return Buffer.byteLength(payload) > LARGEST_RESPONSE_BYTES;
}
