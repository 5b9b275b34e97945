import type { HistoryEvent } from "../cli/client/types.ts";
import { styleOf } from "../cli/style.ts";
import { renderTimeline } from "../cli/timeline/render.ts";
import { buildTimeline } from "../cli/timeline/timeline.ts";
import { labelOf, type Waiting, waitingFor } from "../cli/timeline/waiting.ts";
import { historyEvent } from "../durable/history.ts";
import type { JournalRow } from "../durable/journal-row.ts";
import type { LogEntry } from "./logs.ts";

const COLUMNS = 100;
/** A failing test shows what was logged last. */
const MOST_LOG_ENTRIES = 20;

/** The part of a journal that AWS shows, times in epoch milliseconds. */
export function historyOf(rows: readonly JournalRow[]): HistoryEvent[] {
  return rows
    .filter((row) => row.eventId !== null)
    .map((row) => historyEvent(row, true) as unknown as HistoryEvent);
}

/** What an execution did, as a table with a bar for each operation. */
export function timelineText(rows: readonly JournalRow[], nowMs: number): string {
  const canvas = { style: styleOf(false), columns: COLUMNS, unicode: true, nowMs };
  return renderTimeline(buildTimeline(historyOf(rows)), canvas);
}

/** A message with what a reader needs to understand it: the timeline, and what was logged last. */
export function withReport(
  message: string,
  rows: readonly JournalRow[],
  logs: readonly LogEntry[],
  nowMs: number,
): string {
  const last = logs
    .slice(-MOST_LOG_ENTRIES)
    .map(({ level, message: text }) => `  ${level.padEnd(5)} ${text}`);
  const log = last.length === 0 ? "" : `\nLog\n${last.join("\n")}\n`;
  return `${message}\n\n${timelineText(rows, nowMs)}${log}`;
}

/** What a running execution waits for, and what a test can do about it, a line for each. */
export function waitingLines(rows: readonly JournalRow[]): string[] {
  return waitingFor(buildTimeline(historyOf(rows))).map(adviceOn);
}

function adviceOn(waiting: Waiting): string {
  const label = JSON.stringify(labelOf(waiting.operation));
  switch (waiting.for) {
    case "callback":
      return `callback ${label}: complete it with run.callback(${label}).succeed(…) or .fail(…)`;
    case "timer":
    case "retry":
      return `${waiting.for} ${label}, due at ${new Date(waiting.dueAtMs).toISOString()}: move time with skip() or advance(…)`;
    case "function":
      return `function ${waiting.functionName}, invoked by ${label}`;
    case "step":
      return `step ${label}, whose body is running`;
  }
}
