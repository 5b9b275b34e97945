import type { AwsError } from "../../kernel/errors.ts";
import { invalidParameter } from "../errors.ts";
import { comparison, isValue, notExists, selectorOf, type Test } from "./json-tests.ts";
import { type Matches, regexNotSupported } from "./matches.ts";

/** `"a phrase"`, a selector, an operator or parenthesis, or a bare word. */
const TOKEN =
  /\s*(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<selector>\$(?:\.[\p{L}\p{N}_-]+|\[\d+\])+)|(?<symbol>&&|\|\||[!<>]=|[=<>()])|(?<word>[^\s()&|=!<>"]+))/uy;

interface Token {
  readonly kind: "quoted" | "selector" | "symbol" | "word";
  readonly text: string;
}

/**
 * A condition on the fields of an event that is JSON, as in `{ $.level = "ERROR" && $.tries > 2 }`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html). Other events do not
 * match.
 */
export function compileJsonPattern(pattern: string): Matches {
  if (!pattern.endsWith("}"))
    throw invalidParameter("If a filter pattern starts with '{' it must end with '}'");
  const test = new Parser(tokens(pattern.slice(1, -1))).condition();
  return (message) => {
    const json = parsed(message);
    return json !== undefined && test(json);
  };
}

function parsed(message: string): unknown {
  // Most lines of a text log are no JSON, and finding that out by an exception is slow.
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (!match) throw invalidPattern(`it cannot be read from ${trimmed.slice(from).trim()}`);
    const [kind, token] = Object.entries(match.groups!).find(([, value]) => value !== undefined)!;
    if (kind === "word" && token!.startsWith("%")) throw regexNotSupported();
    found.push({ kind: kind as Token["kind"], text: token! });
  }
  return found;
}

/** `||` of `&&` of comparisons and parentheses. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The whole pattern. */
  condition(): Test {
    const test = this.#either();
    const rest = this.#tokens[this.#at];
    if (rest) throw invalidPattern(`${rest.text} was not expected`);
    return test;
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#takes("||")) tests.push(this.#both());
    return tests.length === 1 ? tests[0]! : (json) => tests.some((test) => test(json));
  }

  #both(): Test {
    const tests = [this.#single()];
    while (this.#takes("&&")) tests.push(this.#single());
    return tests.length === 1 ? tests[0]! : (json) => tests.every((test) => test(json));
  }

  #single(): Test {
    if (!this.#takes("(")) return this.#comparison();
    const test = this.#either();
    if (!this.#takes(")")) throw invalidPattern("a closing parenthesis is missing");
    return test;
  }

  #comparison(): Test {
    const selector = selectorOf(this.#next("selector", "a selector such as $.level").text);
    if (this.#takes("IS")) {
      const word = this.#next("word", "NULL, TRUE or FALSE").text;
      const test = isValue(selector, word);
      if (!test) throw invalidPattern(`after IS there must be NULL, TRUE or FALSE, not ${word}`);
      return test;
    }
    if (this.#takes("NOT")) {
      if (!this.#takes("EXISTS")) throw invalidPattern("after NOT there must be EXISTS");
      return notExists(selector);
    }
    const operator = this.#next("symbol", "an operator").text;
    const operand = this.#tokens[this.#at++];
    const value = operand && { text: operand.text, quoted: operand.kind === "quoted" };
    const test = value && operand.kind !== "symbol" ? comparison(selector, operator, value) : undefined;
    if (!test) throw invalidPattern(`${operator} cannot be followed by ${operand?.text ?? "nothing"}`);
    return test;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.text !== text || token.kind === "quoted") return false;
    this.#at++;
    return true;
  }

  #next(kind: Token["kind"], wanted: string): Token {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== kind) throw invalidPattern(`${wanted} was expected, not ${token?.text ?? "its end"}`);
    return token;
  }
}

function invalidPattern(why: string): AwsError {
  return invalidParameter(`Invalid filter pattern: ${why}.`);
}
