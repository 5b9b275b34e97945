import { join } from "node:path";
import { atMost, judged } from "../lib/bars.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { probeDisk } from "../lib/probe.mjs";
import { summary } from "../lib/statistics.mjs";
import { w4 } from "../workloads/w4.mjs";

const [atRest, connected] = w4.cases;

/** How much later a handler that runs goes on when its callback is completed at the other of two nodes. */
export const farCallback = {
  name: "callback",
  title:
    "two nodes, a callback completed at the one that does not run the execution: ms more (p50) than at its own",

  async measure(options) {
    const { rounds, say } = options;
    const { nodes, stop } = await startCluster({ ...options, folder: join(options.folder, "callback") }, 2);
    const own = nodes[0].api;
    const other = { run: own.run, complete: nodes[1].api.complete };
    const differences = [];
    const probes = [];
    try {
      await w4.prepare(own);
      await w4.prepare(other);
      for (let round = 1; round <= rounds; round++) {
        probes.push(probeDisk(options.folder).perSecond);
        const [near, far, rested] = [
          await w4.measure(own, connected, options),
          await w4.measure(other, connected, options),
          await w4.measure(other, atRest, options),
        ].map(({ p50Ms }) => p50Ms);
        differences.push(far - near);
        say(
          `callback ${round}/${rounds}: ${near.toFixed(2)} ms at its own node, ${far.toFixed(2)} ms at the other; ` +
            `at rest, at the other ${rested.toFixed(2)} ms`,
        );
      }
    } finally {
      await stop();
    }
    const value = summary(differences);
    return { value, unit: "ms", digits: 2, probe: summary(probes), bar: judged(atMost(5, "ms"), { value }) };
  },
};
