/**
 * Runs recorded AWS behaviour, and AWS's own command, against this build:
 * `npm run oracles -- [durable|event-patterns|cli] [--sdk stepwell|aws] [--only 1-1,4-5] [--if-present]`.
 *
 * The recordings are not part of this repository; see README.md for where they are looked for. Failures that are
 * known stand in known-failures.json with the reason; one that passes after all fails the run, so that the list stays
 * true.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { awsVersion, runCli } from "./cli/run.mjs";
import { runDurable } from "./durable/run.mjs";
import { runEventPatterns } from "./event-patterns/run.mjs";
import { compare, printReport } from "./report.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sdk: { type: "string", multiple: true },
    only: { type: "string" },
    "if-present": { type: "boolean", default: false },
  },
});
const folder = process.env.ORACLES_DIR ?? fileURLToPath(new URL("../../shared/oracles", import.meta.url));
const known = JSON.parse(await readFile(new URL("known-failures.json", import.meta.url), "utf8"));

/** By name: how it runs, and what keeps it from running here. */
const SETS = {
  durable: { run: runDurable, obstacle: () => missing("durable") },
  "event-patterns": { run: runEventPatterns, obstacle: () => missing("event-patterns") },
  cli: {
    run: runCli,
    obstacle: async () =>
      (await awsVersion()) ? undefined : "there is no command aws here. Install AWS's command line.",
  },
};

process.exitCode = await main();

function missing(set) {
  if (existsSync(`${folder}/${set}`)) return undefined;
  return `not in ${folder}. Set ORACLES_DIR to the folder that has it.`;
}

async function main() {
  const sets = positionals.length > 0 ? positionals : Object.keys(SETS);
  const unknown = sets.filter((set) => !Object.hasOwn(SETS, set));
  if (unknown.length > 0) {
    console.error(
      `There is no oracle named ${unknown.join(", ")}; there is ${Object.keys(SETS).join(", ")}.`,
    );
    return 2;
  }
  for (const set of sets) {
    const obstacle = await SETS[set].obstacle();
    if (obstacle === undefined) continue;
    console.error(`${set} was not run: ${obstacle}`);
    return options["if-present"] ? 0 : 2;
  }
  let passed = 0;
  let failed = 0;
  for (const set of sets) {
    const runs = await SETS[set].run({ folder: `${folder}/${set}`, sdks: options.sdk, only: options.only });
    for (const { name, results } of runs) {
      const report = compare(results, known[set]?.[name] ?? {});
      printReport(`${set}, ${name}`, report);
      passed += report.passed.length;
      failed += report.failed.length;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}
