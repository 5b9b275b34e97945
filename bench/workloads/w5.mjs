import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { atLeast, atMost, never } from "../lib/bars.mjs";
import { STEPS } from "../lib/work.mjs";

const COUNT = 1_000;
const KILL_AFTER_MS = 500;

const own = (bar) => ({ stepwell: bar });
const FIGURES = [
  {
    key: "completeSeconds",
    title: "s from restart until all are complete",
    better: "lower",
    digits: 2,
    bars: own(atMost(2, "s")),
  },
  { key: "readySeconds", title: "s from restart until it answers", better: "lower", digits: 2 },
  { key: "lost", title: "workflows lost", digits: 0, bars: own(never()) },
  // With far fewer the machine was too busy to say anything about a thousand.
  { key: "inFlight", title: "in flight when killed", digits: 0, bars: own(atLeast(900, "workflows")) },
  { key: "twice", title: "step bodies run twice", digits: 0 },
  { key: "excess", title: "of these, more than in flight", digits: 0, bars: own(never()) },
];

/** W5: what a crash costs. */
export const w5 = {
  name: "W5",
  title: "1,000 workflows of ten 100 ms steps, kill -9 500 ms after the last start, start again",
  fresh: true,
  unit: { name: "workflow", perWorkflow: 1 },
  cases: [{ title: "1,000 in flight", concurrency: COUNT, figures: FIGURES }],

  async measure(running, _case, { folder }) {
    const log = join(folder, "steps");
    await running.startAll(Array.from({ length: COUNT }, (_, i) => ({ workload: "w5", id: String(i), log })));
    await sleep(KILL_AFTER_MS);
    await running.crash();
    const before = bodiesRun(log);
    const begin = performance.now();
    const secondsSince = () => (performance.now() - begin) / 1000;
    await running.restart();
    const readySeconds = secondsSince();
    const { succeeded } = await running.allEnded();
    const completeSeconds = secondsSince();
    const lost = COUNT - succeeded;
    return { workflows: COUNT, completeSeconds, readySeconds, lost, ...repeated(before, bodiesRun(log)) };
  },
};

/** The bodies that have begun, as lines of `WORKFLOW STEP` in their order. */
function bodiesRun(log) {
  return readFileSync(log, "utf8").trim().split("\n");
}

/** Each workflow has one step in flight at most: one that has begun a body and was not over. */
function repeated(before, all) {
  const workflowsOf = (lines) => new Set(lines.map((line) => line.split(" ")[0]));
  const goneOn = workflowsOf(all.slice(before.length));
  const inFlight = [...workflowsOf(before)].filter((workflow) => goneOn.has(workflow)).length;
  const twice = all.length - new Set(all).size;
  const missing = COUNT * STEPS - new Set(all).size;
  if (missing > 0) throw new Error(`W5: ${missing} steps were never run.`);
  return { inFlight, twice, excess: Math.max(0, twice - inFlight) };
}
