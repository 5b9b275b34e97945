/** The texts between the stars of a pattern. */
export type Wildcard = readonly string[];

/** Reads a pattern in which `*` stands for any text, `\*` for a star and `\\` for a backslash. */
export function parseWildcard(pattern: string, refusal: (message: string) => Error): Wildcard {
  const parts = [""];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === "*") {
      if (pattern[i + 1] === "*") throw refusal(`Consecutive wildcard characters at pos ${i}`);
      parts.push("");
      continue;
    }
    const next = pattern[i + 1];
    if (char === "\\" && next !== "*" && next !== "\\") throw refusal(`Invalid escape character at pos ${i}`);
    const escaped = char === "\\" ? pattern[++i]! : char;
    parts.push(parts.pop()! + escaped);
  }
  return parts;
}

/** Looks for the first place of each part behind the one before, which takes time in proportion to the texts. */
export function isWildcardMatch(parts: Wildcard, text: string): boolean {
  const [first, ...others] = parts as [string, ...string[]];
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of others) {
    at = indexAfter(text, part, at, end);
    if (at < 0) return false;
  }
  return at <= end;
}

/** Where the first occurrence of `part` within `text` from `start` to `end` ends, or -1 (Knuth, Morris, Pratt). */
function indexAfter(text: string, part: string, start: number, end: number): number {
  const borders = bordersOf(part);
  let matched = 0;
  for (let i = start; i < end; i++) {
    while (matched > 0 && text[i] !== part[matched]) matched = borders[matched - 1]!;
    if (text[i] === part[matched]) matched++;
    if (matched === part.length) return i + 1;
  }
  return part === "" ? start : -1;
}

/** Of each beginning of a text, the length of the longest shorter one that it ends with. */
function bordersOf(part: string): number[] {
  const borders = [0];
  for (let i = 1, length = 0; i < part.length; i++) {
    while (length > 0 && part[i] !== part[length]) length = borders[length - 1]!;
    if (part[i] === part[length]) length++;
    borders.push(length);
  }
  return borders;
}
