import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openClient } from "../lib/client.mjs";
import { forEach } from "../lib/load.mjs";
import { installPackages } from "../lib/peers.mjs";
import {
  freePort,
  killTree,
  startProcess,
  stopProcess,
  waitForOutput,
  waitForUrl,
} from "../lib/processes.mjs";

const SERVICE = fileURLToPath(new URL("./restate-service.mjs", import.meta.url));
const PACKAGES = { "@restatedev/restate-server": "1.7.12", "@restatedev/restate-sdk": "1.17.2" };
const JSON_BODY = { "content-type": "application/json" };
const LANES = 200;
const RETRY_MS = 25;

/** Restate as its documentation runs one node: server and service with default settings, which sync its log to disk. */
export const restate = {
  name: "restate",
  workloads: ["W1", "W2", "W3", "W4", "W5"],
  label: `Restate server ${PACKAGES["@restatedev/restate-server"]}, SDK ${PACKAGES["@restatedev/restate-sdk"]}`,
  host: "a process of its own, over HTTP/2",

  async start({ folder, clientFolder, connections, say }) {
    const peersFolder = installPackages(PACKAGES, say);
    mkdirSync(folder, { recursive: true });
    const ports = {
      node: await freePort(),
      ingress: await freePort(),
      admin: await freePort(),
      service: await freePort(),
    };
    let processes = await startProcesses(peersFolder, folder, ports);
    await register(ports);
    const client = await openClient(clientFolder, `http://127.0.0.1:${ports.ingress}`, connections);
    const started = [];
    return {
      run: ({ workload, ...input }) => client.post(`/bench/${workload}`, JSON_BODY, JSON.stringify(input)),
      startAll: (inputs) =>
        forEach(inputs.length, LANES, async (i) => {
          const { workload, ...input } = inputs[i];
          const headers = { ...JSON_BODY, "idempotency-key": `${workload}-${input.id}` };
          await client.post(`/bench/${workload}/send`, headers, JSON.stringify(input));
          started.push(`/restate/invocation/bench/${workload}/${headers["idempotency-key"]}/attach`);
        }),
      async allEnded() {
        const results = [];
        await forEach(started.length, LANES, async (i) => {
          const result = await attach(client, started[i]);
          if (result !== undefined) results.push(result);
        });
        return { succeeded: results.length, result: results[0] };
      },
      complete: (awakeable) => client.post(`/restate/awakeables/${awakeable}/resolve`, JSON_BODY, '"yes"'),
      pids: () => processes.map(({ pid }) => pid),
      settings: () => "default settings (fsync on), telemetry off",
      crash: () => Promise.all(processes.map(killTree)),
      async restart() {
        processes = await startProcesses(peersFolder, folder, ports);
      },
      async stop() {
        await client.close();
        await Promise.all(processes.map(stopProcess));
      },
    };
  },
};

/** Waits for an invocation's result, also while the server is not there yet; undefined when it does not know it. */
async function attach(client, path) {
  for (;;) {
    try {
      return await client.get(path);
    } catch (error) {
      if (error.status === 404) return undefined;
      await sleep(RETRY_MS);
    }
  }
}

async function startProcesses(peersFolder, folder, { node, ingress, admin, service }) {
  const logFile = join(folder, "log");
  const handlers = startProcess(process.execPath, [SERVICE, peersFolder, String(service)], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: "production", RESTATE_LOGGING: "ERROR" },
    logFile,
  });
  const server = startProcess(serverBinary(peersFolder), [], {
    cwd: folder,
    env: {
      ...process.env,
      RESTATE_NODE_NAME: "bench",
      RESTATE_BASE_DIR: join(folder, "data"),
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "error",
    },
    logFile,
  });
  await waitForOutput(handlers, /^listening$/m, logFile);
  await waitForUrl(`http://127.0.0.1:${admin}/health`, server, logFile);
  await waitForUrl(`http://127.0.0.1:${ingress}/restate/health`, server, logFile);
  return [server, handlers];
}

/** The package named in the documentation is a Node.js wrapper; this is the program that it starts. */
function serverBinary(peersFolder) {
  const packageName = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return createRequire(join(peersFolder, "package.json")).resolve(`${packageName}/bin/restate-server`);
  } catch {
    throw new Error(
      `Restate has no server for ${process.platform}-${process.arch}; leave it out with --contenders.`,
    );
  }
}

async function register({ admin, service }) {
  const response = await fetch(`http://127.0.0.1:${admin}/deployments`, {
    method: "POST",
    headers: JSON_BODY,
    body: JSON.stringify({ uri: `http://127.0.0.1:${service}` }),
  });
  if (!response.ok)
    throw new Error(`Restate refused its service with ${response.status}: ${await response.text()}`);
}
