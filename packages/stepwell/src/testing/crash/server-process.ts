import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/stepwell.js", import.meta.url));
const EMPTY_APP = fileURLToPath(new URL("./empty-app", import.meta.url));
const FAST_CLOCK = new URL("./fast-clock.mjs", import.meta.url).href;

/** How much faster than the machine's the clock of the server runs: a retry after a minute takes two seconds. */
const SPEED = 30;

/** A real `stepwell dev` process. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Where it listens; empty when it was gone before it was ready. */
  readonly ready: Promise<string>;
  /** Resolves when the process is gone, however it went, to its exit code. */
  readonly gone: Promise<number | null>;
  /** What it has written to standard error so far. */
  readonly stderr: () => string;
  /** `kill -9`. */
  kill(): void;
  /** Asks it to stop, once: asked twice, it would end where it stands. */
  stop(): void;
}

export interface ServerProcessOptions {
  readonly data: string;
  /** The server's clock has been fast since then. */
  readonly startMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `stepwell dev` on any free port. */
export function startServer({ data, startMs, env }: ServerProcessOptions): ServerProcess {
  const argv = ["--import", FAST_CLOCK, BIN, "dev", EMPTY_APP, "--data", data, "--port", "0"];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...env, CRASH_TEST_CLOCK: `${startMs},${SPEED}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let asked = false;
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const gone = once(child, "exit").then(([code]) => code as number | null);
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^ready (\S+)/.exec(line);
      if (match) resolve(match[1]!);
    });
  });
  return {
    child,
    gone,
    ready: Promise.race([listening, gone.then(() => "")]),
    stderr: () => stderr,
    kill: () => void child.kill("SIGKILL"),
    stop() {
      if (!asked) child.kill("SIGTERM");
      asked = true;
    },
  };
}

/** The processes whose working directory is inside a folder: hosts run in the folder of their functions' code. */
export function processesIn(folder: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readlinkSync(`/proc/${name}/cwd`).startsWith(folder) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
