import { StoreError } from "./errors.ts";
import type { Statement } from "./store.ts";

/** What the stores need to know of a statement's text. */
export interface ParsedSql {
  /** The text with every `$n` replaced by an anonymous `?`, which is all that every Node's node:sqlite binds by place. */
  readonly anonymous: string;
  /** Which parameter (from 0) each `?` takes; undefined when they are simply the parameters in order. */
  readonly order: readonly number[] | undefined;
  readonly paramCount: number;
  /** SELECT, VALUES, or a change with RETURNING. */
  readonly returnsRows: boolean;
  /** Changes data or schema, and so belongs into a commit. */
  readonly writes: boolean;
  /** The words of the text in lower case, outside of strings and comments. */
  readonly words: ReadonlySet<string>;
}

/** Strings, quoted names and comments (left alone), then parameters, words, and what has no place in a statement. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)|([A-Za-z_]\w*)|\?|;(?=\s*\S)/g;

/** PostgreSQL's way to claim rows that nobody else is claiming; SQLite has one writer, and no such words. */
const ROW_LOCKS = /\s+FOR UPDATE SKIP LOCKED\b/g;

/** PostgreSQL cuts the names of prepared statements at 63 bytes, and merged inserts append to them. */
const NAME = /^[\w.:-]{1,50}$/;

const parsed = new WeakMap<Statement, ParsedSql>();

/** Parses a statement's text, once per statement. Throws StoreError BadStatement. */
export function parseSql(statement: Statement): ParsedSql {
  let known = parsed.get(statement);
  if (!known) {
    known = parse(statement);
    parsed.set(statement, known);
  }
  return known;
}

function parse(statement: Statement): ParsedSql {
  const bad = (why: string): StoreError =>
    new StoreError("BadStatement", `The statement "${statement.name}" ${why}. It was not run.`);
  if (!NAME.test(statement.name)) {
    throw bad("needs a name of 1 to 50 letters, digits or any of . : _ -");
  }
  const places: number[] = [];
  const words: string[] = [];
  const anonymous = statement.sql
    .replace(ROW_LOCKS, "")
    .replace(TOKEN, (token, place?: string, word?: string) => {
      if (word !== undefined) words.push(word.toLowerCase());
      else if (token === "?") throw bad("contains a ?: write its parameters as $1, $2 …");
      else if (token === ";") throw bad("is more than one statement: declare each on its own");
      else if (place !== undefined) {
        places.push(Number(place) - 1);
        return "?";
      }
      return token;
    });
  const paramCount = Math.max(0, ...places.map((place) => place + 1));
  for (let place = 0; place < paramCount; place++) {
    if (!places.includes(place)) throw bad(`does not use its parameter $${place + 1}`);
  }
  const reads = readsOnly(words);
  return {
    anonymous,
    order: places.every((place, i) => place === i) ? undefined : places,
    paramCount,
    returnsRows: reads || words.includes("returning"),
    writes: !reads,
    words: new Set(words),
  };
}

function readsOnly(words: readonly string[]): boolean {
  if (words[0] === "select" || words[0] === "values") return true;
  return words[0] === "with" && !words.some((w) => w === "insert" || w === "update" || w === "delete");
}
