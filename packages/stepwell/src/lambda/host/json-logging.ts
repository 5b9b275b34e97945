import type { InvocationResult } from "./host.ts";

/** The levels of logs, the most detailed first. */
export const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What of a log in JSON is kept (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html). */
export interface JsonLogging {
  /** The least level of what the function logs. */
  readonly applicationLevel: LogLevel;
  /** The least level of what Lambda logs of it. */
  readonly systemLevel: LogLevel;
}

export function isKept(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** What of a text that a function wrote is kept. A line that names no level, or is not JSON, counts as INFO. */
export function keptText(text: string, least: LogLevel): string {
  if (least === "TRACE") return text;
  return text
    .split(/(?<=\n)/)
    .filter((line) => isKept(levelOf(line), least))
    .join("");
}

/** Names that Python has of its own. */
const PYTHON_LEVELS: Readonly<Record<string, LogLevel>> = { WARNING: "WARN", CRITICAL: "FATAL" };

function levelOf(line: string): LogLevel {
  if (!line.startsWith("{")) return "INFO";
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    const name = String(level).toUpperCase();
    return LOG_LEVELS.find((known) => known === (PYTHON_LEVELS[name] ?? name)) ?? "INFO";
  } catch {
    return "INFO";
  }
}

/** How an invocation went, in the words of platform events. */
export function statusOf(result: InvocationResult): { readonly status: string; readonly errorType?: string } {
  if (result.ok) return { status: "success" };
  const { errorType } = result.error;
  return errorType === "Sandbox.Timedout" ? { status: "timeout" } : { status: "error", errorType };
}

/** A line of Lambda's own (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html). */
export function platformEvent(atMs: number, type: string, record: object): string {
  return `${JSON.stringify({ time: new Date(atMs).toISOString(), type: `platform.${type}`, record })}\n`;
}
