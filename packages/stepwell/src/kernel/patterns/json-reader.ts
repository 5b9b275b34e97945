import { InvalidPattern } from "./invalid-pattern.ts";

export type TokenType = "{" | "}" | "[" | "]" | "name" | "string" | "number" | "true" | "false" | "null";

interface Token {
  readonly type: TokenType;
  readonly start: number;
  /** Where AWS's reader stands when it knows what kind of token this is: behind the opening quote of a string. */
  readonly seenTo: number;
  readonly end: number;
}

/** AWS quotes no more of a pattern than this. */
const LONGEST_QUOTE = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}\p{N}_$]+/uy;
const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERALS = ["true", "false", "null"] as const;
const VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

/**
 * Reads JSON token by token, as AWS's compiler of patterns does: a name that is there twice stays visible, and errors
 * name the line and column at which AWS's reader would stand.
 */
export class JsonReader {
  readonly #text: string;
  /** What is open, with the place where it was opened. */
  readonly #open: { readonly type: "{" | "["; readonly at: number }[] = [];
  #at = 0;
  #token: Token | undefined;
  /** The value of a name is looked at together with the name. */
  #ahead: Token | undefined;
  #afterValue = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The type of the next token; undefined where there is nothing. */
  next(): TokenType | undefined {
    if (this.#token) this.#at = this.#token.end;
    const token = this.#ahead ?? this.#read();
    this.#ahead = undefined;
    this.#token = token;
    if (!token) return undefined;
    this.#at = token.seenTo;
    if (token.type === "name") {
      this.#ahead = this.#value(
        this.#expect(token.end, ":", "was expecting a colon to separate field name and value"),
      );
      this.#at = this.#ahead.seenTo;
      this.#token = { ...token, end: this.#at };
      this.#name = JSON.parse(this.#text.slice(token.start, token.end));
    }
    this.#nest(token);
    return token.type;
  }

  #name = "";

  /** The name that was read last. */
  get name(): string {
    return this.#name;
  }

  /** The token as it is written; a string without its quotes and escapes. */
  text(): string {
    const token = this.#token!;
    this.#at = token.end;
    const written = this.#text.slice(token.start, token.end);
    return token.type === "string" ? JSON.parse(written) : written;
  }

  /** Refuses the pattern for what stands here. `again` names the place twice, as AWS does inside lists. */
  fail(reason: string, again = false): never {
    const place = this.#place(this.#at);
    throw new InvalidPattern(`${reason}${place}${again ? place : ""}`);
  }

  #read(): Token | undefined {
    const at = this.#skipSpace(this.#at);
    const within = this.#open.at(-1);
    if (at >= this.#text.length) return this.#ended(at);
    const character = this.#text[at]!;
    if (character === "}" || character === "]") {
      const closes = character === "}" ? "{" : "[";
      if (within?.type !== closes) this.#unexpected(at, `expected a value`);
      return { type: character, start: at, seenTo: at + 1, end: at + 1 };
    }
    let start = at;
    if (within && this.#afterValue) {
      const kind = within.type === "{" ? "Object" : "Array";
      start = this.#skipSpace(this.#expect(at, ",", `was expecting comma to separate ${kind} entries`));
      if (start >= this.#text.length) return this.#ended(start);
    }
    if (within?.type !== "{") return this.#value(start);
    if (this.#text[start] !== '"') this.#unexpected(start, "was expecting double-quote to start field name");
    return { ...this.#string(start), type: "name" };
  }

  #nest({ type, start }: Token): void {
    if (type === "{" || type === "[") {
      this.#open.push({ type, at: start });
      this.#afterValue = false;
    } else if (type === "}" || type === "]") {
      this.#open.pop();
      this.#afterValue = true;
    } else this.#afterValue = type !== "name";
  }

  #value(from: number): Token {
    const start = this.#skipSpace(from);
    if (start >= this.#text.length) this.#ended(start, true);
    const character = this.#text[start]!;
    if (character === "{" || character === "[") {
      return { type: character, start, seenTo: start + 1, end: start + 1 };
    }
    if (character === '"') return this.#string(start);
    const number = matchAt(NUMBER, this.#text, start);
    if (number) return { type: "number", start, seenTo: start + number.length, end: start + number.length };
    const word = matchAt(WORD, this.#text, start);
    if (!word) this.#unexpected(start, `expected a valid value (${VALUES})`);
    const end = start + word.length;
    const literal = LITERALS.find((name) => name === word);
    if (literal) return { type: literal, start, seenTo: end, end };
    throw new InvalidPattern(`Unrecognized token '${word}': was expecting (${VALUES})${this.#place(end)}`);
  }

  #string(start: number): Token {
    const written = matchAt(STRING, this.#text, start);
    if (written) {
      return { type: "string", start, seenTo: start + 1, end: start + written.length };
    }
    const end = this.#text.length;
    throw new InvalidPattern(
      `Unexpected end-of-input: was expecting closing quote for a string value${this.#place(end)}`,
    );
  }

  /** The place behind a character that must come next. */
  #expect(from: number, character: string, expectation: string): number {
    const at = this.#skipSpace(from);
    if (at >= this.#text.length) this.#ended(at, true);
    if (this.#text[at] !== character) this.#unexpected(at, expectation);
    return at + 1;
  }

  #ended(at: number, inValue = false): undefined {
    const within = this.#open.at(-1);
    if (!within && !inValue) return undefined;
    const kind = within?.type === "[" ? "Array" : "Object";
    const marker = within
      ? `: expected close marker for ${kind} (start marker at${this.#source(within.at)})`
      : "";
    throw new InvalidPattern(`Unexpected end-of-input${marker}${this.#place(at)}`);
  }

  #unexpected(at: number, expectation: string): never {
    const code = this.#text.codePointAt(at)!;
    const character = String.fromCodePoint(code);
    throw new InvalidPattern(
      `Unexpected character ('${character}' (code ${code})): ${expectation}${this.#place(at)}`,
    );
  }

  #skipSpace(at: number): number {
    return at + matchAt(SPACE, this.#text, at)!.length;
  }

  #place(at: number): string {
    return `\n at${this.#source(at)}`;
  }

  #source(at: number): string {
    const before = this.#text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - (before.lastIndexOf("\n") + 1) + 1;
    const rest = this.#text.length - LONGEST_QUOTE;
    const quoted = `"${this.#text.slice(0, LONGEST_QUOTE)}"${rest > 0 ? `[truncated ${rest} chars]` : ""}`;
    return ` [Source: (String)${quoted}; line: ${line}, column: ${column}]`;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
