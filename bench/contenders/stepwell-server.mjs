import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../lib/client.mjs";
import { startProcess, stopProcess, waitForOutput } from "../lib/processes.mjs";
import { versioned } from "../lib/versions.mjs";

const COMMAND = fileURLToPath(new URL("../../packages/stepwell/bin/stepwell.js", import.meta.url));
const W1_APP = fileURLToPath(new URL("../apps/w1", import.meta.url));

/** The real server on an app folder, with its data in `folder`. Resolves when it says that it is ready. */
export async function startServer({ app = W1_APP, folder, env = {} }) {
  mkdirSync(folder);
  const logFile = join(folder, "log");
  const args = [COMMAND, "dev", app, "--port", "0", "--data", join(folder, "data")];
  const server = startProcess(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    logFile,
  });
  const [, url] = await waitForOutput(server, /^ready (\S+)/m, logFile);
  return { pid: server.pid, url, storeText: () => storeText(logFile), stop: () => stopProcess(server) };
}

/** What the server says of its store: it decides by a probe of its own whether a thread writes. */
function storeText(logFile) {
  const [, text] = /^ +data +\S+ \((.*)\)$/m.exec(readFileSync(logFile, "utf8")) ?? [];
  return text === undefined ? "SQLite" : `SQLite (${text})`;
}

/** A contender that runs the workloads as the functions in `functions`, by workload name. */
export function stepwellContender({ name, sdk, functions }) {
  return {
    name,
    label: `${versioned("stepwell")} with ${versioned(sdk)}`,
    profiled: true,
    async start({ folder, peersFolder, connections, functionConcurrency, env }) {
      const server = await startServer({
        folder,
        env: { ...env, BENCH_FUNCTION_CONCURRENCY: String(functionConcurrency) },
      });
      const client = await openClient(peersFolder, server.url, connections);
      return {
        pids: [server.pid],
        settings: () => `default host, function concurrency ${functionConcurrency}, ${server.storeText()}`,
        run: (workflow) =>
          client.post(`/2015-03-31/functions/${functions[workflow]}:$LATEST/invocations`, {}, "{}"),
        async stop() {
          await client.close();
          await server.stop();
        },
      };
    },
  };
}
