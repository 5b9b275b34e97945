import type { PolicyTokens } from "./compile.ts";
import type { Test } from "./match.ts";
import { isWildcardMatch, parseWildcard } from "./wildcard.ts";

/**
 * Behind `"anything-but":`, a string, a number, a list of either, or `{"prefix": …}` and `{"wildcard": …}` with one
 * pattern or a list of them.
 */
export function anythingBut(tokens: PolicyTokens): Test {
  const token = tokens.next();
  if (token === "{") return butPattern(tokens);
  if (token === "string") return isNoneOf([tokens.text]);
  if (token === "number") return isNoneOf([Number(tokens.text)]);
  if (token === "[") return isNoneOf(list(tokens));
  throw tokens.refusal("Value of anything-but must be an array or single string/number value.");
}

function isNoneOf(unwanted: readonly unknown[]): Test {
  const set = new Set(unwanted);
  return (value) => !set.has(value);
}

function list(tokens: PolicyTokens): unknown[] {
  const values: (string | number)[] = [];
  for (let token = tokens.next(); token !== "]"; token = tokens.next()) {
    if (token !== "string" && token !== "number") {
      throw tokens.refusal("Inside anything but list, start|null|boolean is not supported.");
    }
    const value = token === "string" ? tokens.text : Number(tokens.text);
    if (values.length > 0 && typeof value !== typeof values[0]) {
      throw tokens.refusal(
        "Inside anything but list, either all values are number or string, mixed type is not supported",
      );
    }
    values.push(value);
  }
  if (values.length === 0) throw tokens.refusal("Empty arrays are not allowed");
  return values;
}

function butPattern(tokens: PolicyTokens): Test {
  if (tokens.next() !== "name") throw tokens.refusal("Anything-But expression name not found");
  const type = tokens.text;
  if (type !== "prefix" && type !== "wildcard") {
    throw tokens.refusal(`Unsupported anything-but pattern: ${type}`);
  }
  const tests = patterns(tokens, type).map((pattern) => testOf(tokens, type, pattern));
  if (tokens.next() !== "}") throw tokens.refusal("Only one key allowed in match expression");
  return (value) => typeof value === "string" && !tests.some((test) => test(value));
}

function patterns(tokens: PolicyTokens, type: string): string[] {
  const token = tokens.next();
  if (token === "string") return [tokens.text];
  if (token !== "[") throw tokens.refusal(`${type} match pattern must be a string`);
  const found: string[] = [];
  for (let part = tokens.next(); part !== "]"; part = tokens.next()) {
    if (part !== "string") throw tokens.refusal(`${type} match pattern must be a string`);
    found.push(tokens.text);
  }
  if (found.length === 0) throw tokens.refusal("Empty arrays are not allowed");
  return found;
}

function testOf(tokens: PolicyTokens, type: "prefix" | "wildcard", pattern: string) {
  if (type === "prefix") return (value: string) => value.startsWith(pattern);
  const parsed = parseWildcard(pattern, (message) => tokens.refusal(message));
  return (value: string) => isWildcardMatch(parsed, value);
}
