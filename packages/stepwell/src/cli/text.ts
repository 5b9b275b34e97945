/** A duration as a person would say it: `35 ms`, `1.24 s`, `2 min 5 s`, `3 h 2 min`, `4 d 3 h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes, 60, "h", "min");
  return pair(Math.round(minutes / 60), 24, "d", "h");
}

function pair(count: number, base: number, big: string, small: string): string {
  const rest = count % base;
  return `${Math.floor(count / base)} ${big}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

/** `2026-11-20 14:03:22` in the machine's own time zone. */
export function localTime(epochMs: number): string {
  const date = new Date(epochMs);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * Text on one line. Names and payloads come from anywhere, and a control character in them must not reach the
 * terminal.
 */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

/** On one line, and cut to so many characters. */
export function shorten(text: string, most: number): string {
  // Payloads may be megabytes: what can never be shown need not be cleaned.
  const clean = oneLine(text.length > most * 4 ? text.slice(0, most * 4) : text);
  if (clean.length <= most && text.length <= most * 4) return clean;
  return `${[...clean].slice(0, Math.max(most - 1, 0)).join("")}…`;
}

/** `PaymentError: card declined`, from what parts there are. */
export function errorText(error: { readonly ErrorType?: string; readonly ErrorMessage?: string }): string {
  return (
    [error.ErrorType, error.ErrorMessage].filter(Boolean).join(": ") || "an error without type and message"
  );
}
