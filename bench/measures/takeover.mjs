import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { atMost, judged } from "../lib/bars.mjs";
import { startCluster } from "../lib/cluster.mjs";
import { killTree } from "../lib/processes.mjs";
import { summary } from "../lib/statistics.mjs";

const COUNT = 100;
const LEASE_SECONDS = 10;
const ROUNDS = 3;
const LOOK_MS = 5;

/** How long the executions of a node that is killed wait for another one. */
export const takeover = {
  name: "takeover",
  title: `two nodes, kill -9 of one with ${COUNT} executions in flight: s until the other goes on with them`,

  async measure(options) {
    const seconds = [];
    for (let round = 1; round <= ROUNDS; round++) {
      seconds.push(await takeOver({ ...options, folder: join(options.folder, `takeover-${round}`) }));
      options.say(`takeover ${round}/${ROUNDS}: ${seconds.at(-1).toFixed(2)} s`);
    }
    const value = summary(seconds);
    const bar = judged(atMost(LEASE_SECONDS + 1, "s"), { value });
    return { value, unit: "s", digits: 2, bar };
  },
};

async function takeOver(options) {
  const { nodes, stop } = await startCluster(options, 2);
  const [doomed, other] = nodes;
  const log = join(options.folder, "steps");
  const bodies = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length : 0);
  try {
    await Promise.all(nodes.map(({ api }) => api.run({ workload: "w1" })));
    await doomed.api.startAll(Array.from({ length: COUNT }, (_, i) => ({ workload: "w5", id: `${i}`, log })));
    while (bodies() < COUNT) await sleep(LOOK_MS);
    await killTree(doomed.child);
    const killedMs = performance.now();
    const before = bodies();
    while (bodies() === before) await sleep(LOOK_MS);
    const tookSeconds = (performance.now() - killedMs) / 1000;
    const { succeeded } = await other.api.allEnded();
    // Each node's own first one is among them.
    if (succeeded !== COUNT + nodes.length) throw new Error(`takeover: ${succeeded} executions succeeded.`);
    return tookSeconds;
  } finally {
    await stop();
  }
}
