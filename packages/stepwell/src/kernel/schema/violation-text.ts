import type { ListShape, MapShape, Shape, SimpleShape } from "./shape.ts";

/**
 * AWS's words for violated constraints. Seen in answers of the services, among them of Lambda:
 * `Value '[GET, POST, OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint:
 * [Member must have length less than or equal to 6, Member must have length greater than or equal to 0, Member must
 * satisfy regular expression pattern: .*, Member must not be null]`.
 */
export const NOT_NULL = "Member must not be null";

/** AWS repeats a value whole, however long; this much of it is enough to recognise it. */
const LONGEST_VALUE = 1024;

type Sized = SimpleShape | ListShape | MapShape;

export function atMost(shape: Sized, max: number): string {
  return `Member must have ${measureOf(shape)} less than or equal to ${numberText(shape, max)}`;
}

export function atLeast(shape: Sized, min: number): string {
  return `Member must have ${measureOf(shape)} greater than or equal to ${numberText(shape, min)}`;
}

export function mustMatch(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

export function oneOf(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(", ")}]`;
}

/** Every constraint of a list's or map's part: AWS lists them all, whichever was violated. */
export function constraintTexts(shape: SimpleShape): string {
  return [
    ...(shape.max === undefined ? [] : [atMost(shape, shape.max)]),
    ...(shape.min === undefined ? [] : [atLeast(shape, shape.min)]),
    ...(shape.pattern === undefined ? [] : [mustMatch(shape.pattern)]),
    ...(shape.enum === undefined ? [] : [oneOf(shape.enum)]),
    NOT_NULL,
  ].join(", ");
}

/** `Value 'x' at 'functionName' failed to satisfy constraint: …`; a sensitive value is not repeated. */
export function violationText(shape: Shape, value: unknown, path: string, constraint: string): string {
  const shown = value === null ? "Value null" : shape.sensitive ? "Value" : `Value '${valueText(value)}'`;
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

function measureOf(shape: Sized): string {
  return isNumber(shape) ? "value" : "length";
}

function isNumber(shape: Sized): boolean {
  return shape.type === "integer" || shape.type === "long" || isFraction(shape);
}

function isFraction(shape: Sized): boolean {
  return shape.type === "float" || shape.type === "double";
}

/** Java writes a whole double as `1.0`. */
function numberText(shape: Sized, value: number): string {
  return isFraction(shape) && Number.isInteger(value) ? `${value}.0` : `${value}`;
}

/** As Java prints it: `x`, `[GET, POST]`, `{1=0.5}`. */
function valueText(value: unknown): string {
  const text = javaText(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}

function javaText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (Array.isArray(value)) return `[${listText(value, (item) => javaText(item))}]`;
  if (typeof value === "object" && value !== null) {
    return `{${listText(Object.entries(value), ([key, item]) => `${key}=${javaText(item)}`)}}`;
  }
  return String(value);
}

/** Stops joining when the text is long enough to be cut anyway. */
function listText<T>(items: readonly T[], textOf: (item: T) => string): string {
  let text = "";
  for (const item of items) {
    if (text.length > LONGEST_VALUE) break;
    text += text === "" ? textOf(item) : `, ${textOf(item)}`;
  }
  return text;
}
