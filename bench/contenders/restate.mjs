import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../lib/client.mjs";
import { PEER_VERSIONS } from "../lib/peers.mjs";
import { freePort, startProcess, stopProcess, waitForOutput, waitForUrl } from "../lib/processes.mjs";

const SERVICE = fileURLToPath(new URL("./restate-service.mjs", import.meta.url));
const SERVER_VERSION = PEER_VERSIONS["@restatedev/restate-server"];
const SDK_VERSION = PEER_VERSIONS["@restatedev/restate-sdk"];
const JSON_BODY = { "content-type": "application/json" };

/** Restate as its documentation runs one node: server and service with default settings, which sync its log to disk. */
export const restate = {
  name: "restate",
  label: `Restate server ${SERVER_VERSION}, SDK ${SDK_VERSION}`,

  async start({ folder, peersFolder, connections }) {
    mkdirSync(folder);
    const logFile = join(folder, "log");
    const [node, ingress, admin, service] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
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
    await register(admin, service);
    const client = await openClient(peersFolder, `http://127.0.0.1:${ingress}`, connections);
    return {
      pids: [server.pid, handlers.pid],
      settings: () => "default settings (fsync on), telemetry off",
      run: (workflow) => client.post(`/bench/${workflow}`, JSON_BODY, "{}"),
      async stop() {
        await client.close();
        await Promise.all([server, handlers].map(stopProcess));
      },
    };
  },
};

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

async function register(adminPort, servicePort) {
  const response = await fetch(`http://127.0.0.1:${adminPort}/deployments`, {
    method: "POST",
    headers: JSON_BODY,
    body: JSON.stringify({ uri: `http://127.0.0.1:${servicePort}` }),
  });
  if (!response.ok)
    throw new Error(`Restate refused its service with ${response.status}: ${await response.text()}`);
}
