// Stepwell and its peers under the same workloads, as real processes on this machine. See README.md; --help for options.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restate } from "./contenders/restate.mjs";
import { stepwell } from "./contenders/stepwell.mjs";
import { stepwellAwsSdk } from "./contenders/stepwell-aws-sdk.mjs";
import { figuresOf } from "./lib/figures.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { readOptions } from "./lib/options.mjs";
import { installPeers } from "./lib/peers.mjs";
import { reportText } from "./lib/report.mjs";
import { measureRounds } from "./lib/rounds.mjs";
import { memory } from "./measures/memory.mjs";
import { startup } from "./measures/startup.mjs";
import { profileContenders } from "./profile/profile.mjs";
import { profileText } from "./profile/text.mjs";
import { w1 } from "./workloads/w1.mjs";

const CONTENDERS = [stepwell, stepwellAwsSdk, restate];
const WORKLOADS = [w1];
const MEASURES = [startup, memory];
/** As many as the highest concurrency of any workload. */
const CONNECTIONS = 200;
/** Node.js's exit code for an error that nobody caught. */
const FAILED = 1;

const chosen = readOptions({
  parts: [...WORKLOADS, ...MEASURES].map(({ name }) => name),
  contenders: CONTENDERS.map(({ name }) => name),
});
const say = (line) => process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), "stepwell-bench-"));
process.once("exit", (code) => {
  // After a failure it holds the contenders' logs.
  if (code !== FAILED) rmSync(folder, { recursive: true, force: true });
});
const options = { ...chosen, folder, say, connections: CONNECTIONS, peersFolder: installPeers(say) };
const contenders = CONTENDERS.filter(({ name }) => chosen.contenders.includes(name));
const report = chosen.profile
  ? await profileContenders(contenders, options)
  : await measure(contenders, options);
const text = chosen.profile ? profileText : reportText;
console.log(chosen.json ? JSON.stringify(report, null, 2) : text(report));

async function measure(contenders, options) {
  const machine = describeMachine();
  const wanted = ({ name }) => options.only.includes(name);
  const measures = [];
  for (const { name, title, measure } of MEASURES.filter(wanted)) {
    measures.push({ name, title, ...(await measure(options)) });
  }
  const workloads = WORKLOADS.filter(wanted);
  return {
    machine,
    settings: { rounds: options.rounds, seconds: options.seconds },
    ...(workloads.length > 0 ? await runWorkloads(workloads, contenders, options) : {}),
    measures,
  };
}

async function runWorkloads(workloads, contenders, options) {
  const entrants = [];
  try {
    for (const contender of contenders) {
      const running = await contender.start({ ...options, folder: join(options.folder, contender.name) });
      entrants.push({ ...contender, running });
    }
    const reports = [];
    for (const workload of workloads) {
      const rows = await measureRounds(workload, entrants, options);
      const figures = figuresOf(workload.cases(options), entrants, rows);
      reports.push({ name: workload.name, title: workload.title, figures, rounds: rows });
    }
    const described = entrants.map(({ name, label, running }) => ({
      name,
      label,
      settings: running.settings(),
    }));
    return { contenders: described, workloads: reports };
  } finally {
    for (const { running } of entrants) await running.stop();
  }
}
