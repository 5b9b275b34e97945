import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess, waitForOutput } from "../lib/processes.mjs";

export const STEPWELL = fileURLToPath(new URL("../../packages/stepwell/bin/stepwell.js", import.meta.url));
export const WORKLOADS_APP = fileURLToPath(new URL("../apps/workloads", import.meta.url));

/** `stepwell dev` on an app, with its data in `folder`. Resolves when it says that it is ready. */
export function startServer({ app = WORKLOADS_APP, folder, port = 0, env = {} }) {
  const args = [STEPWELL, "dev", app, "--port", String(port), "--data", join(folder, "data")];
  return startStepwell(args, { folder, env });
}

/** A Node.js process that says `ready URL` on a line of its own. */
export async function startStepwell(args, { folder, env = {}, ipc = false }) {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, "log");
  const child = startProcess(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    logFile,
    ipc,
  });
  const [, url] = await waitForOutput(child, /^ready (\S+)/m, logFile);
  return { child, url, storeText: () => storeText(logFile) };
}

/** What the server says of its store: it decides by a probe of its own whether a thread writes. */
function storeText(logFile) {
  const [, text] = /^ +data +\S+ \((.*)\)$/m.exec(readFileSync(logFile, "utf8")) ?? [];
  return text === undefined ? "SQLite" : `SQLite (${text})`;
}
