import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { atLeast, atMost, judged } from "../lib/bars.mjs";
import { summary } from "../lib/statistics.mjs";

const LIBRARIES = ["stepwell", "aws"];
const perSecond = (count) => ({ of: ({ ms }) => (count / ms) * 1000, unit: "a second", better: "higher" });
const milliseconds = { of: ({ ms }) => ms, unit: "ms", better: "lower" };

/** What is told of each workflow. */
const FIGURES = [
  { workflow: "one step", ...milliseconds, digits: 1, bar: atMost(5, "ms") },
  { workflow: "steps of 1,000", ...perSecond(1000), digits: 0, bar: atLeast(5000, "a second") },
  { workflow: "20 steps and waits", ...milliseconds, digits: 0 },
  { workflow: "every crash of 50 steps", ...milliseconds, digits: 0, bar: atMost(2000, "ms") },
];

const run = promisify(execFile);

/** How fast tests are with stepwell/testing and with AWS's testing library, which is the peer: each round a process. */
export const testkit = {
  name: "testkit",
  title: "tests of durable functions, after warm-up, on virtual time",

  async measure({ rounds, say }) {
    const seen = { stepwell: [], aws: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const library of round % 2 === 1 ? LIBRARIES : LIBRARIES.toReversed()) {
        const file = fileURLToPath(new URL(`../testkit/${library}.mjs`, import.meta.url));
        const { stdout } = await run(process.execPath, [file]);
        seen[library].push(JSON.parse(stdout.trim().split("\n").at(-1)));
        say(`testkit ${round}/${rounds}: ${library}`);
      }
    }
    return { figures: FIGURES.map((figure) => figureOf(figure, seen)) };
  },
};

function figureOf({ workflow, of, unit, better, digits, bar }, seen) {
  const rows = (library) => seen[library].flatMap((values) => values[workflow] ?? []);
  const value = summary(rows("stepwell").map(of));
  const processorMs = summary(rows("stepwell").map((row) => row.processorMs));
  const peer = rows("aws").length > 0 ? summary(rows("aws").map(of)) : undefined;
  const timesPeer = peer && (better === "higher" ? value.median / peer.median : peer.median / value.median);
  return {
    ...{ title: workflow, value, unit, digits, processorMs, peer, timesPeer },
    bar: bar && judged(bar, { value }),
  };
}
