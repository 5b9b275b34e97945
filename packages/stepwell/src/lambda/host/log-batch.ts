import type { LogLine, LogSink } from "./host.ts";

/** Collects the lines of one turn of the event loop for a sink: a flood of small lines is then few calls. */
export class LogBatch {
  readonly #sink: LogSink | undefined;
  #lines: LogLine[] = [];

  constructor(sink: LogSink | undefined) {
    this.#sink = sink;
  }

  /** The sink has the line before whoever awaits the invocation goes on: the microtask is queued before theirs. */
  add(line: LogLine): void {
    if (!this.#sink || this.#lines.push(line) > 1) return;
    queueMicrotask(() => {
      const lines = this.#lines;
      this.#lines = [];
      this.#sink?.(lines);
    });
  }
}
