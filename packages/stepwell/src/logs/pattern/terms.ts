import { invalidParameter } from "../errors.ts";
import { type Matches, regexNotSupported } from "./matches.ts";

interface Term {
  readonly kind: "" | "?" | "-";
  readonly text: string;
}

/** An optional mark, then a quoted phrase with backslashes before quotes, or a bare word. */
const TERM = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))\s*/gy;
/** What a bare word may not have: everything else must be quoted. */
const INVALID = /[^\p{L}\p{N}_]/u;

/**
 * Terms (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html): every
 * plain one must occur in the message and every one with a minus must not. Terms with a question mark, one of which
 * must occur, count only when there are no others: AWS ignores them otherwise.
 */
export function compileTerms(pattern: string): Matches {
  const terms = parse(pattern);
  const of = (kind: Term["kind"]) => terms.filter((term) => term.kind === kind).map((term) => term.text);
  const [all, any, none] = [of(""), of("?"), of("-")];
  if (all.length === 0 && none.length === 0) return (message) => any.some((text) => message.includes(text));
  return (message) =>
    all.every((text) => message.includes(text)) && !none.some((text) => message.includes(text));
}

function parse(pattern: string): Term[] {
  const terms: Term[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < pattern.length) {
    const match = TERM.exec(pattern);
    if (!match) throw invalidCharacters('"');
    const [, mark, quoted, bare] = match;
    terms.push({
      kind: mark as Term["kind"],
      text: quoted === undefined ? checked(bare!) : unquoted(quoted),
    });
  }
  return terms;
}

function checked(bare: string): string {
  if (bare.startsWith("%")) throw regexNotSupported();
  const invalid = INVALID.exec(bare);
  if (invalid) throw invalidCharacters(invalid[0]);
  return bare;
}

/** A phrase of blanks alone is AWS's way to match everything. */
function unquoted(quoted: string): string {
  if (quoted === "") throw invalidCharacters('""');
  const text = quoted.replaceAll(/\\(.)/g, "$1");
  return text.trim() === "" ? "" : text;
}

/** AWS's words, which name the characters alone. */
function invalidCharacters(characters: string): Error {
  return invalidParameter(`Invalid character(s) in term '${characters}'`);
}
