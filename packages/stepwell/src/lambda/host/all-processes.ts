import type { FunctionCode } from "./host.ts";
import type { HostProcess, HostProcesses } from "./host-processes.ts";
import { Processes, type ProcessesOptions } from "./processes.ts";
import { RuntimeProcesses } from "./runtime/runtime-processes.ts";
import { runtimeKind } from "./runtimes.ts";

/**
 * Chooses by a function's runtime what its instances run in: Node.js code in threads of a process that the code's
 * folder shares, everything else in processes of their own that speak the Runtime API.
 */
export class AllProcesses implements HostProcesses {
  readonly #node: HostProcesses;
  readonly #others: HostProcesses;

  constructor(options: ProcessesOptions) {
    this.#node = new Processes(options);
    this.#others = new RuntimeProcesses(options);
  }

  of(code: FunctionCode): HostProcess {
    const { runtime } = code;
    const node = runtime === undefined || runtimeKind(runtime) === "node";
    return (node ? this.#node : this.#others).of(code);
  }

  watch(on: boolean): void {
    this.#node.watch(on);
    this.#others.watch(on);
  }

  sweep(expired: (sinceMs: number) => boolean): void {
    this.#node.sweep(expired);
    this.#others.sweep(expired);
  }

  async kill(): Promise<void> {
    await Promise.all([this.#node.kill(), this.#others.kill()]);
  }
}
