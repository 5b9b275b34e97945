import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";
import { type ChildOptions, HostChild } from "./child-process.ts";
import type { HostProcess } from "./host-processes.ts";
import type { Instance } from "./instance.ts";
import type { InstanceListener } from "./instance-listener.ts";

const realClock = new RealClock();
/** How long a thread may take to end before its process is given up. JavaScript ends at once; a native call may not. */
const TERMINATION_MS = 1000;

interface InstanceProcessOptions {
  readonly child: ChildOptions;
  readonly clock: Clock;
  /** Where the instances connect. */
  readonly listener: InstanceListener;
  readonly environmentOf: (instance: Instance, logStream: string) => Readonly<Record<string, string>>;
  /** Called when it has been looked at anew which instances wait on I/O. */
  readonly sampled: () => void;
}

/** A child process and the instances in it. */
export class InstanceProcess implements HostProcess {
  readonly #options: InstanceProcessOptions;
  readonly #child: HostChild;
  readonly #instances = new Map<number, Instance>();
  readonly #tokens = new Map<number, string>();
  readonly #terminations = new Map<Instance, Timer>();
  #nextNumber = 1;
  #watched = false;
  debugged = false;
  /** It takes no new instances. */
  condemned = false;
  /** Since when it has held no instance. */
  emptySinceMs: number;
  readonly exited: Promise<void>;

  constructor(options: InstanceProcessOptions) {
    this.#options = options;
    this.emptySinceMs = options.clock.now();
    let markExited!: () => void;
    this.exited = new Promise((resolve) => {
      markExited = resolve;
    });
    this.#child = new HostChild(options.child, {
      ready: (debugged) => {
        this.debugged = debugged;
      },
      instanceExited: (number, end) => this.#ended(number).threadEnded(end),
      waiting: (numbers) => {
        for (const [number, instance] of this.#instances) instance.waitsForIo = numbers.includes(number);
        options.sampled();
      },
      output: (text) => this.#output(text),
      exited: (end) => {
        this.condemned = true;
        for (const number of [...this.#instances.keys()]) this.#ended(number).processEnded(end);
        markExited();
      },
    });
  }

  get isEmpty(): boolean {
    return this.#instances.size === 0;
  }

  start(instance: Instance, logStream: string): void {
    const { listener, environmentOf } = this.#options;
    const { handler, folder, functionName, version, memoryMb, logGroup } = instance.code;
    const number = this.#nextNumber++;
    const token = listener.expect(instance);
    this.#instances.set(number, instance);
    this.#tokens.set(number, token);
    const where = { socketPath: listener.path, token, handler, folder };
    const setup = { ...where, functionName, version, memoryMb, logGroup, logStream };
    this.#child.start(number, setup, environmentOf(instance, logStream), memoryMb);
  }

  /** Ends an instance's thread. If it does not end, the process is replaced, and killed once nothing else runs in it. */
  terminate(instance: Instance): void {
    const number = this.#numberOf(instance);
    if (number === undefined || this.#terminations.has(instance)) return;
    this.#child.terminate(number);
    const giveUp = () => {
      this.condemned = true;
      this.killIfUseless();
    };
    this.#terminations.set(instance, realClock.at(realClock.now() + TERMINATION_MS, giveUp));
  }

  killIfUseless(): void {
    if (!this.condemned) return;
    for (const instance of this.#instances.values())
      if (instance.starting || instance.runningCount > 0) return;
    this.kill();
  }

  kill(): void {
    this.condemned = true;
    this.#child.kill();
  }

  /** Whether to keep `waitsForIo` of its instances up to date. */
  watch(on: boolean): void {
    if (this.#watched === on) return;
    this.#watched = on;
    this.#child.watch(on);
    if (!on) for (const instance of this.#instances.values()) instance.waitsForIo = false;
  }

  /** What was written past the instances' own streams most likely comes from the code that was run last. */
  #output(text: string): void {
    let latest: Instance | undefined;
    for (const instance of this.#instances.values()) {
      if (!latest || instance.latestInvocation >= latest.latestInvocation) latest = instance;
    }
    latest?.output(text);
  }

  #numberOf(instance: Instance): number | undefined {
    for (const [number, other] of this.#instances) if (other === instance) return number;
    return undefined;
  }

  #ended(number: number): Instance {
    const instance = this.#instances.get(number)!;
    this.#instances.delete(number);
    this.#options.listener.forget(this.#tokens.get(number)!);
    this.#tokens.delete(number);
    this.#terminations.get(instance)?.cancel();
    this.#terminations.delete(instance);
    if (this.#instances.size === 0) this.emptySinceMs = this.#options.clock.now();
    return instance;
  }
}
