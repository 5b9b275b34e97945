import { freePort, killTree, stopProcess } from "../lib/processes.mjs";
import { versioned } from "../lib/versions.mjs";
import { openLambdaApi } from "./lambda-api.mjs";
import { startServer } from "./stepwell-process.mjs";

/** `stepwell dev`, whose default host runs the workloads in the function `fn`. */
export function stepwellDev({ name, sdk, fn, workloads }) {
  return {
    name,
    workloads,
    label: `${versioned("stepwell")} with ${versioned(sdk)}`,
    host: "worker threads of a child process (the default host)",
    profiled: true,
    async start({ folder, clientFolder, connections, functionConcurrency, env }) {
      const port = await freePort();
      const start = () =>
        startServer({
          folder,
          port,
          env: { ...env, BENCH_FUNCTION_CONCURRENCY: String(functionConcurrency) },
        });
      let server = await start();
      const { close, ...api } = await openLambdaApi({ clientFolder, url: server.url, connections, fn });
      return {
        ...api,
        pids: () => [server.child.pid],
        settings: () => `function concurrency ${functionConcurrency}, ${server.storeText()}, fsync on`,
        crash: () => killTree(server.child),
        async restart() {
          server = await start();
        },
        async stop() {
          await close();
          await stopProcess(server.child);
        },
      };
    },
  };
}
