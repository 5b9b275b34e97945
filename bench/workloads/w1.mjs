import { drive } from "../lib/load.mjs";
import { percentile } from "../lib/statistics.mjs";
import { W1_RESULT } from "../lib/work.mjs";

const PER_SECOND = { key: "perSecond", title: "workflows/s", better: "higher", digits: 1 };
const P50 = { key: "p50Ms", title: "p50 ms", better: "lower", digits: 2 };
const P99 = { key: "p99Ms", title: "p99 ms", better: "lower", digits: 2 };

const WARM_UP_CONCURRENCY = 20;
const WARM_UP_SECONDS = 1.5;

/** W1: the cost of a step, when one caller waits and when many do. */
export const w1 = {
  name: "W1",
  steps: 10,
  title: "start, 10 sequential steps that return about 90 bytes of JSON, result",

  cases: ({ with200 }) => [
    { title: "1 concurrent", concurrency: 1, figures: [PER_SECOND, P50, P99] },
    { title: "50 concurrent", concurrency: 50, figures: [PER_SECOND] },
    ...(with200 ? [{ title: "200 concurrent", concurrency: 200, figures: [PER_SECOND] }] : []),
  ],

  prepare: (running) => drive(WARM_UP_CONCURRENCY, WARM_UP_SECONDS, () => runOnce(running)),

  /** One round: a value for each of the case's figures. */
  async measure(running, { concurrency }, seconds) {
    const { perSecond, latenciesMs } = await drive(concurrency, seconds, () => runOnce(running));
    return { perSecond, p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
  },
};

async function runOnce(running) {
  const result = await running.run("w1");
  if (result !== W1_RESULT) throw new Error(`W1 ended with ${result} instead of ${W1_RESULT}.`);
}
