import type { Occurrence } from "./occurrence.ts";

/** What becomes of an occurrence whose target could not be reached: it is tried again, or given up. */
export type Verdict =
  | { readonly againAtMs: number }
  | { readonly exhausted: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds" };

const FIRST_PAUSE_MS = 1000;
/** So that the 185 retries that AWS makes by default fill its 24 hours. */
const LONGEST_PAUSE_MS = 8 * 60_000;

/** Pauses double, and are up to half as long again by `random` in [0, 1). */
export function judge(occurrence: Occurrence, nowMs: number, random: number): Verdict {
  const { failures, firstTriedAtMs, target } = occurrence;
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = target.RetryPolicy;
  if (failures >= MaximumRetryAttempts) return { exhausted: "MaximumRetryAttempts" };
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 30), LONGEST_PAUSE_MS);
  const againAtMs = nowMs + Math.floor(pauseMs * (1 + random / 2));
  const tooOld = againAtMs - firstTriedAtMs > MaximumEventAgeInSeconds * 1000;
  return tooOld ? { exhausted: "MaximumEventAgeInSeconds" } : { againAtMs };
}
