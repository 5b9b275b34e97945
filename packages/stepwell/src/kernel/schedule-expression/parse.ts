import { parseCron } from "./cron.ts";
import { type AtExpression, InvalidScheduleExpression, type ScheduleExpression } from "./expression.ts";

export interface ParseOptions {
  /** Whether it may be `at(…)`, as in the Scheduler. */
  readonly at?: boolean;
  /** Whether `rate(1 minutes)` and `rate(5 minute)` are taken, as in the Scheduler, whose guide writes `rate(1 days)`. */
  readonly anyNumber?: boolean;
}

const EXPRESSION = /^(rate|cron|at)\((.*)\)$/;
const RATE = /^(\d{1,15}) (minute|hour|day)(s?)$/;
const AT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads a schedule expression. Throws InvalidScheduleExpression.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseScheduleExpression(text: string, options: ParseOptions = {}): ScheduleExpression {
  const [, kind, inner] = EXPRESSION.exec(text) ?? [];
  if (kind === "rate") return { kind, everyMs: rateMs(inner!, options.anyNumber === true) };
  if (kind === "cron") return parseCron(inner!);
  if (kind === "at" && options.at) return parseAt(inner!);
  throw new InvalidScheduleExpression(`${text} is not a schedule expression.`);
}

function rateMs(text: string, anyNumber: boolean): number {
  const [, digits, unit, plural] = RATE.exec(text) ?? [];
  const value = Number(digits);
  const everyMs = value * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (value > 0 && Number.isSafeInteger(everyMs) && (anyNumber || (value === 1) === (plural === ""))) {
    return everyMs;
  }
  throw new InvalidScheduleExpression(`rate(${text}) is not a rate.`);
}

function parseAt(text: string): AtExpression {
  const match = AT.exec(text);
  const wallMs = match ? Date.parse(`${text}Z`) : Number.NaN;
  // JavaScript takes the 30th of February for a day in March.
  if (Number.isNaN(wallMs) || new Date(wallMs).toISOString().slice(0, text.length) !== text) {
    throw new InvalidScheduleExpression(`at(${text}) is not a time.`);
  }
  return { kind: "at", wallMs };
}
