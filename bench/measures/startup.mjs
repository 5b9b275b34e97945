import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { startServer } from "../contenders/stepwell-process.mjs";
import { atMost, judged } from "../lib/bars.mjs";
import { probeDisk } from "../lib/probe.mjs";
import { stopProcess } from "../lib/processes.mjs";
import { summary } from "../lib/statistics.mjs";

const EMPTY_APP = fileURLToPath(new URL("../apps/empty", import.meta.url));

/** How long `stepwell dev` takes from the start of its process to its ready line, on an app without functions. */
export const startup = {
  name: "startup",
  title: "`stepwell dev` on an empty app, ms from spawn to the ready line",

  async measure({ rounds, folder, say }) {
    const readyMs = [];
    const probes = [];
    for (let start = 1; start <= 2 * rounds; start++) {
      probes.push(probeDisk(folder, 200).perSecond);
      const before = performance.now();
      const server = await startServer({ app: EMPTY_APP, folder: join(folder, `startup-${start}`) });
      readyMs.push(performance.now() - before);
      await stopProcess(server.child);
      say(`start-up ${start}/${2 * rounds}: ${readyMs.at(-1).toFixed(0)} ms`);
    }
    const value = summary(readyMs);
    return { value, unit: "ms", probe: summary(probes), bar: judged(atMost(500, "ms"), { value }) };
  },
};
