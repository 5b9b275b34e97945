/** A stretch of time: somebody's code ran, or was to run and had no instance yet, something was waited for, or it lies around others that did. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: "run" | "queue" | "wait" | "around";
}

export interface Scale {
  readonly startMs: number;
  readonly endMs: number;
  /** In characters. */
  readonly width: number;
}

const GLYPHS = {
  unicode: { run: "█", queue: "▒", wait: "░", around: "─" },
  ascii: { run: "#", queue: "=", wait: ".", around: "-" },
} as const;

/** Spans drawn to scale. Each is at least one character wide; code that ran hides what is behind it. */
export function drawBar(spans: readonly Span[], scale: Scale, unicode: boolean): string {
  const glyphs = GLYPHS[unicode ? "unicode" : "ascii"];
  const cells = new Array<string>(scale.width).fill(" ");
  const layers = (["around", "wait", "queue", "run"] as const).map((kind) =>
    spans.filter((span) => span.kind === kind),
  );
  for (const { startMs, endMs, kind } of layers.flat()) {
    const from = Math.min(Math.floor(position(startMs, scale)), scale.width - 1);
    const to = Math.max(Math.ceil(position(endMs, scale)), from + 1);
    cells.fill(glyphs[kind], from, to);
  }
  return cells.join("").trimEnd();
}

/** What the characters of bars mean. */
export function legend(unicode: boolean): string {
  const { run, queue, wait } = GLYPHS[unicode ? "unicode" : "ascii"];
  return `${run} runs  ${queue} queued  ${wait} waits`;
}

function position(atMs: number, { startMs, endMs, width }: Scale): number {
  const share = (atMs - startMs) / Math.max(endMs - startMs, 1);
  return Math.min(Math.max(share, 0), 1) * width;
}
