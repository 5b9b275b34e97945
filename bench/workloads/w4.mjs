import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { timesRestate } from "../lib/bars.mjs";
import { listenForCallbacks } from "../lib/callbacks.mjs";
import { percentile } from "../lib/statistics.mjs";
import { nowMs } from "../lib/work.mjs";

/** By then a handler that is to leave memory has done so. */
const REST_MS = 120;

const P99 = { key: "p99Ms", title: "p99 ms", better: "lower", digits: 2 };
const atRest = { stepwell: timesRestate(1 / 1.3, "<= 1.3x Restate's") };

/** W4: how fast a waiting workflow goes on. */
export const w4 = {
  name: "W4",
  title: "an external callback completed, until the handler runs again",
  unit: { name: "callback", perWorkflow: 1 },
  cases: [
    { title: "waiting", concurrency: 1, connected: false, figures: [p50(atRest), P99] },
    { title: "waiting while another step runs", concurrency: 1, connected: true, figures: [p50({})] },
  ],

  prepare: (running) => w4.measure(running, w4.cases[0], { seconds: 0.5 }),

  async measure(running, { connected }, { seconds }) {
    const callbacks = await listenForCallbacks();
    const latenciesMs = [];
    let leftMemory = true;
    const until = performance.now() + seconds * 1000;
    try {
      for (let i = 0; performance.now() < until; i++) {
        const sample = await completeOne(running, callbacks, { id: String(i), connected });
        latenciesMs.push(sample.latencyMs);
        leftMemory &&= sample.leftMemory;
      }
    } finally {
      callbacks.close();
    }
    return {
      workflows: latenciesMs.length,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      leftMemory,
    };
  },
};

function p50(bars) {
  return { key: "p50Ms", title: "p50 ms", better: "lower", digits: 2, bars };
}

async function completeOne(running, callbacks, { id, connected }) {
  const published = callbacks.published(id);
  const ended = running.run({ workload: "w4", id, url: callbacks.url, connected });
  const callbackId = await Promise.race([published, ended.then(endedEarly)]);
  await sleep(REST_MS);
  const completedMs = nowMs();
  const [result] = await Promise.all([ended, running.complete(callbackId)]);
  const { atMs, leftMemory } = JSON.parse(result);
  return { latencyMs: atMs - completedMs, leftMemory };
}

function endedEarly(result) {
  throw new Error(`W4 ended with ${result} before its callback was completed.`);
}
