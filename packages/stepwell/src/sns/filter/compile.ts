import { anythingBut } from "./anything-but.ts";
import { BadPolicy } from "./bad-policy.ts";
import { type JsonToken, JsonTokens, locationText } from "./json-tokens.ts";
import type { Leaf, PolicyNode, Test } from "./match.ts";
import { numeric } from "./numeric.ts";
import { isOr } from "./or.ts";
import { cidr, equalsIgnoringCase, prefix, suffix, wildcard } from "./text-tests.ts";

/** A policy's tokens, with AWS's way of refusing what they say. */
export class PolicyTokens extends JsonTokens {
  refusal(message: string): BadPolicy {
    return new BadPolicy(message + locationText(this.column));
  }

  /** The text of the next token, which must be a string that is the pattern of a match type. */
  pattern(type: string): string {
    if (this.next() !== "string") throw this.refusal(`${type} match pattern must be a string`);
    return this.text;
  }
}

/**
 * Makes a tree of tests from a policy's text without spaces; `value` is the same policy. Everything is asked in the order
 * in which AWS asks, since the texts of its errors tell where it stood. Throws BadPolicy.
 */
export function compilePolicy(text: string, value: Readonly<Record<string, unknown>>): PolicyNode {
  const tokens = new PolicyTokens(text);
  tokens.next();
  return object(tokens, value);
}

function emptyNode(): PolicyNode {
  return { keys: new Map(), alternatives: [] };
}

/** Behind the `{`. */
function object(tokens: PolicyTokens, value: Readonly<Record<string, unknown>>): PolicyNode {
  const node = emptyNode();
  if (Object.keys(value).length === 0) {
    tokens.next();
    throw tokens.refusal("Empty objects are not allowed");
  }
  while (tokens.next() === "name") {
    const name = tokens.text;
    const child = value[name];
    const token = tokens.next();
    if (isOr(name, child)) node.alternatives.push(alternatives(tokens, child));
    else if (token === "{") merge(at(node, name), object(tokens, child as Record<string, unknown>));
    else if (token === "[") at(node, name).leaf = leaf(tokens);
    else throw tokens.refusal(`"${name}" must be an object or an array`);
  }
  return node;
}

/** Behind the `[` of an `$or`. */
function alternatives(tokens: PolicyTokens, values: readonly Record<string, unknown>[]): PolicyNode[] {
  const nodes = values.map((value) => {
    tokens.next();
    return object(tokens, value);
  });
  tokens.next();
  return nodes;
}

/** The node of a key, which may be a path. */
function at(node: PolicyNode, key: string): PolicyNode {
  return key.split(".").reduce((parent, step) => {
    const child = parent.keys.get(step) ?? emptyNode();
    parent.keys.set(step, child);
    return child;
  }, node);
}

function merge(into: PolicyNode, from: PolicyNode): void {
  if (from.leaf) into.leaf = from.leaf;
  into.alternatives.push(...from.alternatives);
  for (const [key, child] of from.keys) {
    const known = into.keys.get(key);
    if (known) merge(known, child);
    else into.keys.set(key, child);
  }
}

/** Behind the `[`. */
function leaf(tokens: PolicyTokens): Leaf {
  const tests: Test[] = [];
  let orAbsent = false;
  let token = tokens.next();
  if (token === "]") throw tokens.refusal("Empty arrays are not allowed");
  for (; token !== "]"; token = tokens.next()) {
    if (token !== "{") {
      tests.push(exactly(tokens, token));
      continue;
    }
    const test = match(tokens);
    if (test === "absent") orAbsent = true;
    else tests.push(test);
    if (tokens.next() !== "}") throw tokens.refusal("Only one key allowed in match expression");
  }
  return { tests, orAbsent };
}

function exactly(tokens: PolicyTokens, token: JsonToken): Test {
  if (token === "[") throw tokens.refusal("Match value must be String, number, true, false, or null");
  const { text } = tokens;
  const expected: unknown = token === "string" ? text : JSON.parse(text);
  return (value) => value === expected;
}

/** Behind the `{` of a match expression, up to its pattern. */
function match(tokens: PolicyTokens): Test | "absent" {
  tokens.next();
  const type = tokens.text;
  switch (type) {
    case "prefix":
      return prefix(tokens);
    case "suffix":
      return suffix(tokens);
    case "equals-ignore-case":
      return equalsIgnoringCase(tokens);
    case "wildcard":
      return wildcard(tokens);
    case "cidr":
      return cidr(tokens);
    case "numeric":
      return numeric(tokens);
    case "anything-but":
      return anythingBut(tokens);
    case "exists":
      return exists(tokens);
    default:
      throw tokens.refusal(`Unrecognized match type ${type}`);
  }
}

function exists(tokens: PolicyTokens): Test | "absent" {
  const token = tokens.next();
  if (token === "true") return () => true;
  if (token === "false") return "absent";
  throw tokens.refusal("exists match pattern must be either true or false.");
}
