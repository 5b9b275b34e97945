// What one PostgreSQL can carry, and with how many nodes: a simulation whose costs are measured first, on this machine,
// and whose results are set beside measured ones. Linux. See README.md.
//
//   npm run build && node bench/simulate.mjs [seconds per measurement]
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "./lib/cluster.mjs";
import { drive } from "./lib/load.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { CLIENT, installPackages } from "./lib/peers.mjs";
import { usePostgres } from "./lib/postgres.mjs";
import { probeDisk } from "./lib/probe.mjs";
import { table } from "./lib/table.mjs";
import { costsOf, observe, postgresOn } from "./simulation/calibrate.mjs";
import { simulate } from "./simulation/cluster.mjs";

const SECONDS = Number(process.argv[2] ?? 5);
const STEPS = 10;
const LANES = 2;
const say = (line) => process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), "stepwell-simulate-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const machine = describeMachine();
const postgres = await usePostgres();
const postgresPid = postgresOn(new URL(postgres.url).port);
const options = {
  ...{ folder, connections: 200, functionConcurrency: 1024 },
  clientFolder: installPackages(CLIENT, say),
};
const observed = [];
const syncMs = [];
for (const [count, concurrencies] of [
  [1, [1, 50, 200]],
  [2, [200]],
]) {
  const own = { ...options, folder: join(folder, `nodes-${count}`) };
  const { nodes, stop } = await startCluster(own, count);
  for (const { api } of nodes) await drive(20, 1.5, () => api.run({ workload: "w1" }));
  for (const concurrency of concurrencies) {
    syncMs.push(probeDisk(folder).medianMs);
    observed.push({
      ...{ nodes: count, concurrency },
      ...(await observe({ nodes, postgresPid, concurrency, seconds: SECONDS })),
    });
    say(`measured ${count} node(s) at ${concurrency} concurrent`);
  }
  await stop();
}
await postgres.release();

const costs = costsOf(observed[0], observed[2]);
const here = {
  lanes: LANES,
  sharedProcessors: availableParallelism(),
  syncMs: syncMs.toSorted((a, b) => a - b)[syncMs.length >> 1],
  roundTripMs: 0.05,
};
const checked = observed.map(({ nodes, concurrency, perSecond, p50Ms, slowness }) => {
  const slowed = Object.fromEntries(
    Object.entries(costs).map(([name, value]) => [name, name === "commits" ? value : value * slowness]),
  );
  const result = simulate({ costs: slowed, place: { ...here, nodes }, concurrency, seconds: SECONDS });
  return [
    `${nodes} node(s), ${concurrency} concurrent`,
    ...[perSecond, result.perSecond].map((value) => value.toFixed(0)),
    `${((100 * (result.perSecond - perSecond)) / perSecond).toFixed(0)} %`,
    ...[p50Ms, result.p50Ms].map((value) => value?.toFixed(1) ?? "-"),
    result.commitsPerFlush.toFixed(1),
    `${(100 / slowness).toFixed(0)} %`,
  ];
});
const text = [
  `${machine.cpu}, load average before the run ${machine.load.toFixed(1)}, disk ${here.syncMs.toFixed(2)} ms per fdatasync`,
  `costs in ms of a processor: ${Object.entries(costs)
    .map(([name, value]) => `${name} ${value.toFixed(name === "commits" ? 0 : 3)}`)
    .join(", ")}`,
  "",
  "W1, measured and simulated, all on this machine's processors",
  table(
    ["", "workflows/s", "simulated", "off by", "p50 ms", "simulated", "commits per flush", "processors"],
    checked,
  ),
];
for (const [title, place] of [
  ["PostgreSQL with 8 processors in the same zone", { databaseProcessors: 8, roundTripMs: 0.3, syncMs: 0.5 }],
  [
    "PostgreSQL with 32 processors in the same zone",
    { databaseProcessors: 32, roundTripMs: 0.3, syncMs: 0.5 },
  ],
  ["with a synchronous standby in another zone", { databaseProcessors: 32, roundTripMs: 0.3, syncMs: 2 }],
]) {
  const rows = [1, 2, 4, 8, 16, 32].map((nodes) => {
    const { perSecond, p50Ms, busy } = simulate({
      ...{ costs, concurrency: 200 * nodes, seconds: 3 },
      place: { ...place, lanes: LANES, nodes },
    });
    const percent = (share) => `${(100 * share).toFixed(0)} %`;
    return [
      `${nodes}`,
      ...[perSecond.toFixed(0), (perSecond * STEPS).toFixed(0), p50Ms.toFixed(1)],
      ...[busy.node, busy.handlers, busy.database, busy.disk].map(percent),
    ];
  });
  const header = ["nodes", "workflows/s", "steps/s", "p50 ms", "node", "handlers", "database", "disk"];
  text.push("", `W1 simulated at 200 concurrent per node: ${title}`, table(header, rows));
}
console.log(text.join("\n"));
