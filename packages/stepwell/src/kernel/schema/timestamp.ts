import type { TimestampFormat } from "./file.ts";

/**
 * Instants on the wire (https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait). Inside Stepwell an
 * instant is a number of epoch milliseconds.
 */
export type EpochMs = number;

/** Dates of RFC 3339 with a zone, as Smithy's `date-time` allows. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
/** The preferred form of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}(?:\.\d{1,3})? GMT$/;
const EPOCH_SECONDS = /^-?\d{1,13}(?:\.\d{1,9})?$/;
/** Beyond this a number of milliseconds is not a date (ECMA-262, time values). */
const LAST_DATE_MS = 8.64e15;

/** Reads an instant, or gives undefined when the text is not one. */
export function parseTimestamp(text: string, format: TimestampFormat): EpochMs | undefined {
  switch (format) {
    case "epoch-seconds":
      return EPOCH_SECONDS.test(text) ? epochMsOfSeconds(Number(text)) : undefined;
    case "date-time":
      return DATE_TIME.test(text) ? finite(Date.parse(text)) : undefined;
    case "http-date":
      return HTTP_DATE.test(text) ? finite(Date.parse(text)) : undefined;
  }
}

/** Seconds with a fraction, as JSON has them, to whole milliseconds; undefined beyond the range of dates. */
export function epochMsOfSeconds(seconds: number): EpochMs | undefined {
  const ms = Math.round(seconds * 1000);
  return Math.abs(ms) <= LAST_DATE_MS ? ms : undefined;
}

export function formatTimestamp(epochMs: EpochMs, format: "epoch-seconds"): number;
export function formatTimestamp(epochMs: EpochMs, format: TimestampFormat): string | number;
export function formatTimestamp(epochMs: EpochMs, format: TimestampFormat): string | number {
  switch (format) {
    case "epoch-seconds":
      return epochMs / 1000;
    case "date-time":
      return new Date(epochMs).toISOString();
    case "http-date":
      return new Date(epochMs).toUTCString();
  }
}

function finite(ms: number): EpochMs | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
