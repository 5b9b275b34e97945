import { join } from "node:path";
import { atMost, judged } from "../lib/bars.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { summary } from "../lib/statistics.mjs";

const COUNT = 2_000;
const IN_VAIN = 'stepwell_claims_total{result="nothing"}';
const FOUND = 'stepwell_claims_total{result="found"}';

/** How many claims of two nodes find nothing, because the other one was faster, while both take what is due. */
export const claims = {
  name: "claims",
  title: `two nodes, ${COUNT} executions that sleep 5 s: % of claims that found nothing`,

  async measure(options) {
    const { rounds, say } = options;
    const { nodes, stop } = await startCluster({ ...options, folder: join(options.folder, "claims") }, 2);
    const shares = [];
    try {
      await Promise.all(nodes.map(({ api }) => api.run({ workload: "w1" })));
      for (let round = 1; round <= rounds; round++) {
        const before = await sums(nodes);
        const inputs = Array.from({ length: COUNT / nodes.length }, (_, i) => ({
          workload: "w3",
          id: `${i}`,
        }));
        await Promise.all(nodes.map(({ api }) => api.startAll(inputs)));
        await nodes[0].api.allEnded();
        const after = await sums(nodes);
        const inVain = after.inVain - before.inVain;
        const all = inVain + after.found - before.found;
        shares.push((100 * inVain) / all);
        say(`claims ${round}/${rounds}: ${inVain} of ${all} found nothing`);
      }
    } finally {
      await stop();
    }
    const value = summary(shares);
    return { value, unit: "%", digits: 1, bar: judged(atMost(10, "%"), { value }) };
  },
};

async function sums(nodes) {
  const all = await Promise.all(nodes.map(({ metrics }) => metrics()));
  const sum = (name) => all.reduce((total, metrics) => total + (metrics.get(name) ?? 0), 0);
  return { inVain: sum(IN_VAIN), found: sum(FOUND) };
}
