/** The match types: an object with one of these is no alternative of an `$or`. */
export const MATCH_TYPES = [
  ...["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr"],
] as const;

/**
 * Whether a key of a policy stands for alternatives: `$or` with at least two objects that are policies themselves.
 * Otherwise it is a key like any other.
 */
export function isOr(key: string, value: unknown): value is readonly Record<string, unknown>[] {
  return key === "$or" && Array.isArray(value) && value.length > 1 && value.every(isPolicy);
}

function isPolicy(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((key) => (MATCH_TYPES as readonly string[]).includes(key));
}
