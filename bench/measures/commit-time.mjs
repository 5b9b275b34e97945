import { join } from "node:path";
import { atMost, judged } from "../lib/bars.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { drive } from "../lib/load.mjs";
import { probeDisk } from "../lib/probe.mjs";
import { percentile, summary } from "../lib/statistics.mjs";

const FLUSHES = "stepwell_flush_seconds_sum";

/** How much of a workflow's time is not that of its commits, which follow each other when nobody else is there. */
export const commitTime = {
  name: "commits",
  title: "W1 at 1 concurrent on PostgreSQL: p50 to the time of its commits",

  async measure(options) {
    const { rounds, seconds, say } = options;
    const folder = join(options.folder, "commits");
    const { nodes, stop } = await startCluster({ ...options, folder }, 1);
    const [{ api, metrics }] = nodes;
    const run = () => api.run({ workload: "w1" });
    const ratios = [];
    const probes = [];
    try {
      await drive(20, 1.5, run);
      for (let round = 1; round <= rounds; round++) {
        probes.push(probeDisk(options.folder).perSecond);
        const before = await metrics();
        const { latenciesMs } = await drive(1, seconds, run);
        const after = await metrics();
        const commitsMs = ((after.get(FLUSHES) - before.get(FLUSHES)) * 1000) / latenciesMs.length;
        const p50Ms = percentile(latenciesMs, 0.5);
        ratios.push(p50Ms / commitsMs);
        say(`commits ${round}/${rounds}: p50 ${p50Ms.toFixed(2)} ms, its commits ${commitsMs.toFixed(2)} ms`);
      }
    } finally {
      await stop();
    }
    const value = summary(ratios);
    const bar = judged(atMost(1.2, "times"), { value });
    return { value, unit: "times its commits", digits: 2, probe: summary(probes), bar };
  },
};
