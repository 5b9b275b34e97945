export type JsonToken =
  | "{"
  | "}"
  | "["
  | "]"
  | "name"
  | "string"
  | "number"
  | "true"
  | "false"
  | "null"
  | "end";

/** Text that is not JSON: `message` is what AWS's parser says, `column` where it stood. */
export class JsonSyntax extends Error {
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

/** How AWS's parser says where it stood. */
export function locationText(column: number): string {
  return (
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); " +
    `line: 1, column: ${column}]`
  );
}

const EXPECTED = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z0-9_$]+/y;
const DEEPEST = 1000;

interface Read {
  readonly token: JsonToken;
  readonly text: string;
  /** Offset behind the token, and behind as much of it as AWS's parser has read when it tells where it stands. */
  readonly end: number;
  readonly looked: number;
}

/**
 * JSON text token by token. It stands where Jackson, AWS's parser, stands, so that errors name the same column: a name
 * is read together with the beginning of its value, and a string's content not before somebody asks for it.
 */
export class JsonTokens {
  readonly #source: string;
  readonly #open: ("{" | "[")[] = [];
  #at = 0;
  /** The value behind a name. */
  #peeked: Read | undefined;
  /** A value or name has been read in the innermost object or array. */
  #filled = false;
  #current: Read = { token: "end", text: "", end: 0, looked: 0 };

  constructor(source: string) {
    this.#source = source;
  }

  /** The text of the current token: of a string or name its content. */
  get text(): string {
    this.#current = { ...this.#current, looked: Math.max(this.#current.end, this.#current.looked) };
    return this.#current.text;
  }

  /** The column at which AWS's parser stands now. */
  get column(): number {
    return this.#current.looked + 1;
  }

  /** Throws JsonSyntax. */
  next(): JsonToken {
    const peeked = this.#peeked;
    this.#peeked = undefined;
    this.#current = peeked ?? this.#read();
    if (peeked) this.#entered(peeked);
    return this.#current.token;
  }

  #read(): Read {
    this.#skipSpace();
    const open = this.#open.at(-1);
    if (open === undefined) return this.#root();
    const close = open === "{" ? "}" : "]";
    let char = this.#source[this.#at];
    if (char === close) return this.#closing(close);
    if (this.#filled) {
      if (char !== ",") {
        const kind = open === "{" ? "Object" : "Array";
        throw this.#unexpected(`was expecting comma to separate ${kind} entries`);
      }
      this.#at++;
      this.#skipSpace();
      char = this.#source[this.#at];
    }
    if (open === "[") {
      const value = this.#value();
      this.#entered(value);
      return value;
    }
    return this.#name(char);
  }

  #root(): Read {
    const start = this.#at;
    if (start === this.#source.length) {
      if (!this.#filled) throw this.#ended();
      return { token: "end", text: "", end: start, looked: start };
    }
    if (this.#filled) throw this.#unexpected(EXPECTED);
    const value = this.#value();
    this.#entered(value);
    return value;
  }

  #name(char: string | undefined): Read {
    if (char !== '"') throw this.#unexpected("was expecting double-quote to start field name");
    const { text } = this.#string();
    this.#skipSpace();
    if (this.#source[this.#at] !== ":") {
      throw this.#unexpected("was expecting a colon to separate field name and value");
    }
    this.#at++;
    this.#skipSpace();
    this.#filled = true;
    this.#peeked = this.#value();
    return { token: "name", text, end: this.#peeked.looked, looked: this.#peeked.looked };
  }

  /** Keeps account of what is open; the closing of a value is its parent's affair again. */
  #entered({ token }: Read): void {
    this.#filled = true;
    if (token !== "{" && token !== "[") return;
    if (this.#open.length === DEEPEST) throw new JsonSyntax("The text is nested too deeply", this.#at + 1);
    this.#open.push(token);
    this.#filled = false;
  }

  #closing(token: "}" | "]"): Read {
    this.#open.pop();
    this.#filled = true;
    this.#at++;
    return { token, text: token, end: this.#at, looked: this.#at };
  }

  #value(): Read {
    const char = this.#source[this.#at];
    if (char === undefined) throw this.#ended();
    if (char === "{" || char === "[") {
      this.#at++;
      return { token: char, text: char, end: this.#at, looked: this.#at };
    }
    if (char === '"') return this.#string();
    if (char === "-" || (char >= "0" && char <= "9")) return this.#number();
    return this.#word();
  }

  #string(): Read {
    const start = this.#at;
    const raw = this.#match(STRING);
    if (raw === undefined) {
      throw new JsonSyntax("Unexpected end-of-input in VALUE_STRING", this.#source.length + 1);
    }
    return { token: "string", text: JSON.parse(raw), end: this.#at, looked: start + 1 };
  }

  #number(): Read {
    const text = this.#match(NUMBER);
    if (text === undefined) throw this.#unexpected(EXPECTED);
    return { token: "number", text, end: this.#at, looked: this.#at };
  }

  #word(): Read {
    const start = this.#at;
    const word = this.#match(WORD);
    if (word === undefined) throw this.#unexpected(EXPECTED);
    if (word !== "true" && word !== "false" && word !== "null") {
      throw new JsonSyntax(`Unrecognized token '${word}': ${EXPECTED}`, start + word.length + 1);
    }
    return { token: word, text: word, end: this.#at, looked: this.#at };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [text] = pattern.exec(this.#source) ?? [];
    if (text !== undefined) this.#at += text.length;
    return text;
  }

  #skipSpace(): void {
    while (" \t\n\r".includes(this.#source[this.#at] ?? "x")) this.#at++;
  }

  #unexpected(expected: string): JsonSyntax {
    const char = this.#source[this.#at];
    if (char === undefined) return this.#ended();
    const code = char.charCodeAt(0);
    return new JsonSyntax(`Unexpected character ('${char}' (code ${code})): ${expected}`, this.#at + 1);
  }

  #ended(): JsonSyntax {
    const open = this.#open.at(-1);
    const message =
      open === undefined
        ? "No content to map due to end-of-input"
        : `Unexpected end-of-input: expected close marker for ${open === "{" ? "Object" : "Array"}`;
    return new JsonSyntax(message, this.#source.length + 1);
  }
}
