import { startCluster } from "../lib/cluster.mjs";
import { versioned } from "../lib/versions.mjs";

/** `stepwell start`, one node on the PostgreSQL server that the peer uses too. */
export const stepwellPostgres = {
  name: "stepwell-postgres",
  workloads: ["W1"],
  label: `${versioned("stepwell")} with ${versioned("@stepwell/durable")}, one node on PostgreSQL`,
  host: "worker threads of a child process (the default host)",
  profiled: true,

  async start(options) {
    const { nodes, stop } = await startCluster(options, 1, options.env);
    const [node] = nodes;
    return {
      ...node.api,
      pids: () => [node.child.pid],
      settings: () => `function concurrency ${options.functionConcurrency}, fsync and synchronous_commit on`,
      stop,
    };
  },
};
