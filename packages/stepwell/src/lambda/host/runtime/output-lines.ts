/** A line longer than this is passed on in pieces; CloudWatch Logs takes events of 1 MB. */
const LONGEST_LINE = 256 * 1024;

/** Cuts what a process writes into lines, each of which becomes one event of its log. */
export class OutputLines {
  readonly #deliver: (line: string) => void;
  #rest = "";

  /** `deliver` gets each line with its end. */
  constructor(deliver: (line: string) => void) {
    this.#deliver = deliver;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#deliver(`${line}\n`);
    if (this.#rest.length >= LONGEST_LINE) this.flush();
  }

  /** Passes on what has no end of line yet. */
  flush(): void {
    if (this.#rest === "") return;
    const line = `${this.#rest}\n`;
    this.#rest = "";
    this.#deliver(line);
  }
}
