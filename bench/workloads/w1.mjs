import { timesDbos, timesRestate } from "../lib/bars.mjs";
import { drive } from "../lib/load.mjs";
import { percentile } from "../lib/statistics.mjs";
import { STEPS, stepResult } from "../lib/work.mjs";

const P50 = { key: "p50Ms", title: "p50 ms", better: "lower", digits: 2 };
const P99 = { key: "p99Ms", title: "p99 ms", better: "lower", digits: 2 };
const RESULT = JSON.stringify(stepResult(STEPS - 1));

const WARM_UP_CONCURRENCY = 20;
const WARM_UP_SECONDS = 1.5;

/** W1: the cost of a step, when one caller waits and when many do. */
export const w1 = {
  name: "W1",
  unit: { name: "step", perWorkflow: STEPS },
  title: "start, 10 sequential steps that return about 90 bytes of JSON, result",

  cases: [
    {
      title: "1 concurrent",
      concurrency: 1,
      sequential: true,
      figures: [perSecond({ stepwell: timesRestate(2), "stepwell-inline": timesRestate(3) }), P50, P99],
    },
    { title: "50 concurrent", concurrency: 50, figures: [perSecond(barsOfMany())] },
    { title: "200 concurrent", concurrency: 200, figures: [perSecond(barsOfMany())] },
  ],

  prepare: (running) => drive(WARM_UP_CONCURRENCY, WARM_UP_SECONDS, () => runOnce(running)),

  /** One round: a value for each of the case's figures. */
  async measure(running, { concurrency }, { seconds }) {
    const { perSecond, latenciesMs } = await drive(concurrency, seconds, () => runOnce(running));
    return {
      workflows: latenciesMs.length,
      perSecond,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
    };
  },
};

function perSecond(bars) {
  return { key: "perSecond", title: "workflows/s", better: "higher", digits: 1, bars };
}

function barsOfMany() {
  return {
    stepwell: timesRestate(4),
    "stepwell-aws-sdk": timesRestate(2.5),
    "stepwell-postgres": timesDbos(5),
  };
}

async function runOnce(running) {
  const result = await running.run({ workload: "w1" });
  if (result !== RESULT) throw new Error(`W1 ended with ${result} instead of ${RESULT}.`);
}
