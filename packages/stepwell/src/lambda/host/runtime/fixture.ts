import { chmodSync } from "node:fs";
import { join } from "node:path";
import { HostFixture, testCode } from "../fixture.ts";
import type { FunctionCode } from "../host.ts";

/** For tests of functions in other languages than JavaScript. */
export class RuntimeFixture extends HostFixture {
  #functions = 0;

  /** Writes a module and returns the function whose handler is its `handler`. */
  python(text: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
    return this.write(`module${this.#functions++}.py`, text, { runtime: "python3.12", ...overrides });
  }

  /** Writes a `bootstrap` into a folder of its own. */
  bootstrap(text: string, overrides: Partial<FunctionCode> = {}): FunctionCode {
    const name = `own${this.#functions++}`;
    this.write(`${name}/bootstrap`, text);
    chmodSync(join(this.folder, name, "bootstrap"), 0o755);
    const folder = join(this.folder, name);
    return testCode(folder, { functionName: name, runtime: "provided.al2023", ...overrides });
  }
}
