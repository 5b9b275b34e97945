import { crc32 } from "node:zlib";
import { AwsError } from "../kernel/errors.ts";
import type { StructureShape } from "../kernel/schema/shape.ts";
import { membersToJson } from "../kernel/schema/to-json.ts";

/**
 * Events in AWS's binary framing (https://smithy.io/2.0/aws/amazon-eventstream.html): a message is its length, the
 * length of its headers, a CRC of those two, the headers, the payload, and a CRC of all before.
 */
export async function* encodeEventStream(
  union: StructureShape,
  events: AsyncIterable<Readonly<Record<string, unknown>>> | Iterable<Readonly<Record<string, unknown>>>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const event of events) yield encodeEvent(union, event);
  } catch (error) {
    // The status line has long gone: an error can only be the stream's last message.
    const known = error instanceof AwsError ? error : undefined;
    yield encodeMessage(
      {
        ":message-type": "error",
        ":error-code": known?.code ?? "ServiceException",
        ":error-message": known?.message ?? "The stream ended inside Stepwell; its log says why.",
      },
      new Uint8Array(0),
    );
    if (!known) throw error;
  }
}

/** What a protocol with all of an output in one body sends before the events: the members that are not the stream. */
export function encodeInitialResponse(contentType: string, json: string): Uint8Array {
  return encodeMessage(
    { ":message-type": "event", ":event-type": "initial-response", ":content-type": contentType },
    Buffer.from(json),
  );
}

/** An event is a union's value: one member, whose name is the event's type. */
function encodeEvent(union: StructureShape, event: Readonly<Record<string, unknown>>): Uint8Array {
  const member = union.members.find(({ name }) => event[name] !== undefined);
  if (!member) throw new Error(`An event of ${union.name} has none of its members.`);
  const value = event[member.name] as Readonly<Record<string, unknown>>;
  const shape = member.shape as StructureShape;
  const payload = shape.members.find(({ binding }) => binding.in === "eventPayload");
  const bytes =
    payload?.shape.type === "blob"
      ? ((value[payload.name] as Uint8Array | undefined) ?? new Uint8Array(0))
      : Buffer.from(JSON.stringify(membersToJson(shape.members, value)));
  return encodeMessage(
    {
      ":message-type": "event",
      ":event-type": member.name,
      ":content-type": payload?.shape.type === "blob" ? "application/octet-stream" : "application/json",
    },
    bytes,
  );
}

const STRING_HEADER = 7;
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;

function encodeMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const encodedHeaders = Buffer.concat(
    Object.entries(headers).map(([name, value]) => encodeHeader(name, value)),
  );
  const total = PRELUDE_BYTES + encodedHeaders.length + payload.length + CRC_BYTES;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(encodedHeaders.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(encodedHeaders, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + encodedHeaders.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return message;
}

function encodeHeader(name: string, value: string): Uint8Array {
  const encodedName = Buffer.from(name);
  const encodedValue = Buffer.from(value);
  const prefix = Buffer.from([encodedName.length, ...encodedName, STRING_HEADER, 0, 0]);
  prefix.writeUInt16BE(encodedValue.length, prefix.length - 2);
  return Buffer.concat([prefix, encodedValue]);
}
