import type { Paint } from "./style.ts";
import { shorten } from "./text.ts";

export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

const GAP = 2;
/** The last column is never cut to less. */
const LEAST_WIDTH = 16;

/** Columns as wide as their widest cell, for people; the last one is cut to what is left of the line. */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly Cell[])[],
  { lineWidth, titlePaint }: { readonly lineWidth: number; readonly titlePaint: Paint },
): string {
  const rows = [columns.map(({ title }): Cell => ({ text: title, paint: titlePaint })), ...cells];
  const last = columns.length - 1;
  const widths = columns.map((_, i) => rows.reduce((most, row) => Math.max(most, widthOf(row[i]!.text)), 0));
  const used = widths.slice(0, last).reduce((sum, width) => sum + width + GAP, 0);
  widths[last] = Math.max(lineWidth - used, LEAST_WIDTH);
  const lineOf = (row: readonly Cell[]): string =>
    row
      .map((cell, i) =>
        i === last ? painted(cell, shorten(cell.text, widths[i]!)) : padded(cell, widths[i]!, columns[i]!),
      )
      .join(" ".repeat(GAP))
      .trimEnd();
  return rows.map((row) => `${lineOf(row)}\n`).join("");
}

/** Fields separated by tabs and no titles, for `cut` and `awk`. */
export function plainColumns(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}

function padded(cell: Cell, width: number, { align }: Column): string {
  const space = " ".repeat(Math.max(width - widthOf(cell.text), 0));
  const shown = painted(cell, cell.text);
  return align === "right" ? space + shown : shown + space;
}

function painted({ paint }: Cell, text: string): string {
  return paint && text !== "" ? paint(text) : text;
}

/** In characters, not UTF-16 units; those that take two columns of a terminal count as one. */
function widthOf(text: string): number {
  return [...text].length;
}
