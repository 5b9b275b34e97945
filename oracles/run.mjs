/**
 * Runs recorded AWS behaviour against this build:
 * `npm run oracles -- [durable] [--sdk stepwell|aws] [--only 1-1,4-5] [--if-present]`.
 *
 * The recordings are not part of this repository; see README.md for where they are looked for. Failures that are
 * known stand in known-failures.json with the reason; one that passes after all fails the run, so that the list stays
 * true.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runDurable } from "./durable/run.mjs";
import { compare, printReport } from "./report.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sdk: { type: "string", multiple: true },
    only: { type: "string" },
    "if-present": { type: "boolean", default: false },
  },
});
const SETS = { durable: runDurable };
const folder = process.env.ORACLES_DIR ?? fileURLToPath(new URL("../../shared/oracles", import.meta.url));
const known = JSON.parse(await readFile(new URL("known-failures.json", import.meta.url), "utf8"));

process.exitCode = await main();

async function main() {
  const sets = positionals.length > 0 ? positionals : Object.keys(SETS);
  const unknown = sets.filter((set) => !Object.hasOwn(SETS, set));
  if (unknown.length > 0) {
    console.error(
      `There is no oracle named ${unknown.join(", ")}; there is ${Object.keys(SETS).join(", ")}.`,
    );
    return 2;
  }
  const missing = sets.filter((set) => !existsSync(`${folder}/${set}`));
  if (missing.length > 0) {
    console.error(`${missing.join(", ")}: not in ${folder}. Set ORACLES_DIR to the folder that has it.`);
    return options["if-present"] ? 0 : 2;
  }
  let passed = 0;
  let failed = 0;
  for (const set of sets) {
    const runs = await SETS[set]({ folder: `${folder}/${set}`, sdks: options.sdk, only: options.only });
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
