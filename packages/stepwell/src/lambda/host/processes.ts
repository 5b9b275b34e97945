import { statSync } from "node:fs";
import type { Clock } from "../../kernel/clock.ts";
import type { Ids } from "../../kernel/ids.ts";
import { compileCache, functionEnvironment, processEnvironment, type ServerAccess } from "./environment.ts";
import type { FunctionCode } from "./host.ts";
import type { HostProcesses } from "./host-processes.ts";
import { InstanceListener } from "./instance-listener.ts";
import { InstanceProcess } from "./instance-process.ts";

export interface ProcessesOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly access: () => ServerAccess;
  /** Node's own arguments for child processes. */
  readonly execArgv: readonly string[];
  readonly compileCacheFolder: string | undefined;
  /** Called when it has been looked at anew which instances wait on I/O. */
  readonly sampled: () => void;
}

/** The processes of Node.js code: one for each code folder and set of variables that only a process can have. */
export class Processes implements HostProcesses {
  readonly #options: ProcessesOptions;
  readonly #listener: InstanceListener;
  readonly #all = new Map<InstanceProcess, string>();
  #watched = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.#listener = new InstanceListener(options.ids);
  }

  of(code: FunctionCode): InstanceProcess {
    const environment = processEnvironment(code, this.#options.compileCacheFolder);
    // A folder that was removed and made anew is another one: a process in the old one has no working directory.
    const identity = statSync(code.folder, { throwIfNoEntry: false })?.ino;
    const key = JSON.stringify([code.folder, identity, environment]);
    for (const [process, other] of this.#all) if (other === key && !process.condemned) return process;
    const { clock, execArgv, compileCacheFolder, access, sampled } = this.#options;
    const process = new InstanceProcess({
      child: { folder: code.folder, environment, execArgv },
      clock,
      listener: this.#listener,
      environmentOf: (instance, logStream) => ({
        ...functionEnvironment(instance.code, logStream, access()),
        ...compileCache(compileCacheFolder),
      }),
      sampled,
    });
    this.#all.set(process, key);
    process.watch(this.#watched);
    void process.exited.then(() => this.#all.delete(process));
    return process;
  }

  watch(on: boolean): void {
    if (this.#watched === on) return;
    this.#watched = on;
    for (const process of this.#all.keys()) process.watch(on);
  }

  sweep(expired: (sinceMs: number) => boolean): void {
    for (const process of this.#all.keys())
      if (process.isEmpty && expired(process.emptySinceMs)) process.kill();
  }

  async kill(): Promise<void> {
    const processes = [...this.#all.keys()];
    for (const process of processes) process.kill();
    await Promise.all(processes.map((process) => process.exited));
    await this.#listener.close();
  }
}
