import { invalidParameter } from "./errors.ts";
import { JsonSyntax, JsonTokens, locationText } from "./filter/json-tokens.ts";

/** Reads the JSON of an attribute. Throws AwsError in the words of the parser that AWS has. */
export function parseJsonAttribute(attribute: string, text: string): unknown {
  try {
    const tokens = new JsonTokens(text);
    while (tokens.next() !== "end") {}
  } catch (error) {
    if (!(error instanceof JsonSyntax)) throw error;
    throw invalidParameter(
      `${attribute}: failed to parse JSON. ${error.message}${locationText(error.column)}`,
    );
  }
  return JSON.parse(text);
}
