import { readFileSync } from "node:fs";

/** One run of a body: which server's host it ran in, what it was and which. */
interface Effect {
  readonly server: number;
  readonly what: string;
  readonly which: readonly (string | number)[];
}

/** What functions have written down of what they did, in order. */
export class EffectRecord {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  read(): readonly Effect[] {
    let text = "";
    try {
      text = readFileSync(this.file, "utf8");
    } catch {
      // Nothing has run yet.
    }
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [server, what, ...which] = JSON.parse(line) as [number, string, ...(string | number)[]];
        return { server, what, which };
      });
  }

  /** How often something was done. */
  count(what: string, ...which: readonly (string | number)[]): number {
    const wanted = JSON.stringify(which);
    return this.read().filter((one) => one.what === what && JSON.stringify(one.which) === wanted).length;
  }
}
