import type { Refusals } from "./refusals.ts";

/** How far a caller's clock may be from ours: 5 minutes, as with Lambda, CloudWatch Logs and Kinesis. */
const SKEW_MS = 5 * 60_000;
const LONGEST_EXPIRY_SECONDS = 604_800;

/** `20300131T235959Z` */
export function isoBasic(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** The time of a request in milliseconds, from X-Amz-Date or, as HTTP writes it, from Date. */
export function parseSigningDate(date: string, refusals: Refusals): number {
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  const [, year, month, day, hour, minute, second] = basic ?? [];
  const atMs = Date.parse(basic ? `${year}-${month}-${day}T${hour}:${minute}:${second}Z` : httpDate(date));
  if (!Number.isNaN(atMs)) return atMs;
  throw refusals.incomplete(
    `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

/** Only the one form of RFC 9110 5.6.7: Date.parse makes a date of nearly anything. */
function httpDate(date: string): string {
  return /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(date) ? date : "";
}

/** Throws if a request that was signed at `atMs` is not good now: too old, or from the future. */
export function checkAge(
  atMs: number,
  nowMs: number,
  expiresSeconds: number | undefined,
  refusals: Refusals,
): void {
  const goodForMs = expiresSeconds === undefined ? SKEW_MS : expiresSeconds * 1000;
  if (atMs < nowMs - goodForMs) {
    throw refusals.invalid(
      `Signature expired: ${isoBasic(atMs)} is now earlier than ${isoBasic(nowMs - goodForMs)} ` +
        `(${isoBasic(nowMs)} - ${minutes(goodForMs)} min.)`,
    );
  }
  if (atMs > nowMs + SKEW_MS) {
    throw refusals.invalid(
      `Signature not yet current: ${isoBasic(atMs)} is still later than ${isoBasic(nowMs + SKEW_MS)} ` +
        `(${isoBasic(nowMs)} + ${minutes(SKEW_MS)} min.)`,
    );
  }
}

/** How long a presigned request says that it is good. */
export function parseExpiry(text: string | undefined, refusals: Refusals): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw refusals.incomplete("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw refusals.incomplete("X-Amz-Expires must be non-negative");
  if (seconds > LONGEST_EXPIRY_SECONDS) {
    throw refusals.incomplete(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than " +
        `${LONGEST_EXPIRY_SECONDS} seconds`,
    );
  }
  return seconds;
}

function minutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
