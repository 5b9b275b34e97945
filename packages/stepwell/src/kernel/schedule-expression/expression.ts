import type { MonthDays } from "./month-days.ts";

/** When something happens again, or once, as EventBridge and its Scheduler write it. */
export type ScheduleExpression = RateExpression | CronExpression | AtExpression;

/** `rate(5 minutes)`; a day is always 24 hours. */
export interface RateExpression {
  readonly kind: "rate";
  readonly everyMs: number;
}

/** `cron(minutes hours day-of-month month day-of-week year)`, each list in ascending order. */
export interface CronExpression {
  readonly kind: "cron";
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: MonthDays;
  /** From 1. */
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** `at(yyyy-mm-ddThh:mm:ss)` */
export interface AtExpression {
  readonly kind: "at";
  /** What the clock on the wall shows then, as if it were UTC. */
  readonly wallMs: number;
}

/** A text that is no schedule expression. */
export class InvalidScheduleExpression extends Error {
  override readonly name = "InvalidScheduleExpression";
}
