/** A span of time; any mix of the units, at least one. Whole numbers. */
export type Duration =
  | { days: number; hours?: number; minutes?: number; seconds?: number }
  | { hours: number; minutes?: number; seconds?: number }
  | { minutes: number; seconds?: number }
  | { seconds: number };

interface Units {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
}

/** A duration in seconds. */
export function durationToSeconds(duration: Duration): number {
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = duration as Units;
  return days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
}
