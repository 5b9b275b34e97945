import type { ScheduleExpression } from "../kernel/schedule-expression/expression.ts";
import { nextTimeMs } from "../kernel/schedule-expression/next.ts";
import { parseScheduleExpression } from "../kernel/schedule-expression/parse.ts";
import type { Alarm, Schedule, ScheduleDefinition } from "./schedule.ts";

const MINUTE_MS = 60_000;

/** Throws InvalidScheduleExpression. */
export function expressionOf({ ScheduleExpression }: ScheduleDefinition): ScheduleExpression {
  return parseScheduleExpression(ScheduleExpression, { at: true, anyNumber: true });
}

/**
 * When a schedule that begins now goes off first; undefined when it never does. A time that is past already is now,
 * unless it is `firedAtMs`, at which the schedule has gone off before; a rate without a StartDate begins at once.
 * `random` is in [0, 1).
 */
export function firstAlarm(
  definition: ScheduleDefinition,
  nowMs: number,
  random: number,
  firedAtMs?: number,
): Alarm | undefined {
  if (definition.State === "DISABLED") return undefined;
  const expression = expressionOf(definition);
  if (expression.kind === "at") {
    const atMs = onceAtMs(definition);
    return atMs === firedAtMs ? undefined : alarmAt(definition, atMs, nowMs, random);
  }
  const anchorMs = definition.StartDate ?? nowMs;
  return recurring(definition, expression, anchorMs, Math.max(anchorMs, nowMs) - 1, random);
}

/** The time of a one-time schedule, past or not; undefined of one that recurs. */
function onceAtMs(definition: ScheduleDefinition): number | undefined {
  const expression = expressionOf(definition);
  if (expression.kind !== "at") return undefined;
  return nextTimeMs(expression, Number.NEGATIVE_INFINITY, definition.ScheduleExpressionTimezone);
}

/** The time at which a one-time schedule has gone off last: one that is on and has no alarm has done so at its own. */
export function lastFiredMs({ definition, alarm, firedAtMs }: Schedule): number | undefined {
  const isOver = !alarm && definition.State === "ENABLED";
  return (isOver ? onceAtMs(definition) : undefined) ?? firedAtMs;
}

/**
 * When a schedule that has gone off at `alarm` does so again. Times that were missed by more than a minute, because no
 * server ran, are left out: all of them would come at once. AWS promises its times to the minute.
 */
export function nextAlarm(
  definition: ScheduleDefinition,
  alarm: Alarm,
  nowMs: number,
  random: number,
): Alarm | undefined {
  const expression = expressionOf(definition);
  if (expression.kind === "at") return undefined;
  const { Mode, MaximumWindowInMinutes = 0 } = definition.FlexibleTimeWindow;
  // What was scheduled while a flexible window was waited for has not been missed.
  const windowMs = Mode === "FLEXIBLE" ? MaximumWindowInMinutes * MINUTE_MS : 0;
  const afterMs = Math.max(alarm.scheduledAtMs, nowMs - windowMs - MINUTE_MS);
  return recurring(definition, expression, alarm.anchorMs, afterMs, random);
}

/** Whether two definitions mean the same times. */
export function sameTiming(a: ScheduleDefinition, b: ScheduleDefinition): boolean {
  const timing = (of: ScheduleDefinition) =>
    JSON.stringify([
      ...[of.ScheduleExpression, of.ScheduleExpressionTimezone, of.State, of.StartDate, of.EndDate],
      ...[of.FlexibleTimeWindow.Mode, of.FlexibleTimeWindow.MaximumWindowInMinutes],
    ]);
  return timing(a) === timing(b);
}

function recurring(
  definition: ScheduleDefinition,
  expression: ScheduleExpression,
  anchorMs: number,
  afterMs: number,
  random: number,
): Alarm | undefined {
  const atMs = nextTimeMs(expression, afterMs, definition.ScheduleExpressionTimezone, anchorMs);
  if (atMs !== undefined && definition.EndDate !== undefined && atMs > definition.EndDate) return undefined;
  return alarmAt(definition, atMs, anchorMs, random);
}

function alarmAt(
  { FlexibleTimeWindow }: ScheduleDefinition,
  atMs: number | undefined,
  anchorMs: number,
  random: number,
): Alarm | undefined {
  if (atMs === undefined) return undefined;
  const { Mode, MaximumWindowInMinutes = 0 } = FlexibleTimeWindow;
  const windowMs = Mode === "FLEXIBLE" ? MaximumWindowInMinutes * MINUTE_MS : 0;
  return { scheduledAtMs: atMs, fireAtMs: atMs + Math.floor(random * windowMs), anchorMs };
}
