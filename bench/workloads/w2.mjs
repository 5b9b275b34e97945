import { atMost } from "../lib/bars.mjs";
import { drive } from "../lib/load.mjs";
import { percentile } from "../lib/statistics.mjs";
import { BRANCHES } from "../lib/work.mjs";

const P50 = {
  key: "p50Ms",
  title: "p50 ms",
  better: "lower",
  digits: 1,
  bars: { stepwell: atMost(8, "ms") },
};
const BRANCHES_PER_SECOND = { key: "branchesPerSecond", title: "branches/s", better: "higher", digits: 0 };

const WARM_UP_CONCURRENCY = 5;
const WARM_UP_SECONDS = 1;

/** W2: fan-out, where what one handler does at once is stored together. */
export const w2 = {
  name: "W2",
  unit: { name: "branch", perWorkflow: BRANCHES },
  title: "one map of 100 branches with one step each",

  cases: [
    { title: "1 at a time", concurrency: 1, sequential: true, figures: [P50] },
    { title: "10 at once", concurrency: 10, figures: [BRANCHES_PER_SECOND] },
  ],

  prepare: (running) => drive(WARM_UP_CONCURRENCY, WARM_UP_SECONDS, () => runOnce(running)),

  async measure(running, { concurrency }, { seconds }) {
    const { perSecond, latenciesMs } = await drive(concurrency, seconds, () => runOnce(running));
    return {
      workflows: latenciesMs.length,
      p50Ms: percentile(latenciesMs, 0.5),
      branchesPerSecond: perSecond * BRANCHES,
    };
  },
};

async function runOnce(running) {
  const result = await running.run({ workload: "w2" });
  if (result !== String(BRANCHES)) throw new Error(`W2 ended with ${result} instead of ${BRANCHES}.`);
}
