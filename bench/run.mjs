// Stepwell and its peers under the same workloads, as real processes on this machine. See README.md; --help for options.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTENDERS, ON_POSTGRES } from "./contenders/all.mjs";
import { Entrants } from "./lib/entrants.mjs";
import { figuresOf } from "./lib/figures.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { readOptions } from "./lib/options.mjs";
import { CLIENT, installPackages } from "./lib/peers.mjs";
import { usePostgres } from "./lib/postgres.mjs";
import { reportText } from "./lib/report.mjs";
import { measureRounds } from "./lib/rounds.mjs";
import { claims } from "./measures/claims.mjs";
import { commitTime } from "./measures/commit-time.mjs";
import { EVENT_MEASURES } from "./measures/events/all.mjs";
import { farCallback } from "./measures/far-callback.mjs";
import { memory } from "./measures/memory.mjs";
import { startup } from "./measures/startup.mjs";
import { storeRate } from "./measures/store-rate.mjs";
import { takeover } from "./measures/takeover.mjs";
import { testkit } from "./measures/testkit.mjs";
import { profileContenders } from "./profile/profile.mjs";
import { profileText } from "./profile/text.mjs";
import { WORKLOADS } from "./workloads/all.mjs";

const MEASURES = [startup, memory, testkit, ...EVENT_MEASURES];
/** Those of `--store postgres`. */
const MEASURES_ON_POSTGRES = [storeRate, commitTime, claims, farCallback, takeover];
const ALL_MEASURES = [...MEASURES, ...MEASURES_ON_POSTGRES];
/** As many as the highest concurrency of any workload. */
const CONNECTIONS = 200;
/** Node.js's exit code for an error that nobody caught. */
const FAILED = 1;

const chosen = readOptions({
  parts: [...WORKLOADS, ...MEASURES].map(({ name }) => name),
  partsOnPostgres: ["W1", ...MEASURES_ON_POSTGRES.map(({ name }) => name)],
  contenders: CONTENDERS.map(({ name }) => name),
  onPostgres: ON_POSTGRES.map(({ name }) => name),
});
const say = (line) => process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), "stepwell-bench-"));
process.once("exit", (code) => {
  // After a failure it holds the contenders' logs.
  if (code !== FAILED) rmSync(folder, { recursive: true, force: true });
});
const contenders = CONTENDERS.filter(({ name }) => chosen.contenders.includes(name));
const wanted = ({ name }) => chosen.only.includes(name);
const workloads = WORKLOADS.filter(wanted);
const isCalled = workloads.length > 0 || [memory, ...MEASURES_ON_POSTGRES].some(wanted);
const clientFolder = isCalled ? installPackages(CLIENT, say) : undefined;
const options = { ...chosen, folder, say, connections: CONNECTIONS, clientFolder };
const report = chosen.profile ? await profileContenders(workloads, contenders, options) : await measure();
const text = chosen.profile ? profileText : reportText;
console.log(chosen.json ? JSON.stringify(report, null, 2) : text(report));

async function measure() {
  const machine = describeMachine();
  // One server for all of the run that needs any.
  const postgres = chosen.onPostgres ? await usePostgres() : undefined;
  const ran = await runWorkloads();
  const measures = [];
  for (const { name, title, measure } of ALL_MEASURES.filter(wanted)) {
    const results = [await measure(options)].flat();
    measures.push(...results.map((result) => ({ name, title, ...result })));
  }
  await postgres?.release();
  return { machine, settings: { rounds: options.rounds, seconds: options.seconds }, ...ran, measures };
}

/** Those that share servers first: the others are measured while no other server runs. */
async function runWorkloads() {
  const entrants = new Entrants(contenders, options);
  const reports = [];
  try {
    for (const workload of workloads) {
      if (workload.fresh) await entrants.stop();
      const taking = await entrants.of(workload);
      const rows = await measureRounds(workload, taking, options);
      const { name, title, cases } = workload;
      reports.push({ name, title, figures: figuresOf(cases, taking, rows), rounds: rows });
    }
  } finally {
    await entrants.stop();
  }
  return { contenders: entrants.described(), leftOut: entrants.leftOut, workloads: reports };
}
