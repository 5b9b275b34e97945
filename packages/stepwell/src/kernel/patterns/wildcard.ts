/** A text to search for, with what Knuth, Morris and Pratt need to find it in linear time. */
interface Needle {
  readonly text: string;
  /** By length of a match so far: the length of the match that is left when the next character does not fit. */
  readonly fallback: Int32Array;
}

/** A wildcard as texts between its asterisks: what matches begins with the first and ends with the last. */
export interface Wildcard {
  readonly parts: readonly string[];
}

/**
 * Takes a wildcard apart: `*` stands for any characters, `\*` and `\\` for themselves. Throws Error with AWS's words for
 * what is wrong with it; AWS counts positions from the opening quote.
 */
export function parseWildcard(pattern: string): Wildcard {
  const parts: string[] = [];
  let part = "";
  let position = 1;
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === "*") {
      if (characters[i + 1] === "*") throw new Error(`Consecutive wildcard characters at pos ${position}`);
      parts.push(part);
      part = "";
    } else if (character === "\\") {
      const escaped = characters[++i];
      if (escaped !== "*" && escaped !== "\\") throw new Error(`Invalid escape character at pos ${position}`);
      part += escaped;
      position++;
    } else part += character;
    position += Buffer.byteLength(character);
  }
  parts.push(part);
  return { parts };
}

/** A test of texts, in time that grows with their length and never with what they repeat. */
export function matchWildcard({ parts }: Wildcard): (text: string) => boolean {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return (text) => text === first;
  const needles = parts.slice(1, -1).map(toNeedle);
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const needle of needles) {
      at = endOf(needle, text, at, end);
      if (at < 0) return false;
    }
    return at <= end;
  };
}

function toNeedle(text: string): Needle {
  const fallback = new Int32Array(text.length + 1);
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text[i] !== text[length]) length = fallback[length]!;
    if (text[i] === text[length]) length++;
    fallback[i + 1] = length;
  }
  return { text, fallback };
}

/** Where the first occurrence between two places ends; -1 where there is none. */
function endOf({ text: wanted, fallback }: Needle, text: string, from: number, end: number): number {
  if (wanted === "") return from;
  for (let i = from, length = 0; i < end; i++) {
    while (length > 0 && text[i] !== wanted[length]) length = fallback[length]!;
    if (text[i] === wanted[length]) length++;
    if (length === wanted.length) return i + 1;
  }
  return -1;
}
