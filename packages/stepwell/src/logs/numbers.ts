import type { Ids } from "../kernel/ids.ts";

/** A number of 52 random bits for a group or a stream. */
export function randomNumber(ids: Ids): number {
  const half = 2 ** 26;
  return Math.floor(ids.random() * half) * half + Math.floor(ids.random() * half);
}
