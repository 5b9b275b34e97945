import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stepwell } from "../contenders/stepwell.mjs";
import { atMost, judged } from "../lib/bars.mjs";
import { processTree } from "../lib/processes.mjs";
import { summary } from "../lib/statistics.mjs";

const SETTLE_MS = 3_000;

/** The memory of an idle server with everything it started, after one call of one function. */
export const memory = {
  name: "memory",
  title:
    "memory of an idle `stepwell dev` and its host process with one loaded function, shared pages once (pss)",

  async measure({ rounds, folder, say, ...options }) {
    const totals = [];
    let tree;
    for (let round = 1; round <= rounds; round++) {
      const running = await stepwell.start({
        ...options,
        folder: join(folder, `memory-${round}`),
        connections: 1,
      });
      await running.run({ workload: "w1" });
      await sleep(SETTLE_MS);
      tree = processTree(running.pids()[0]);
      totals.push(tree.reduce((sum, { pssMib }) => sum + pssMib, 0));
      await running.stop();
      say(`memory ${round}/${rounds}: ${totals.at(-1).toFixed(0)} MiB`);
    }
    const processes = tree.map(({ rssMib, pssMib, command }) => ({ rssMib, pssMib, command }));
    const value = summary(totals);
    return { value, unit: "MiB", bar: judged(atMost(150, "MiB"), { value }), processes };
  },
};
