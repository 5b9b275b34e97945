import { serializationError, wrongType } from "./serialization-error.ts";
import type { ListShape, MapShape, Member, Shape, SimpleShape, StructureShape } from "./shape.ts";
import { type EpochMs, epochMsOfSeconds, parseTimestamp } from "./timestamp.ts";

const INTEGER_MIN = -(2 ** 31);
const INTEGER_MAX = 2 ** 31 - 1;

/**
 * Turns parsed JSON into a typed value (see `shape.ts`). As AWS does: unknown members are ignored, null members are
 * absent, fractions of integers are cut off, strings that name a boolean are one. Nulls in lists and maps are kept for
 * `validate` to refuse. Throws AwsError (SerializationException) for a value of a wrong type.
 */
export function fromJson(shape: Shape, json: unknown): unknown {
  if (json === null || json === undefined) return undefined;
  switch (shape.type) {
    case "structure":
    case "union":
      return structureFromJson(shape, json);
    case "list":
      return listFromJson(shape, json);
    case "map":
      return mapFromJson(shape, json);
    default:
      return simpleFromJson(shape, json);
  }
}

function structureFromJson(shape: StructureShape, json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || Array.isArray(json)) throw wrongType(shape, json);
  return membersFromJson(shape.byJsonName, json as Record<string, unknown>);
}

/** The same for some of a structure's members: those that travel in the body. */
export function membersFromJson(
  byJsonName: ReadonlyMap<string, Member>,
  json: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const key in json) {
    const member = byJsonName.get(key);
    const item = json[key];
    if (member && item !== null) value[member.name] = fromJson(member.shape, item);
  }
  return value;
}

function listFromJson(shape: ListShape, json: unknown): unknown[] {
  if (!Array.isArray(json)) throw wrongType(shape, json);
  return json.map((item) => (item === null ? null : fromJson(shape.member, item)));
}

function mapFromJson(shape: MapShape, json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || Array.isArray(json)) throw wrongType(shape, json);
  const value: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(json as object)) {
    setEntry(value, key, item === null ? null : fromJson(shape.value, item));
  }
  return value;
}

/** Sets a key that a caller chose: `__proto__` too must become an entry and not the object's prototype. */
export function setEntry(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

function simpleFromJson(shape: SimpleShape, json: unknown): unknown {
  switch (shape.type) {
    case "string":
      if (typeof json !== "string") throw wrongType(shape, json);
      return json;
    case "boolean":
      return typeof json === "boolean" ? json : booleanFromText(shape, json);
    case "blob":
    case "stream":
      if (typeof json !== "string") throw wrongType(shape, json);
      return blobFromBase64(json);
    case "timestamp":
      return timestampFromJson(shape, json);
    case "document":
      return json;
    default:
      return numberFromJson(shape, json);
  }
}

function timestampFromJson(shape: SimpleShape, json: unknown): EpochMs {
  const format = shape.timestampFormat ?? "epoch-seconds";
  let epochMs: EpochMs | undefined;
  if (typeof json === "number" && format === "epoch-seconds") epochMs = epochMsOfSeconds(json);
  if (typeof json === "string" && format !== "epoch-seconds") epochMs = parseTimestamp(json, format);
  if (epochMs === undefined) throw wrongType(shape, json);
  return epochMs;
}

function numberFromJson(shape: SimpleShape, json: unknown): number {
  if (typeof json !== "number") throw wrongType(shape, json);
  if (shape.type === "float" || shape.type === "double" || shape.type === "number") return json;
  const whole = Math.trunc(json);
  const fits =
    shape.type === "integer" ? whole >= INTEGER_MIN && whole <= INTEGER_MAX : Number.isSafeInteger(whole);
  if (!fits) throw wrongType(shape, json);
  return whole;
}

const TRUE_TEXTS = new Set(["true", "yes", "y", "t", "1"]);
const FALSE_TEXTS = new Set(["false", "no", "n", "f", "0"]);

function booleanFromText(shape: SimpleShape, json: unknown): boolean {
  if (typeof json === "string" && json.length <= 5) {
    const text = json.toLowerCase();
    if (TRUE_TEXTS.has(text)) return true;
    if (FALSE_TEXTS.has(text)) return false;
  }
  throw wrongType(shape, json);
}

/** Decodes base64 in AWS's strict reading; Node's own decoder skips what it does not know. */
function blobFromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw serializationError(
      `'${excerpt(text)}' can not be converted to a Blob: ` +
        `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`,
    );
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== (text.length / 4) * 3 - padding || text.includes("-") || text.includes("_")) {
    const wrong = /[^A-Za-z0-9+/]/.exec(text)?.[0] ?? "=";
    throw serializationError(
      `'${excerpt(text)}' can not be converted to a Blob: Invalid Base64 character: '${wrong}'`,
    );
  }
  return bytes;
}

function excerpt(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
