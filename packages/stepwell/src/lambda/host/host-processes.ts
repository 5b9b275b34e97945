import type { FunctionCode } from "./host.ts";
import type { Instance } from "./instance.ts";

/** A process that holds instances. */
export interface HostProcess {
  /** A debugger may be attached to it. */
  readonly debugged: boolean;
  /** Starts an instance in it; `logStream` is where the instance's lines go. */
  start(instance: Instance, logStream: string): void;
  /** Ends an instance that runs nothing any more, or that must not go on. */
  terminate(instance: Instance): void;
  /** Kills it if it takes no new instances and nothing runs in it any more. */
  killIfUseless(): void;
}

/** One way to run instances. */
export interface HostProcesses {
  /** The process for another instance of a function, started if need be. */
  of(code: FunctionCode): HostProcess;
  /** Whether to keep `waitsForIo` of all instances up to date. */
  watch(on: boolean): void;
  /** Ends the processes that have been empty for as long as `expired` says of the time since when they are. */
  sweep(expired: (sinceMs: number) => boolean): void;
  /** Ends all of them; resolves when none is left. */
  kill(): Promise<void>;
}
