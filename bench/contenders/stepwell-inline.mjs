import { fileURLToPath } from "node:url";
import { stopProcess } from "../lib/processes.mjs";
import { versioned } from "../lib/versions.mjs";
import { openLambdaApi } from "./lambda-api.mjs";
import { startStepwell } from "./stepwell-process.mjs";

const SERVER = fileURLToPath(new URL("./stepwell-inline-server.mjs", import.meta.url));

/** Stepwell with its own SDK in the server's own process. */
export const stepwellInline = {
  name: "stepwell-inline",
  workloads: ["W1"],
  label: `${versioned("stepwell")} with ${versioned("@stepwell/durable")}`,
  host: "the server's own thread (InlineHost)",
  profiled: true,
  async start({ folder, clientFolder, connections, env }) {
    const { child, url } = await startStepwell([SERVER, folder], { folder, env });
    const api = await openLambdaApi({ clientFolder, url, connections, fn: "durable" });
    return {
      ...api,
      pids: () => [child.pid],
      settings: () => "SQLite, fsync on",
      async stop() {
        await api.close();
        await stopProcess(child);
      },
    };
  },
};
