import type { Ids } from "../kernel/ids.ts";

/** A number of 52 random bits. */
export function randomNumber(ids: Ids): number {
  const half = 2 ** 26;
  return Math.floor(ids.random() * half) * half + Math.floor(ids.random() * half);
}
