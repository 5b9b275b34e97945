/** Counts one more, or one less, of a name; a name of which there is none is forgotten. */
export function count(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const after = (counts.get(name) ?? 0) + by;
  if (after === 0) counts.delete(name);
  else counts.set(name, after);
}
