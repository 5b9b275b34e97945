import { crc32 } from "node:zlib";
import { fromJson } from "../../kernel/schema/from-json.ts";
import type { StructureShape } from "../../kernel/schema/shape.ts";
import { CliError } from "../exit.ts";

/** Two lengths and their checksum. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** The type of a header whose value is a string; AWS's event streams have no others that a client must read. */
const STRING = 7;

/**
 * The events in AWS's binary framing (https://smithy.io/2.0/aws/amazon-eventstream.html), each an object with one
 * member of the union. Throws CliError for an event that is an error, and Error for bytes that are no such stream.
 */
export async function* decodeEvents(
  union: StructureShape,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Record<string, unknown>> {
  for await (const { headers, payload } of messages(chunks)) {
    if (headers[":message-type"] === "error") {
      const message = headers[":error-message"] ?? "The server ended the stream without a reason.";
      throw new CliError(headers[":error-code"] ?? "StreamError", message);
    }
    const name = headers[":event-type"] ?? headers[":exception-type"];
    const member = union.members.find((each) => each.name === name);
    if (member) yield { [member.name]: fromJson(member.shape, JSON.parse(payload.toString("utf8"))) };
  }
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

async function* messages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of chunks) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= PRELUDE_BYTES && bytes.length >= bytes.readUInt32BE(0)) {
      const length = bytes.readUInt32BE(0);
      yield decodeMessage(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
  }
}

function decodeMessage(bytes: Buffer): Message {
  const end = bytes.length - CRC_BYTES;
  if (end < PRELUDE_BYTES || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) {
    throw new Error("a message of the event stream is damaged");
  }
  const payloadAt = PRELUDE_BYTES + bytes.readUInt32BE(4);
  return {
    headers: decodeHeaders(bytes.subarray(PRELUDE_BYTES, payloadAt)),
    payload: bytes.subarray(payloadAt, end),
  };
}

function decodeHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes[at]!;
    const name = bytes.toString("utf8", at + 1, nameEnd);
    if (bytes[nameEnd] !== STRING) throw new Error("a header of the event stream is no string");
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers[name] = bytes.toString("utf8", nameEnd + 3, valueEnd);
    at = valueEnd;
  }
  return headers;
}
