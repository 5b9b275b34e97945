import type { TimestampFormat } from "../kernel/schema/file.ts";
import { fromJson } from "../kernel/schema/from-json.ts";
import { serializationError, wrongType } from "../kernel/schema/serialization-error.ts";
import type { Shape, SimpleShape } from "../kernel/schema/shape.ts";
import { formatTimestamp, parseTimestamp } from "../kernel/schema/timestamp.ts";

/** Smithy's formats where the model names none: https://smithy.io/2.0/spec/http-bindings.html. */
export const HEADER_TIMESTAMP: TimestampFormat = "http-date";
export const QUERY_TIMESTAMP: TimestampFormat = "date-time";

const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/;

/** Reads a simple value from a label, a query parameter or a header. Throws AwsError (SerializationException). */
export function fromText(shape: Shape, text: string, timestampFormat: TimestampFormat): unknown {
  switch (shape.type) {
    case "string":
      return text;
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw wrongType(shape, text);
    case "timestamp": {
      const epochMs = parseTimestamp(text, shape.timestampFormat ?? timestampFormat);
      if (epochMs === undefined) throw serializationError(`The value '${text}' is not a date.`);
      return epochMs;
    }
    case "blob":
      return fromJson(shape, text);
    default:
      if (!NUMBER.test(text)) throw wrongType(shape, text);
      return fromJson(shape, Number(text));
  }
}

/** Writes a simple value into a header. */
export function toText(shape: SimpleShape, value: unknown, timestampFormat: TimestampFormat): string {
  if (shape.type === "timestamp") {
    return String(formatTimestamp(value as number, shape.timestampFormat ?? timestampFormat));
  }
  if (shape.type === "blob") return Buffer.from(value as Uint8Array).toString("base64");
  return String(value);
}
