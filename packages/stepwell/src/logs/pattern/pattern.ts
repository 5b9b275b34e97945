import { notSupported } from "../../kernel/errors.ts";
import { compileJsonPattern } from "./json.ts";
import type { Matches } from "./matches.ts";
import { compileTerms } from "./terms.ts";

/**
 * Compiles a filter pattern
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): terms, or a condition on JSON
 * in braces. Throws InvalidParameterException for what is no pattern, and NotSupportedException for the kinds that
 * Stepwell does not have.
 */
export function compileFilterPattern(pattern: string): Matches {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.startsWith("{")) return compileJsonPattern(text);
  if (text.startsWith("[")) {
    throw notSupported(
      "filter patterns for space-delimited events ([w1, w2=ERROR])",
      "Filter by terms or, for events that are JSON, by { $.field = value }.",
    );
  }
  return compileTerms(text);
}
