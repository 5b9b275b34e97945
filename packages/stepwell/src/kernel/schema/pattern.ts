const compiled = new Map<string, RegExp>();

/**
 * Whether the whole text matches a pattern of AWS's models. They are Java's, which JavaScript reads alike but for two
 * things: POSIX classes such as `\p{ASCII}` and `\p{L}` need the `u` flag, and `u` refuses loose escapes (`\-`, `\_`)
 * that plain mode takes. Each pattern is compiled once.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern);
  if (!regex) {
    regex = compilePattern(pattern);
    compiled.set(pattern, regex);
  }
  return regex.test(text);
}

/** The pattern anchored at both ends. */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, /\\p\{/i.test(pattern) ? "u" : "");
}
