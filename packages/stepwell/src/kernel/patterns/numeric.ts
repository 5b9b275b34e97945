import type { JsonReader, TokenType } from "./json-reader.ts";
import { isComparable, type LeafTest, numberWithin } from "./values.ts";

const OPERATORS = ["=", "<", "<=", ">", ">="];

/** Reads `">", 0, "<=", 5]`: one comparison, or a range that is open upwards or closed by a second one. */
export function readNumeric(reader: JsonReader): LeafTest {
  const type = reader.next();
  if (type !== "string") reader.fail(`Invalid member in numeric match: ${reader.text()}`);
  const operator = reader.text();
  const following = reader.next();
  if (!OPERATORS.includes(operator)) reader.fail(`Unrecognized numeric range operator: ${operator}`);
  const value = number(reader, following, operator === "=" ? "equals" : operator);
  const next = reader.next();
  if (operator === "=") {
    if (next !== "]") reader.fail("Too many elements in numeric expression");
    checkRange(reader, value);
    return numberWithin({ value, included: true }, { value, included: true });
  }
  if (operator === "<" || operator === "<=") {
    if (next !== "]") reader.fail("Too many elements in numeric expression");
    checkRange(reader, value);
    return numberWithin(undefined, { value, included: operator === "<=" });
  }
  const bottom = { value, included: operator === ">=" };
  if (next !== "]") return range(reader, next, bottom);
  checkRange(reader, value);
  return numberWithin(bottom, undefined);
}

function range(
  reader: JsonReader,
  type: TokenType | undefined,
  bottom: { readonly value: number; readonly included: boolean },
): LeafTest {
  if (type !== "string") reader.fail(`Bad value in numeric range: ${reader.text()}`);
  const operator = reader.text();
  if (operator !== "<" && operator !== "<=") reader.fail(`Bad numeric range operator: ${operator}`);
  const value = number(reader, reader.next(), operator);
  if (reader.next() !== "]") reader.fail("Too many terms in numeric range expression");
  checkRange(reader, bottom.value);
  checkRange(reader, value);
  if (bottom.value >= value) reader.fail("Bottom must be less than top");
  return numberWithin(bottom, { value, included: operator === "<=" });
}

function number(reader: JsonReader, type: TokenType | undefined, operator: string): number {
  if (type !== "number") reader.fail(`Value of ${operator} must be numeric`);
  return Number(reader.text());
}

function checkRange(reader: JsonReader, value: number): void {
  if (!isComparable(value)) reader.fail("Value must be between -5.0E9 and 5.0E9, inclusive");
}
