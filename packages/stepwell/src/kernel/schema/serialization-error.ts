import { AwsError } from "../errors.ts";
import type { Shape } from "./shape.ts";

/**
 * AWS's answers to JSON of a wrong type, as seen from services on its Coral framework: the message depends on what was
 * found and what was expected, and does not say where.
 */
export function serializationError(message: string): AwsError {
  return new AwsError("SerializationException", message);
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a String",
  boolean: "a Boolean",
  integer: "an Integer",
  long: "a Long",
  float: "a Float",
  double: "a Double",
  number: "an Integer",
  blob: "a Blob",
  stream: "a Blob",
  timestamp: "milliseconds since epoch",
};

/** The error for a JSON value that is not of the shape's type. */
export function wrongType(shape: Shape, found: unknown): AwsError {
  if (Array.isArray(found)) return serializationError("Start of list found where not expected");
  if (typeof found === "object" && found !== null) {
    return serializationError("Start of structure or map found where not expected.");
  }
  switch (shape.type) {
    case "structure":
    case "union":
      return serializationError("Expected null");
    case "list":
      return serializationError("Expected list or null");
    case "map":
      return serializationError("Expected map or null");
    default:
      return serializationError(`${tokenOf(found)} can not be converted to ${EXPECTED[shape.type]}`);
  }
}

function tokenOf(found: unknown): string {
  if (typeof found === "boolean") return found ? "TRUE_VALUE" : "FALSE_VALUE";
  return typeof found === "number" ? "NUMBER_VALUE" : "STRING_VALUE";
}
