import { setEntry } from "./from-json.ts";
import type { Member, Shape, StructureShape } from "./shape.ts";
import { formatTimestamp } from "./timestamp.ts";

/**
 * Turns a typed value into what JSON.stringify writes as AWS's JSON protocols have it: blobs in base64, timestamps as
 * epoch seconds with milliseconds as decimals. Members that the shape does not have are left out; undefined and null
 * members too.
 */
export function toJson(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case "structure":
    case "union":
      return membersToJson(shape.members, value as Record<string, unknown>);
    case "list":
      return (value as unknown[]).map((item) => (item === null ? null : toJson(shape.member, item)));
    case "map":
      return mapToJson(shape.value, value as Record<string, unknown>);
    case "timestamp":
      return formatTimestamp(value as number, shape.timestampFormat ?? "epoch-seconds");
    case "blob":
      return base64Of(value as Uint8Array);
    default:
      return value;
  }
}

/** The same for some of a structure's members: those that travel in the body. */
export function membersToJson(
  members: StructureShape["members"] | readonly Member[],
  value: Record<string, unknown>,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const member of members) {
    const item = value[member.name];
    if (item !== undefined && item !== null) json[member.jsonName] = toJson(member.shape, item);
  }
  return json;
}

function mapToJson(valueShape: Shape, value: Record<string, unknown>): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) setEntry(json, key, item === null ? null : toJson(valueShape, item));
  }
  return json;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
