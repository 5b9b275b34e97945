import { AwsError } from "../kernel/errors.ts";
import { setEntry } from "../kernel/schema/from-json.ts";
import type { ListShape, MapShape, Member, Shape, StructureShape } from "../kernel/schema/shape.ts";
import { fromText, QUERY_TIMESTAMP } from "./text.ts";

/** Parameters by the steps of their names: `Tags.member.1.Key=a` is `{ Tags: { member: { 1: { Key: "a" } } } }`. */
export interface Parameters {
  readonly text?: string;
  readonly parts: ReadonlyMap<string, Parameters>;
}

interface Growing {
  text?: string;
  readonly parts: Map<string, Growing>;
}

/** AWS's inputs are no deeper than this; a longer name is no member of one. */
const DEEPEST = 16;
/** A batch of ten messages with ten attributes each has a few hundred. */
const MOST_PARAMETERS = 10_000;

/** Reads `name=value` pairs into a tree. Of a name that is given twice the first counts. */
export function parseParameters(pairs: Iterable<readonly [string, string]>): Parameters {
  const root: Growing = { parts: new Map() };
  let left = MOST_PARAMETERS;
  for (const [name, value] of pairs) {
    if (left-- === 0)
      throw new AwsError("MalformedQueryString", `A request can have ${MOST_PARAMETERS} parameters.`);
    const steps = name.split(".", DEEPEST + 1);
    if (steps.length > DEEPEST) continue;
    let at = root;
    for (const step of steps) {
      const next = at.parts.get(step) ?? { parts: new Map() };
      at.parts.set(step, next);
      at = next;
    }
    at.text ??= value;
  }
  return root;
}

/**
 * Turns parameters into a typed value (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). Parameters that
 * name no member are ignored, as AWS does. Throws AwsError (SerializationException) for a value of a wrong type.
 */
export function structureFromParameters(shape: StructureShape, given: Parameters): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    const item = given.parts.get(member.xmlName);
    const read = item && memberFrom(member, item);
    if (read !== undefined) value[member.name] = read;
  }
  return value;
}

function memberFrom({ shape, xmlFlat }: Member, given: Parameters): unknown {
  if (shape.type === "list") return listFrom(shape, given, xmlFlat);
  if (shape.type === "map") return mapFrom(shape, given, xmlFlat);
  return valueFrom(shape, given);
}

function valueFrom(shape: Shape, given: Parameters): unknown {
  switch (shape.type) {
    case "structure":
    case "union":
      return structureFromParameters(shape, given);
    case "list":
      return listFrom(shape, given, false);
    case "map":
      return mapFrom(shape, given, false);
    default:
      return given.text === undefined ? undefined : fromText(shape, given.text, QUERY_TIMESTAMP);
  }
}

/**
 * `Name.member.1`, or `Name.1` where the list is flat; an empty one is `Name=`. The only item of a flat one may go
 * without its number (`AttributeName=All`), as in AWS's examples.
 */
function listFrom(shape: ListShape, given: Parameters, flat: boolean): unknown[] {
  const { member, xmlName = "member" } = shape;
  const isItem =
    member.type === "structure" ? member.members.some((one) => given.parts.has(one.xmlName)) : given.text;
  const items = flat && isItem ? [given] : numbered(flat ? given : given.parts.get(xmlName));
  return items.map((part) => valueFrom(member, part) ?? null);
}

/** `Name.entry.1.key` and `Name.entry.1.value`, or `Name.1.key` where the map is flat, or `Name.key` for its only entry. */
function mapFrom(shape: MapShape, given: Parameters, flat: boolean): Record<string, unknown> {
  const keyName = shape.xmlKeyName ?? "key";
  const isEntry = flat && given.parts.has(keyName);
  const value: Record<string, unknown> = {};
  for (const { parts } of isEntry ? [given] : numbered(flat ? given : given.parts.get("entry"))) {
    const key = parts.get(keyName)?.text;
    const item = parts.get(shape.xmlValueName ?? "value");
    if (key !== undefined) setEntry(value, key, item ? (valueFrom(shape.value, item) ?? null) : null);
  }
  return value;
}

/** The parts `1`, `2` … in their order; numbers may be left out. */
function numbered(given: Parameters | undefined): Parameters[] {
  return [...(given?.parts ?? [])]
    .filter(([step]) => /^\d{1,6}$/.test(step))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, part]) => part);
}
