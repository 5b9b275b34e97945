import { type ChildProcess, spawn } from "node:child_process";
import { functionEnvironment, type ServerAccess } from "../environment.ts";
import type { FunctionCode, FunctionError } from "../host.ts";
import type { HostProcess } from "../host-processes.ts";
import type { Instance } from "../instance.ts";
import type { HandlerOutcome } from "../protocol.ts";
import type { RuntimeEnd } from "../runtime-errors.ts";
import type { OrphanGuard } from "./orphan-guard.ts";
import { OutputLines } from "./output-lines.ts";
import { processUsage } from "./process-usage.ts";
import { RuntimeApi } from "./runtime-api.ts";
import { type RuntimeCommand, runtimeCommand, startError } from "./runtime-command.ts";

export interface RuntimeProcessOptions {
  readonly code: FunctionCode;
  readonly guard: OrphanGuard;
  readonly access: () => ServerAccess;
  /** It is about to do something: it should be looked at from now on. */
  readonly woke: () => void;
}

const MB = 1024 * 1024;
/** A process that used the processor for less than this part of the time waits on I/O, as far as bounds are concerned. */
const BUSY_SHARE = 0.5;

/** A process that speaks the Runtime API: it is one instance. */
export class RuntimeProcess implements HostProcess {
  readonly debugged = false;
  readonly exited: Promise<void>;
  readonly #options: RuntimeProcessOptions;
  readonly #api: RuntimeApi;
  readonly #lines: readonly OutputLines[];
  #markExited!: () => void;
  #instance!: Instance;
  #child: ChildProcess | undefined;
  #killed = false;
  #outOfMemory = false;
  #mostBytes = 0;
  #cpuMs = 0;

  constructor(options: RuntimeProcessOptions) {
    this.#options = options;
    this.exited = new Promise((resolve) => {
      this.#markExited = resolve;
    });
    this.#lines = [1, 2].map(() => new OutputLines((line) => this.#instance.output(line)));
    const events = {
      ready: () => this.#instance.received([{ kind: "loaded" }]),
      answered: (id: number, outcome: HandlerOutcome) => afterOutput(() => this.#answered(id, outcome)),
      initFailed: (error: FunctionError) => {
        this.#instance.received([{ kind: "loadFailed", error }]);
        this.kill();
      },
    };
    this.#api = new RuntimeApi(events, options.code.concurrency);
  }

  start(instance: Instance, logStream: string): void {
    this.#instance = instance;
    const { woke } = this.#options;
    instance.connected({
      send: (message) => {
        woke();
        this.#api.send(message);
      },
    });
    woke();
    void this.#start(logStream);
  }

  terminate(): void {
    this.kill();
  }

  /** Its only instance has been ended already if it is of no use. */
  killIfUseless(): void {}

  /** Ends it and whatever it started, at once. */
  kill(): void {
    this.#killed = true;
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // It has gone by itself.
    }
  }

  /** Whether it does something. */
  get running(): boolean {
    return this.#instance.starting || this.#instance.runningCount > 0;
  }

  /** Looks at what it uses: more memory than its function has ends it. */
  look(): void {
    if (this.#measure() <= this.#options.code.memoryMb * MB) return;
    this.#outOfMemory = true;
    this.kill();
  }

  /** Tells its instance whether it waited on I/O since it was looked at last; where the system does not tell, it did. */
  sample(elapsedMs: number): void {
    const before = this.#cpuMs;
    this.look();
    this.#instance.waitsForIo = this.#cpuMs - before < BUSY_SHARE * elapsedMs;
  }

  unwatch(): void {
    this.#instance.waitsForIo = false;
  }

  async #start(logStream: string): Promise<void> {
    const { code, access } = this.#options;
    try {
      const address = await this.#api.listen();
      if (this.#killed) return this.#ended({ signal: "SIGKILL" });
      const command = runtimeCommand(code);
      if ("error" in command) return this.#ended({ startError: command.error });
      this.#spawn(command, {
        ...functionEnvironment(code, logStream, access()),
        AWS_LAMBDA_RUNTIME_API: address,
        LAMBDA_RUNTIME_DIR: command.folder,
        ...(code.concurrency > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: String(code.concurrency) } : {}),
      });
    } catch (error) {
      const errorMessage = `Error: the Runtime API of ${code.functionName} did not start: ${(error as Error).message}`;
      this.#ended({ startError: { errorType: "Sandbox.Failure", errorMessage } });
    }
  }

  #spawn(command: RuntimeCommand, env: Record<string, string>): void {
    const { code, guard } = this.#options;
    const failed = (error: Error) => this.#ended({ startError: startError(code, command, error) });
    let child: ChildProcess;
    guard.open();
    try {
      // A group of its own: Ctrl-C in the terminal is for the server, and what a function started dies with it.
      const detached = process.platform !== "win32";
      const stdio = ["ignore", "pipe", "pipe"] as const;
      child = spawn(command.file, [...command.arguments], {
        cwd: code.folder,
        env,
        detached,
        stdio: [...stdio],
      });
    } catch (error) {
      return failed(error as Error);
    }
    child.on("error", (error) => {
      if (child.pid === undefined) failed(error);
    });
    if (child.pid === undefined) return;
    const group = child.pid;
    this.#child = child;
    guard.add(group);
    for (const [at, stream] of [child.stdout!, child.stderr!].entries()) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#lines[at]!.push(text));
    }
    child.on("exit", (exitCode, signal) => {
      this.kill();
      guard.remove(group);
      const end = signal === null ? { exitCode: exitCode ?? 1 } : { signal };
      afterOutput(() => this.#ended(this.#outOfMemory ? { outOfMemory: true } : end));
    });
  }

  #answered(id: number, outcome: HandlerOutcome): void {
    for (const lines of this.#lines) lines.flush();
    this.#measure();
    const memoryMb = Math.ceil(this.#mostBytes / MB);
    this.#instance.received([{ kind: "result", id, outcome, memoryMb, droppedLogBytes: 0 }]);
  }

  #ended(end: RuntimeEnd): void {
    for (const lines of this.#lines) lines.flush();
    this.#api.close();
    this.#markExited();
    this.#instance.processEnded(end, this.#api.begun);
    this.#instance.disconnected();
  }

  /** In bytes of memory, now. */
  #measure(): number {
    const usage = this.#child?.pid === undefined ? undefined : processUsage(this.#child.pid);
    if (!usage) return 0;
    this.#cpuMs = usage.cpuMs;
    this.#mostBytes = Math.max(this.#mostBytes, usage.residentBytes);
    return usage.residentBytes;
  }
}

/**
 * Runs `act` once what the process wrote before has been read: it was readable before whatever is acted on, so the
 * event loop comes by it in the same turn.
 */
function afterOutput(act: () => void): void {
  setImmediate(act);
}
