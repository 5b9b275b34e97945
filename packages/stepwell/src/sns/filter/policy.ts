import { BadPolicy } from "./bad-policy.ts";
import { compilePolicy } from "./compile.ts";
import { checkComplexity } from "./complexity.ts";
import { JsonSyntax, JsonTokens, locationText } from "./json-tokens.ts";
import { matches, type PolicyNode } from "./match.ts";

export type FilterScope = "MessageAttributes" | "MessageBody";

/** What a filter policy looks at. */
export interface Filterable {
  readonly attributes: Readonly<Record<string, FilterableAttribute>>;
  readonly body: string;
}

export interface FilterableAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
}

/** A policy and what was made of it. */
export interface FilterPolicy {
  readonly scope: FilterScope;
  readonly root: PolicyNode;
}

const LARGEST_BYTES = 256 * 1024;

/**
 * Reads a filter policy (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). Throws
 * BadPolicy.
 */
export function parseFilterPolicy(text: string, scope: FilterScope): FilterPolicy {
  if (Buffer.byteLength(text) > LARGEST_BYTES) throw new BadPolicy("Filter policy is too large");
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadPolicy("Filter policy must be a JSON object");
  }
  // AWS's texts count columns in the policy without spaces.
  const root = compilePolicy(JSON.stringify(value), value as Record<string, unknown>);
  const nested = Object.entries(value).some(([key, child]) => key !== "$or" && !Array.isArray(child));
  if (scope === "MessageAttributes" && nested) {
    throw new BadPolicy("Filter policy scope MessageAttributes does not support nested filter policy", false);
  }
  checkComplexity(value as Record<string, unknown>);
  return { scope, root };
}

/** Whether a message passes. */
export function accepts({ scope, root }: FilterPolicy, message: Filterable): boolean {
  const seen = scope === "MessageBody" ? bodyOf(message.body) : valuesOf(message.attributes);
  try {
    return seen !== undefined && matches(root, seen);
  } catch (error) {
    // A message that is nested too deeply to be looked into passes no policy, and keeps nobody else from getting it.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Only JSON objects pass policies of bodies. */
function bodyOf(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Attributes as the values that a policy compares: text, numbers, lists. AWS does not see binary ones. */
function valuesOf(attributes: Filterable["attributes"]): object {
  const seen = Object.entries(attributes).filter(([, { dataType }]) => !/^Binary\b/.test(dataType));
  const values = seen.map(([name, { dataType, stringValue = "" }]) => {
    const [type, label] = dataType.split(".");
    if (type === "Number") return [name, Number(stringValue)];
    return [name, label === "Array" ? listOf(stringValue) : stringValue];
  });
  return Object.fromEntries(values);
}

function listOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseJson(text: string): unknown {
  try {
    const tokens = new JsonTokens(text);
    while (tokens.next() !== "end") {}
  } catch (error) {
    if (!(error instanceof JsonSyntax)) throw error;
    throw new BadPolicy(`failed to parse JSON. ${error.message}${locationText(error.column)}`);
  }
  return JSON.parse(text);
}
