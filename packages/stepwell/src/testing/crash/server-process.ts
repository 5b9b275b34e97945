import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/stepwell.js", import.meta.url));

/** A real `stepwell dev` process. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  readonly stderr: () => string;
  /** Resolves when the process is gone, however it went. */
  readonly gone: Promise<void>;
  kill(): void;
}

export interface ServerProcessOptions {
  /** The app's folder. */
  readonly app: string;
  readonly data: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `stepwell dev` on any free port; resolves when it is ready, or gone before that (then `url` is empty). */
export async function startServer({ app, data, env }: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [BIN, "dev", app, "--data", data, "--port", "0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const gone = once(child, "exit").then(() => {});
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^ready (\S+)/.exec(line);
      if (match) resolve(match[1]!);
    });
  });
  const url = await Promise.race([ready, gone.then(() => "")]);
  return { url, child, gone, stderr: () => stderr, kill: () => void child.kill("SIGKILL") };
}
