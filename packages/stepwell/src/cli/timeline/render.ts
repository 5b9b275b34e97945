import { type Style, statusPaint } from "../style.ts";
import { type Cell, type Column, table } from "../table.ts";
import { durationText, errorText, shorten } from "../text.ts";
import { drawBar, legend, type Scale } from "./bar.ts";
import { type TimelineRow, timelineRows } from "./rows.ts";
import type { Timeline } from "./timeline.ts";

export interface Canvas {
  readonly style: Style;
  /** Characters in a line; unlimited where the output is no terminal, and then no bars are drawn. */
  readonly columns: number;
  readonly unicode: boolean;
  readonly nowMs: number;
}

const WIDEST_LABEL = 40;
const NARROWEST_BAR = 12;
const WIDEST_BAR = 48;
const NARROWEST_RESULT = 16;
const LONGEST_RESULT = 200;
const LONGEST_ERROR = 500;
const GAP = 2;

/** A timeline as a table with a bar for each line, and below it the errors in full. */
export function renderTimeline(timeline: Timeline, canvas: Canvas): string {
  const { style, columns: lineWidth, nowMs } = canvas;
  const rows = timelineRows(timeline, nowMs);
  if (rows.length === 0) return "No operations yet.\n";
  const all = rows.map((row) => fixedCells(row, timeline, canvas));
  const kept = keptColumns(all, lineWidth);
  const fixed = all.map((cells) => cells.filter((_, i) => kept[i]));
  const titles = COLUMNS.filter((_, i) => kept[i]);
  const scale = {
    startMs: timeline.startMs,
    endMs: timeline.endMs ?? nowMs,
    width: barWidth(fixed, titles, lineWidth),
  };
  const columns = scale.width === 0 ? [...titles, RESULT] : [...titles, { title: axis(scale) }, RESULT];
  const cells = rows.map((row, i) => [
    ...fixed[i]!,
    ...(scale.width === 0 ? [] : [barCell(row, scale, canvas)]),
    resultCell(row, style),
  ]);
  const key = scale.width === 0 ? "" : `${style.faint(legend(canvas.unicode))}\n`;
  return table(columns, cells, { lineWidth, titlePaint: style.faint }) + key + errorLines(rows, style);
}

const RESULT: Column = { title: "RESULT" };
const COLUMNS: readonly Column[] = [
  { title: "OPERATION" },
  { title: "TYPE" },
  { title: "STATUS" },
  { title: "AT", align: "right" },
  { title: "TOOK", align: "right" },
];

/** Their places in COLUMNS. */
const TYPE = 1;
const AT = 3;

/** All but the bar and the result. */
function fixedCells(row: TimelineRow, timeline: Timeline, { style, unicode, nowMs }: Canvas): Cell[] {
  const times = row.attempts > 1 ? ` ${unicode ? "×" : "x"}${row.attempts}` : "";
  const paint = isInvocation(row) ? style.faint : style.strong;
  const endMs = row.endMs ?? timeline.endMs ?? nowMs;
  return [
    { text: "  ".repeat(row.depth) + shorten(row.label, WIDEST_LABEL), paint },
    { text: row.type, paint: style.faint },
    { text: row.status + times, paint: statusPaint(style, row.status) },
    { text: `+${durationText(Math.max(row.startMs - timeline.startMs, 0))}` },
    { text: durationText(Math.max(endMs - row.startMs, 0)) },
  ];
}

/** Which columns a line has room for: on a narrow terminal those go first that say least. */
function keptColumns(cells: readonly (readonly Cell[])[], lineWidth: number): boolean[] {
  const widths = widthsOf(cells, COLUMNS);
  const kept = widths.map(() => true);
  for (const least of [TYPE, AT]) {
    const used = widths.reduce((sum, width, i) => sum + (kept[i] ? width + GAP : 0), NARROWEST_RESULT);
    if (used > lineWidth) kept[least] = false;
  }
  return kept;
}

function widthsOf(cells: readonly (readonly Cell[])[], columns: readonly Column[]): number[] {
  return columns.map(({ title }, i) =>
    cells.reduce((most, row) => Math.max(most, row[i]!.text.length), title.length),
  );
}

/** What the other columns leave; 0 when that is too little to say anything. */
function barWidth(
  fixed: readonly (readonly Cell[])[],
  columns: readonly Column[],
  lineWidth: number,
): number {
  if (lineWidth === Number.POSITIVE_INFINITY) return 0;
  const used = widthsOf(fixed, columns).reduce((sum, width) => sum + width + GAP, 0);
  const left = lineWidth - used - GAP - NARROWEST_RESULT;
  return left < NARROWEST_BAR ? 0 : Math.min(left, WIDEST_BAR);
}

/** The bars' scale as their title: `0        2.4 s`. */
function axis({ startMs, endMs, width }: Scale): string {
  return `0${durationText(endMs - startMs).padStart(width - 1)}`;
}

function barCell(row: TimelineRow, scale: Scale, { style, unicode }: Canvas): Cell {
  const paint = isInvocation(row) ? style.faint : statusPaint(style, row.status);
  return { text: drawBar(row.spans, scale, unicode), paint };
}

function resultCell({ error, result }: TimelineRow, style: Style): Cell {
  if (error) return { text: shorten(errorText(error), LONGEST_RESULT), paint: style.bad };
  return { text: shorten(result ?? "", LONGEST_RESULT), paint: style.faint };
}

function isInvocation({ type }: TimelineRow): boolean {
  return type === "Invocation";
}

function errorLines(rows: readonly TimelineRow[], style: Style): string {
  const lines = rows
    .filter(({ error }) => error)
    .map(
      ({ label, error }) =>
        `  ${style.strong(shorten(label, WIDEST_LABEL))}: ${shorten(errorText(error!), LONGEST_ERROR)}`,
    );
  return lines.length === 0 ? "" : `\n${style.bad("Errors")}\n${lines.join("\n")}\n`;
}
