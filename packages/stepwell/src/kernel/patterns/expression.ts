import { matchCidr } from "./cidr.ts";
import { InvalidPattern } from "./invalid-pattern.ts";
import type { JsonReader, TokenType } from "./json-reader.ts";
import { readNumeric } from "./numeric.ts";
import {
  endIgnoringCase,
  equalIgnoringCase,
  equalTo,
  isComparable,
  type LeafTest,
  noneOf,
  startIgnoringCase,
  textWith,
} from "./values.ts";
import { matchWildcard, parseWildcard, type Wildcard } from "./wildcard.ts";

/** What one value of a field asks for. */
export interface Expectation {
  readonly test?: LeafTest;
  /** It asks that the field is absent. */
  readonly absent?: true;
  readonly wildcards?: readonly Wildcard[];
}

const ONE_KEY = "Only one key allowed in match expression";
const TOO_MANY = "Too many elements in numeric expression";

/**
 * Reads a match expression (`{ "prefix": "a" }`) to its end, in AWS's order and with AWS's words for what is wrong
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html). Their words of one
 * operator in the answer for another are AWS's.
 */
export function readExpression(reader: JsonReader): Expectation {
  if (reader.next() !== "name") reader.fail("Match expression name not found");
  switch (reader.name) {
    case "exactly":
      return closed(reader, { test: equalTo(readText(reader, "exact")) });
    case "prefix":
      return affix(reader, "prefix", (text) => textWith((leaf) => leaf.startsWith(text)), startIgnoringCase);
    case "suffix":
      return affix(reader, "suffix", (text) => textWith((leaf) => leaf.endsWith(text)), endIgnoringCase);
    case "equals-ignore-case":
      return closed(reader, { test: equalIgnoringCase(readText(reader, "equals-ignore-case")) });
    case "wildcard":
      return wildcard(reader);
    case "numeric": {
      if (reader.next() !== "[") reader.fail("Value of numeric must be an array.");
      return closed(reader, { test: readNumeric(reader) }, TOO_MANY);
    }
    case "exists": {
      const wanted = reader.next();
      if (wanted !== "true" && wanted !== "false") {
        reader.fail("exists match pattern must be either true or false.");
      }
      return closed(reader, wanted === "true" ? { test: () => true } : { absent: true });
    }
    case "cidr": {
      const text = readText(reader, "prefix");
      return closed(reader, { test: textWith(placeless(() => matchCidr(text))) });
    }
    case "anything-but":
      return anythingBut(reader);
    default:
      return reader.fail(`Unrecognized match type ${reader.name}`);
  }
}

function readText(reader: JsonReader, operator: string): string {
  if (reader.next() !== "string") reader.fail(`${operator} match pattern must be a string`);
  return reader.text();
}

function closed<T>(reader: JsonReader, value: T, otherwise = ONE_KEY): T {
  if (reader.next() !== "}") reader.fail(otherwise);
  return value;
}

/** Prefix or suffix: a text, or `{ "equals-ignore-case": text }`. */
function affix(
  reader: JsonReader,
  operator: "prefix" | "suffix",
  exact: (text: string) => LeafTest,
  ignoringCase: (text: string) => LeafTest,
): Expectation {
  const type = reader.next();
  if (type === "string") return closed(reader, { test: exact(reader.text()) });
  if (type !== "{") reader.fail(`${operator} match pattern must be a string`);
  const called = operator === "prefix" ? "Prefix" : "Suffix";
  if (reader.next() !== "name") reader.fail(`${called} expression name not found`);
  if (reader.name !== "equals-ignore-case") reader.fail(`Unsupported ${operator} pattern: ${reader.name}`);
  const test = ignoringCase(readText(reader, "equals-ignore-case"));
  return closed(reader, closed(reader, { test }));
}

function wildcard(reader: JsonReader): Expectation {
  const parsed = parsedWildcard(reader, readText(reader, "wildcard"));
  return closed(reader, { test: textWith(matchWildcard(parsed)), wildcards: [parsed] });
}

function parsedWildcard(reader: JsonReader, text: string): Wildcard {
  try {
    return parseWildcard(text);
  } catch (error) {
    return reader.fail((error as Error).message);
  }
}

/** AWS does not say where a malformed block of addresses stands. */
function placeless<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new InvalidPattern((error as Error).message);
  }
}

const BUT_OPERATORS = ["equals-ignore-case", "prefix", "suffix", "wildcard"] as const;
type ButOperator = (typeof BUT_OPERATORS)[number];

function anythingBut(reader: JsonReader): Expectation {
  let type = reader.next();
  let operator: ButOperator | undefined;
  if (type === "{") {
    if (reader.next() !== "name") reader.fail("Anything-But expression name not found");
    operator = BUT_OPERATORS.find((name) => name === reader.name);
    if (!operator) reader.fail(`Unsupported anything-but pattern: ${reader.name}`);
    type = reader.next();
  }
  if (type !== "[" && type !== "string" && type !== "number") {
    reader.fail("Value of anything-but must be an array or single string/number value.");
  }
  const listed = type === "[";
  const types = listed ? eachOf(reader) : [type];
  const but = operator ? texts(reader, operator, types, listed) : values(reader, types, listed);
  closed(reader, but, TOO_MANY);
  return operator ? closed(reader, but, TOO_MANY) : but;
}

function* eachOf(reader: JsonReader): Generator<TokenType | undefined> {
  for (let type = reader.next(); type !== "]"; type = reader.next()) yield type;
}

/** Strings, or numbers. */
function values(reader: JsonReader, types: Iterable<TokenType | undefined>, listed: boolean): Expectation {
  const found: (string | number)[] = [];
  for (const type of types) {
    if (type === "string") found.push(reader.text());
    else if (type === "number") found.push(comparable(reader, Number(reader.text()), listed));
    else reader.fail("Inside anything but list, start|null|boolean is not supported.", listed);
  }
  if (new Set(found.map((value) => typeof value)).size !== 1) {
    reader.fail(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  }
  return { test: noneOf(found.map((value) => (leaf) => leaf === value)) };
}

function comparable(reader: JsonReader, value: number, listed: boolean): number {
  if (!isComparable(value)) reader.fail("Value must be between -5.0E9 and 5.0E9, inclusive", listed);
  return value;
}

function texts(
  reader: JsonReader,
  operator: ButOperator,
  types: Iterable<TokenType | undefined>,
  listed: boolean,
): Expectation {
  const found: string[] = [];
  for (const type of types) {
    if (type !== "string") reader.fail(butNeedsText(operator), listed);
    const text = reader.text();
    const affixed = operator === "prefix" || operator === "suffix";
    if (affixed && text === "") reader.fail("Null prefix/suffix not allowed", listed);
    found.push(text);
  }
  switch (operator) {
    case "prefix":
      return { test: noneOf(found.map((text) => textWith((leaf) => leaf.startsWith(text)))) };
    case "suffix":
      return { test: noneOf(found.map((text) => textWith((leaf) => leaf.endsWith(text)))) };
    case "equals-ignore-case":
      return { test: noneOf(found.map(equalIgnoringCase)) };
    case "wildcard": {
      const wildcards = found.map((text) => parsedWildcard(reader, text));
      return { test: noneOf(wildcards.map((parsed) => textWith(matchWildcard(parsed)))), wildcards };
    }
  }
}

function butNeedsText(operator: ButOperator): string {
  if (operator === "wildcard") return "wildcard match pattern must be a string";
  if (operator !== "equals-ignore-case") return "prefix/suffix match pattern must be a string";
  return "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.";
}
