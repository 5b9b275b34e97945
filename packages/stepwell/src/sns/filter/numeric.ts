import type { PolicyTokens } from "./compile.ts";
import type { JsonToken } from "./json-tokens.ts";
import type { Test } from "./match.ts";

/** `["=", 5]`, `["<", 5]`, `[">", 0, "<=", 5]` behind `"numeric":`. */
export function numeric(tokens: PolicyTokens): Test {
  if (tokens.next() !== "[") throw tokens.refusal("Value of numeric must be an array.");
  if (tokens.next() !== "string") throw tokens.refusal(`Invalid member in numeric match: ${tokens.text}`);
  const operator = tokens.text;
  const token = tokens.next();
  switch (operator) {
    case "=": {
      const wanted = number(tokens, token, "equals");
      end(tokens);
      return (value) => value === wanted;
    }
    case "<":
    case "<=": {
      const top = number(tokens, token, operator);
      end(tokens);
      return isBelow(top, operator);
    }
    case ">":
    case ">=":
      return range(tokens, number(tokens, token, operator), operator);
    default:
      throw tokens.refusal(`Unrecognized numeric range operator: ${operator}`);
  }
}

/** What may follow a lower bound: nothing, or an upper one. */
function range(tokens: PolicyTokens, bottom: number, operator: ">" | ">="): Test {
  const isHigh: Test = (value) =>
    typeof value === "number" && (operator === ">" ? value > bottom : value >= bottom);
  const token = tokens.next();
  if (token === "]") return isHigh;
  if (token !== "string") throw tokens.refusal(`Bad value in numeric range: ${tokens.text}`);
  const upper = tokens.text;
  if (upper !== "<" && upper !== "<=") throw tokens.refusal(`Bad numeric range operator: ${upper}`);
  const top = number(tokens, tokens.next(), upper);
  if (tokens.next() !== "]") throw tokens.refusal("Too many terms in numeric range expression");
  if (bottom >= top) throw tokens.refusal("Bottom must be less than top");
  const isLow = isBelow(top, upper);
  return (value) => isHigh(value) && isLow(value);
}

function isBelow(top: number, operator: "<" | "<="): Test {
  return (value) => typeof value === "number" && (operator === "<" ? value < top : value <= top);
}

function number(tokens: PolicyTokens, token: JsonToken, operator: string): number {
  if (token !== "number") throw tokens.refusal(`Value of ${operator} must be numeric`);
  return Number(tokens.text);
}

function end(tokens: PolicyTokens): void {
  if (tokens.next() !== "]") throw tokens.refusal("Too many elements in numeric expression");
}
