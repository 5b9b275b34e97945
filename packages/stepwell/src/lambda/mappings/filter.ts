import { InvalidPattern } from "../../kernel/patterns/invalid-pattern.ts";
import { compilePattern, type EventPattern } from "../../kernel/patterns/pattern.ts";
import { invalidParameter } from "../errors.ts";
import type { FilterCriteria } from "./mapping.ts";

/** Whether a function is to get a record. */
export type RecordFilter = (record: { readonly body: string }) => boolean;

/** What a pattern asks of a record's body: a text, an object that the text is JSON of, or nothing. */
type AskedBody = "text" | "json" | undefined;

/**
 * Compiles the filters of a mapping; a record must match one of them
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html). Throws InvalidParameterValueException.
 */
export function compileFilters(criteria: FilterCriteria | undefined): RecordFilter {
  const filters = (criteria?.Filters ?? []).map(({ Pattern = "" }) => compileFilter(Pattern));
  return filters.length === 0 ? () => true : (record) => filters.some((matches) => matches(record));
}

function compileFilter(text: string): RecordFilter {
  const pattern = compiled(text);
  const asked = askedBody(JSON.parse(text));
  if (asked === undefined) return (record) => pattern.matches(record);
  // AWS drops texts where JSON is asked for, and the other way round, whatever the pattern says of them.
  return (record) => {
    const body = parsedObject(record.body);
    if (asked === "text") return body === undefined && pattern.matches(record);
    return body !== undefined && pattern.matches({ ...record, body });
  };
}

function compiled(text: string): EventPattern {
  try {
    return compilePattern(text);
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw invalidParameter("Invalid filter pattern definition.");
  }
}

function askedBody(pattern: { readonly body?: unknown; readonly $or?: unknown }): AskedBody {
  if (pattern.body !== undefined) return Array.isArray(pattern.body) ? "text" : "json";
  if (!Array.isArray(pattern.$or)) return undefined;
  return pattern.$or.map(askedBody).find((asked) => asked !== undefined);
}

function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
