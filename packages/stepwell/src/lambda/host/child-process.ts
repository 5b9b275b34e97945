import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FunctionError } from "./host.ts";
import type { FromChild, InstanceSetup, ThreadEnd, ToChild } from "./protocol.ts";
import type { RuntimeEnd } from "./runtime-errors.ts";

/** From source the entry is a .ts file that Node strips, in the package it is .js. */
const ENTRY = fileURLToPath(new URL(`./child/main${extname(import.meta.url)}`, import.meta.url));

export interface ChildOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Node's own arguments, such as `--inspect`. */
  readonly execArgv: readonly string[];
}

/** What the rest of the host hears of a child. */
export interface ChildEvents {
  ready(debugged: boolean): void;
  instanceExited(instance: number, end: ThreadEnd): void;
  waiting(instances: readonly number[]): void;
  /** Written to file descriptor 1 or 2 by something other than the instances' own console and streams. */
  output(text: string): void;
  exited(end: RuntimeEnd): void;
}

/** The process that holds the instances of one code folder. */
export class HostChild {
  readonly #process: ChildProcess;
  #exited = false;

  constructor(options: ChildOptions, events: ChildEvents) {
    this.#process = fork(ENTRY, [], {
      cwd: options.folder,
      env: { ...options.environment },
      execArgv: [...options.execArgv],
      // A group of its own: Ctrl-C in the terminal is for the server, and what a handler spawned dies with the child.
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#process.on("message", (message) => this.#receive(message as FromChild, events));
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => events.output(text));
    }
    const exited = (end: RuntimeEnd) => {
      if (this.#exited) return;
      this.#exited = true;
      events.exited(end);
    };
    this.#process.on("exit", (exitCode, signal) => {
      this.kill();
      exited(signal === null ? { exitCode: exitCode ?? 1 } : { signal });
    });
    this.#process.on("error", (error) => {
      // With a process id, it is a message that could not be sent to a process that is about to be heard of.
      if (this.#process.pid === undefined) exited({ startError: startError(options.folder, error) });
    });
  }

  start(
    instance: number,
    setup: InstanceSetup,
    environment: Readonly<Record<string, string>>,
    memoryMb: number,
  ): void {
    this.#send({ kind: "start", instance, setup, environment, memoryMb });
  }

  terminate(instance: number): void {
    this.#send({ kind: "terminate", instance });
  }

  watch(on: boolean): void {
    this.#send({ kind: "watch", on });
  }

  /** Ends the process and whatever it started, at once. */
  kill(): void {
    const pid = this.#process.pid;
    if (pid === undefined || this.#exited) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // It has gone by itself.
    }
  }

  #send(message: ToChild): void {
    // A child that has just died is heard of by "exit"; the message has nobody left to act on it.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #receive(message: FromChild, events: ChildEvents): void {
    switch (message.kind) {
      case "ready":
        return events.ready(message.debugged);
      case "exited":
        return events.instanceExited(message.instance, message.end);
      case "waiting":
        return events.waiting(message.instances);
    }
  }
}

/** Named as Lambda names a working directory that is not there, and a sandbox that does not come up. */
function startError(folder: string, error: Error): FunctionError {
  return existsSync(folder)
    ? {
        errorType: "Sandbox.Failure",
        errorMessage: `Error: the process for ${folder} did not start: ${error.message}`,
      }
    : {
        errorType: "Runtime.InvalidWorkingDir",
        errorMessage: `Error: chdir ${folder}: no such file or directory`,
      };
}
