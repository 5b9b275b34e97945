import type { Secret } from "./secret.ts";

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html */
export interface SecretFilter {
  readonly Key?: string;
  readonly Values?: readonly string[];
}

/** Whether a secret satisfies all filters, each by one of its values. */
export function matchesFilters(secret: Secret, filters: readonly SecretFilter[]): boolean {
  return filters.every(({ Key = "all", Values = [] }) => Values.some((value) => matches(secret, Key, value)));
}

/** A value that begins with `!` means those that do not match the rest. */
function matches(secret: Secret, key: string, value: string): boolean {
  if (value.startsWith("!")) return !matchesPlain(secret, key, value.slice(1));
  return matchesPlain(secret, key, value);
}

function matchesPlain(secret: Secret, key: string, value: string): boolean {
  const { name, description = "", tags = [], region } = secret;
  switch (key) {
    case "name":
      return name.startsWith(value);
    case "description":
      return hasWords(description, value);
    case "tag-key":
      return tags.some((tag) => tag.Key.startsWith(value));
    case "tag-value":
      return tags.some((tag) => tag.Value.startsWith(value));
    case "primary-region":
      return region.startsWith(value);
    case "all": {
      const texts = [name, description, ...tags.flatMap((tag) => [tag.Key, tag.Value])];
      return texts.some((text) => hasWords(text, value));
    }
    default:
      // No service but the account's owner has secrets here.
      return false;
  }
}

/** Whether every word of `value` begins a word of the text, in upper or lower case. */
function hasWords(text: string, value: string): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const wanted = value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return wanted.every((want) => words.some((word) => word.startsWith(want)));
}
