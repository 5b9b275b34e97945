import { RealClock } from "../../../kernel/clock.ts";
import type { ServerAccess } from "../environment.ts";
import type { FunctionCode } from "../host.ts";
import type { HostProcess, HostProcesses } from "../host-processes.ts";
import { OrphanGuard } from "./orphan-guard.ts";
import { RuntimeProcess } from "./runtime-process.ts";

interface RuntimeProcessesOptions {
  readonly access: () => ServerAccess;
  /** Called when it has been looked at anew which instances wait on I/O. */
  readonly sampled: () => void;
}

const LOOK_EVERY_MS = 50;
const clock = new RealClock();

/** The processes that speak the Runtime API, one for each instance. What they use is looked at while any does something. */
export class RuntimeProcesses implements HostProcesses {
  readonly #options: RuntimeProcessesOptions;
  readonly #guard = new OrphanGuard();
  readonly #all = new Set<RuntimeProcess>();
  #watched = false;
  #willLook = false;
  #lookedAtMs = 0;

  constructor(options: RuntimeProcessesOptions) {
    this.#options = options;
  }

  of(code: FunctionCode): HostProcess {
    const { access } = this.#options;
    const process = new RuntimeProcess({
      code,
      guard: this.#guard,
      access,
      woke: () => this.#lookLater(),
    });
    this.#all.add(process);
    void process.exited.then(() => this.#all.delete(process));
    return process;
  }

  watch(on: boolean): void {
    if (this.#watched === on) return;
    this.#watched = on;
    if (!on) for (const process of this.#all) process.unwatch();
    if (on && this.#all.size > 0) this.#lookLater();
  }

  /** None is ever empty: each goes with its instance. */
  sweep(): void {}

  async kill(): Promise<void> {
    for (const process of this.#all) process.kill();
    await Promise.all([...this.#all].map((process) => process.exited));
    this.#guard.close();
  }

  #lookLater(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    this.#lookedAtMs = clock.monotonicMs();
    clock.at(clock.now() + LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    this.#willLook = false;
    const elapsedMs = clock.monotonicMs() - this.#lookedAtMs;
    const running = [...this.#all].filter((process) => process.running);
    for (const process of running) {
      if (this.#watched) process.sample(elapsedMs);
      else process.look();
    }
    if (running.length > 0) this.#lookLater();
    if (this.#watched) this.#options.sampled();
  }
}
