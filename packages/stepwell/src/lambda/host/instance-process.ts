import { type Clock, RealClock, type Timer } from "../../kernel/clock.ts";
import { type ChildOptions, HostChild } from "./child-process.ts";
import type { Instance } from "./instance.ts";
import type { InstanceSetup } from "./protocol.ts";

const realClock = new RealClock();
/** How long a thread may take to end before its process is given up. JavaScript ends at once; a native call may not. */
const TERMINATION_MS = 1000;

/** A child process and the instances in it. */
export class InstanceProcess {
  readonly #child: HostChild;
  readonly #clock: Clock;
  readonly #instances = new Map<number, Instance>();
  readonly #terminations = new Map<Instance, Timer>();
  #nextNumber = 1;
  #watched = false;
  /** A debugger may be attached to it. */
  debugged = false;
  /** It takes no new instances. */
  condemned = false;
  /** Since when it has held no instance. */
  emptySinceMs: number;
  readonly exited: Promise<void>;

  /** `sampled`: which instances wait on I/O has been looked at anew. */
  constructor(options: ChildOptions, clock: Clock, sampled: () => void) {
    this.#clock = clock;
    this.emptySinceMs = clock.now();
    let markExited!: () => void;
    this.exited = new Promise((resolve) => {
      markExited = resolve;
    });
    this.#child = new HostChild(options, {
      ready: (debugged) => {
        this.debugged = debugged;
      },
      instanceExited: (number, end) => this.#ended(number).threadEnded(end),
      waiting: (numbers) => {
        for (const [number, instance] of this.#instances) instance.waitsForIo = numbers.includes(number);
        sampled();
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

  start(instance: Instance, setup: InstanceSetup, environment: Readonly<Record<string, string>>): void {
    const number = this.#nextNumber++;
    this.#instances.set(number, instance);
    this.#child.start(number, setup, environment, instance.code.memoryMb);
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

  /** Kills a condemned process in which nothing runs any more. */
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
    this.#terminations.get(instance)?.cancel();
    this.#terminations.delete(instance);
    if (this.#instances.size === 0) this.emptySinceMs = this.#clock.now();
    return instance;
  }
}
