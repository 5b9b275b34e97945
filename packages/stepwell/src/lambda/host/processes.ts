import { statSync } from "node:fs";
import type { Clock } from "../../kernel/clock.ts";
import { processEnvironment } from "./environment.ts";
import type { FunctionCode } from "./host.ts";
import { InstanceProcess } from "./instance-process.ts";

export interface ProcessesOptions {
  readonly clock: Clock;
  /** Node's own arguments for child processes. */
  readonly execArgv: readonly string[];
  readonly compileCacheFolder: string | undefined;
  /** Called when it has been looked at anew which instances wait on I/O. */
  readonly sampled: () => void;
}

/** The child processes: one for each code folder and set of variables that only a process can have. */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #all = new Map<InstanceProcess, string>();
  #watched = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** The process for a function's instances, started if need be. */
  of(code: FunctionCode): InstanceProcess {
    const environment = processEnvironment(code, this.#options.compileCacheFolder);
    // A folder that was removed and made anew is another one: a process in the old one has no working directory.
    const identity = statSync(code.folder, { throwIfNoEntry: false })?.ino;
    const key = JSON.stringify([code.folder, identity, environment]);
    for (const [process, other] of this.#all) if (other === key && !process.condemned) return process;
    const { clock, execArgv, sampled } = this.#options;
    const process = new InstanceProcess({ folder: code.folder, environment, execArgv }, clock, sampled);
    this.#all.set(process, key);
    process.watch(this.#watched);
    void process.exited.then(() => this.#all.delete(process));
    return process;
  }

  /** Whether to keep `waitsForIo` of all instances up to date. */
  watch(on: boolean): void {
    if (this.#watched === on) return;
    this.#watched = on;
    for (const process of this.#all.keys()) process.watch(on);
  }

  /** Ends the processes that have been empty for as long as `expired` says of the time since when they are. */
  sweep(expired: (sinceMs: number) => boolean): void {
    for (const process of this.#all.keys())
      if (process.isEmpty && expired(process.emptySinceMs)) process.kill();
  }

  /** Ends all of them; resolves when none is left. */
  async kill(): Promise<void> {
    const processes = [...this.#all.keys()];
    for (const process of processes) process.kill();
    await Promise.all(processes.map((process) => process.exited));
  }
}
