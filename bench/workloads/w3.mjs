import { performance } from "node:perf_hooks";
import { atMost } from "../lib/bars.mjs";
import { watchMemory } from "../lib/memory-watch.mjs";
import { SLEEP_SECONDS } from "../lib/work.mjs";

const COUNT = 10_000;
const DONE = {
  key: "doneSeconds",
  title: "s until all are done",
  better: "lower",
  digits: 2,
  bars: { "stepwell-embedded": atMost(7, "s") },
};
const SUBMITTED = { key: "submittedSeconds", title: "s until all are accepted", better: "lower", digits: 2 };
const PSS = {
  key: "pssMib",
  title: "peak memory MiB (pss)",
  better: "lower",
  digits: 0,
  bars: { "stepwell-embedded": atMost(400, "MiB") },
};
const RSS = { key: "rssMib", title: "peak memory MiB (rss)", better: "lower", digits: 0 };

/** W3: what a sleeping workflow costs. Stepwell is called in process and, for information, over HTTP like Restate. */
export const w3 = {
  name: "W3",
  title: `10,000 workflows that sleep ${SLEEP_SECONDS} s; memory of all processes`,
  fresh: true,
  unit: { name: "workflow", perWorkflow: 1 },
  cases: [{ title: "10,000 asleep", concurrency: COUNT, figures: [DONE, SUBMITTED, PSS, RSS] }],

  async measure(running) {
    const inputs = Array.from({ length: COUNT }, (_, i) => ({ workload: "w3", id: String(i) }));
    const memory = watchMemory(running.pids());
    const begin = performance.now();
    const secondsSince = () => (performance.now() - begin) / 1000;
    await running.startAll(inputs);
    const submittedSeconds = secondsSince();
    const { succeeded, result } = await running.allEnded();
    const doneSeconds = secondsSince();
    if (succeeded !== COUNT) throw new Error(`Of W3's ${COUNT} workflows ${succeeded} succeeded.`);
    const { leftMemory } = JSON.parse(result);
    return { workflows: COUNT, doneSeconds, submittedSeconds, ...memory.stop(), leftMemory };
  },
};
