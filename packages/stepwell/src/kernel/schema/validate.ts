import { AwsError } from "../errors.ts";
import { matchesPattern } from "./pattern.ts";
import { wrongType } from "./serialization-error.ts";
import { operationSchema } from "./services.ts";
import type { ListShape, MapShape, Shape, SimpleShape, StructureShape } from "./shape.ts";
import {
  atLeast,
  atMost,
  constraintTexts,
  mustMatch,
  NOT_NULL,
  oneOf,
  violationText,
} from "./violation-text.ts";

/** AWS's answer lists what is wrong; past this many it would only repeat itself. */
const MOST_VIOLATIONS = 50;
/**
 * A text above its shape's limit is refused for its length; above this length too, its pattern is not tried, so that a
 * hostile text cannot make a pattern run for long. (The few patterns of shapes without a limit take linear time.)
 */
const LONGEST_FOR_PATTERN = 1024;

/**
 * Checks an operation's typed input against its shape; an `InputCheck` for the operation table. Throws AwsError
 * (ValidationException) in AWS's words: `2 validation errors detected: Value 'x' at 'functionName' failed to satisfy
 * constraint: …; …`. An operation without a schema is not checked.
 */
export function validate(fullName: string, input: unknown): unknown {
  const operation = operationSchema(fullName);
  if (!operation) return input;
  const value = input ?? {};
  requireValid(operation.input, value);
  return value;
}

/** Throws AwsError (ValidationException) for a typed value that does not fit its shape. */
export function requireValid(shape: Shape, value: unknown): void {
  const violations = violationsOf(shape, value);
  if (violations.length > 0) throw validationError(violations);
}

/** What is wrong with a typed value, in AWS's words and in the order of the shape's members. */
export function violationsOf(shape: Shape, value: unknown): string[] {
  const walk = new Walk();
  walk.value(shape, value);
  return walk.violations;
}

function validationError(violations: readonly string[]): AwsError {
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  return new AwsError("ValidationException", `${count} detected: ${violations.join("; ")}`);
}

/** One walk over a value. The path is a stack, so that a valid value costs no strings. */
class Walk {
  readonly violations: string[] = [];
  readonly #path: string[] = [];

  value(shape: Shape, value: unknown): void {
    switch (shape.type) {
      case "structure":
      case "union":
        return this.#structure(shape, value);
      case "list":
        return this.#list(shape, value);
      case "map":
        return this.#map(shape, value);
      default:
        return this.#simple(shape, value);
    }
  }

  #structure(shape: StructureShape, value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(shape, value);
    const source = value as Record<string, unknown>;
    for (const member of shape.members) {
      const item = source[member.name];
      if (item === undefined || item === null) {
        if (member.required) this.#at(member.pathName, () => this.#violated(member.shape, null, NOT_NULL));
      } else {
        this.#path.push(member.pathName);
        this.value(member.shape, item);
        this.#path.pop();
      }
    }
  }

  #list(shape: ListShape, value: unknown): void {
    if (!Array.isArray(value)) throw wrongType(shape, value);
    this.#length(shape, value, value.length);
    if (isSimple(shape.member)) {
      const member = shape.member;
      if (!value.every((item) => satisfies(member, item))) {
        this.#violated(shape, value, `Member must satisfy constraint: [${constraintTexts(member)}]`);
      }
      return;
    }
    value.forEach((item, i) => {
      this.#at(`${i + 1}`, () => this.#at("member", () => this.#part(shape.member, item)));
    });
  }

  #map(shape: MapShape, value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(shape, value);
    const entries = Object.entries(value);
    this.#length(shape, value, entries.length);
    const key = shape.key as SimpleShape;
    if (!entries.every(([name]) => satisfies(key, name))) {
      this.#violated(shape, value, `Map keys must satisfy constraint: [${constraintTexts(key)}]`);
    }
    if (isSimple(shape.value)) {
      const member = shape.value;
      if (!entries.every(([, item]) => satisfies(member, item))) {
        this.#violated(shape, value, `Map value must satisfy constraint: [${constraintTexts(member)}]`);
      }
      return;
    }
    for (const [name, item] of entries) {
      this.#at(name, () => this.#at("member", () => this.#part(shape.value, item)));
    }
  }

  /** A list's or map's part that is itself a structure, list or map. */
  #part(shape: Shape, item: unknown): void {
    if (item === null || item === undefined) this.#violated(shape, null, NOT_NULL);
    else this.value(shape, item);
  }

  #simple(shape: SimpleShape, value: unknown): void {
    if (satisfies(shape, value)) return;
    const size = sizeOf(shape, value);
    if (shape.max !== undefined && size > shape.max) this.#violated(shape, value, atMost(shape, shape.max));
    if (shape.min !== undefined && size < shape.min) this.#violated(shape, value, atLeast(shape, shape.min));
    if (!patternHolds(shape, value)) this.#violated(shape, value, mustMatch(shape.pattern!));
    if (!enumHolds(shape, value)) this.#violated(shape, value, oneOf(shape.enum!));
  }

  #length(shape: ListShape | MapShape, value: unknown, length: number): void {
    if (shape.max !== undefined && length > shape.max) this.#violated(shape, value, atMost(shape, shape.max));
    if (shape.min !== undefined && length < shape.min)
      this.#violated(shape, value, atLeast(shape, shape.min));
  }

  #at(step: string, check: () => void): void {
    this.#path.push(step);
    check();
    this.#path.pop();
  }

  #violated(shape: Shape, value: unknown, constraint: string): void {
    if (this.violations.length >= MOST_VIOLATIONS) return;
    this.violations.push(violationText(shape, value, this.#path.join("."), constraint));
  }
}

function isSimple(shape: Shape): shape is SimpleShape {
  return (
    shape.type !== "structure" && shape.type !== "union" && shape.type !== "list" && shape.type !== "map"
  );
}

/** Whether a simple value satisfies every constraint of its shape; null satisfies none. */
function satisfies(shape: SimpleShape, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (shape.min !== undefined || shape.max !== undefined) {
    const size = sizeOf(shape, value);
    if (size > (shape.max ?? Number.POSITIVE_INFINITY)) return false;
    if (size < (shape.min ?? Number.NEGATIVE_INFINITY)) return false;
  }
  return patternHolds(shape, value) && enumHolds(shape, value);
}

/** A string's length in UTF-16 units (as Java counts), a blob's in bytes, a number's value. */
function sizeOf(shape: SimpleShape, value: unknown): number {
  if (shape.type === "string") return (value as string).length;
  if (shape.type === "blob") return (value as Uint8Array).byteLength;
  return value as number;
}

function patternHolds(shape: SimpleShape, value: unknown): boolean {
  if (shape.pattern === undefined) return true;
  const text = value as string;
  if (shape.max !== undefined && text.length > Math.max(shape.max, LONGEST_FOR_PATTERN)) return true;
  return matchesPattern(shape.pattern, text);
}

function enumHolds(shape: SimpleShape, value: unknown): boolean {
  return shape.enum === undefined || shape.enum.includes(value as string);
}
