import { areTooComplex } from "./complexity.ts";
import { type Expectation, readExpression } from "./expression.ts";
import { InvalidPattern } from "./invalid-pattern.ts";
import { JsonReader, type TokenType } from "./json-reader.ts";
import { equalTo } from "./values.ts";

/** What a field must be: one of the expectations. */
export interface FieldPattern {
  /** The steps of its path. */
  readonly steps: readonly string[];
  readonly expectations: readonly Expectation[];
}

/** Fields that must all fit, by the path of each. */
export type Branch = ReadonlyMap<string, FieldPattern>;

const OR = "$or";
/** As many combinations of alternatives as AWS takes. */
const MOST_BRANCHES = 1000;
/** Names that AWS keeps for itself inside of `$or`. */
const RESERVED = new Set([
  ...["exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric"],
  ...["cidr", "html", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"],
  ...["date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"],
  ...["ip-address-in-range", "ip-address-not-in-range"],
]);

/**
 * Reads an event pattern as AWS does (https://github.com/aws/event-ruler): the alternatives of `$or` become branches,
 * and of a field that is there twice the second holds. Throws InvalidPattern with AWS's reason.
 */
export function compileBranches(text: string): readonly Branch[] {
  const reader = new JsonReader(text);
  if (reader.next() !== "{") reader.fail("Filter is not an object");
  const branches = readObject(reader, [], [new Map()], false);
  for (const branch of branches) {
    for (const { expectations } of branch.values()) {
      if (areTooComplex(expectations.flatMap(({ wildcards = [] }) => wildcards))) throw tooComplex();
    }
  }
  return branches;
}

/** What the object adds to each of the branches. */
function readObject(
  reader: JsonReader,
  path: readonly string[],
  given: readonly Branch[],
  insideOr: boolean,
): readonly Branch[] {
  let branches = given;
  let empty = true;
  for (let type = reader.next(); type !== "}"; type = reader.next()) {
    empty = false;
    const { name } = reader;
    if (name === OR) {
      branches = readOr(reader, path, branches);
      continue;
    }
    if (insideOr && RESERVED.has(name)) {
      reader.fail(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
    }
    const value = reader.next();
    const steps = [...path, name];
    if (value === "{") branches = readObject(reader, steps, branches, insideOr);
    else if (value === "[") branches = withField(branches, { steps, expectations: readValues(reader) });
    else reader.fail(`"${name}" must be an object or an array`);
  }
  if (empty) reader.fail("Empty objects are not allowed");
  return branches;
}

function withField(branches: readonly Branch[], field: FieldPattern): readonly Branch[] {
  return branches.map((branch) => new Map(branch).set(field.steps.join("."), field));
}

function readOr(reader: JsonReader, path: readonly string[], given: readonly Branch[]): readonly Branch[] {
  if (reader.next() !== "[") reader.fail(`It must be an Array followed with ${OR}.`);
  const all: Branch[] = [];
  let alternatives = 0;
  for (let type = reader.next(); type !== "]"; type = reader.next()) {
    if (type !== "{") reader.fail(`Only JSON object is allowed in array of ${OR} relationship.`);
    alternatives++;
    all.push(...readObject(reader, path, given, true));
    if (all.length > MOST_BRANCHES) {
      throw new InvalidPattern(
        `Rule is too complex - it has more than ${MOST_BRANCHES} combinations of ${OR}`,
      );
    }
  }
  if (alternatives < 2) reader.fail(`There must have at least 2 Objects in ${OR} relationship.`);
  return all;
}

function readValues(reader: JsonReader): readonly Expectation[] {
  const expectations: Expectation[] = [];
  for (let type = reader.next(); type !== "]"; type = reader.next()) {
    expectations.push(readValue(reader, type));
  }
  if (expectations.length === 0) reader.fail("Empty arrays are not allowed");
  return expectations;
}

function readValue(reader: JsonReader, type: TokenType | undefined): Expectation {
  switch (type) {
    case "{":
      return readExpression(reader);
    case "string":
      return { test: equalTo(reader.text()) };
    case "number":
      return { test: equalTo(Number(reader.text())) };
    case "true":
    case "false":
      return { test: equalTo(type === "true") };
    case "null":
      return { test: equalTo(null) };
    default:
      return reader.fail("Match value must be String, number, true, false, or null");
  }
}

function tooComplex(): InvalidPattern {
  return new InvalidPattern(
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after " +
      "a wildcard character",
  );
}
