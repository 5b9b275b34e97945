/**
 * Input templates: text with `<variables>`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 */

/** A variable within a template. */
interface Placeholder {
  readonly name: string;
  /** It stands inside of a JSON string, so its value becomes part of that. */
  readonly quoted: boolean;
}

/** A template taken apart. */
export type Template = readonly (string | Placeholder)[];

const PLACEHOLDER = /^<([^<>"\s]+)>/;

export function parseTemplate(text: string): Template {
  const parts: (string | Placeholder)[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (character === "<") {
      const name = PLACEHOLDER.exec(text.slice(at, at + LONGEST_PLACEHOLDER))?.[1];
      if (name === undefined) continue;
      parts.push(text.slice(from, at), { name, quoted });
      from = at + name.length + 2;
      at = from - 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const LONGEST_PLACEHOLDER = 260;

export function placeholdersOf(template: Template): readonly string[] {
  return template.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
}

/** Whether a template, its variables filled in, is JSON, or lines that are each JSON. */
export function isJsonTemplate(template: Template): boolean {
  const filled = template.map((part) => (typeof part === "string" ? part : part.quoted ? "x" : "0")).join("");
  if (isJson(filled)) return true;
  const lines = filled.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every(isJson);
}

/** A value that is there as JSON text, and is put in as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Puts values in. What is not there is an empty text. */
export function fillTemplate(template: Template, valueFor: (name: string) => unknown): string {
  return template
    .map((part) => {
      if (typeof part === "string") return part;
      const value = valueFor(part.name) ?? "";
      if (typeof value === "string" && part.quoted) return JSON.stringify(value).slice(1, -1);
      const json = value instanceof JsonText ? value.text : JSON.stringify(value);
      return part.quoted ? withoutQuotes(json) : json;
    })
    .join("");
}

/** What AWS makes of objects and lists inside of strings. */
function withoutQuotes(json: string): string {
  return json.replaceAll('"', "").replaceAll("\\", "");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
