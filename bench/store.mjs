// How many durable single-row commits a second each store takes, at 1 to 1000 waiting writers, beside an fdatasync
// probe and a plain append log in the same run. Ratios are to that log, which does nothing but write and wait.
//
//   npm run build && node bench/store.mjs [seconds per measurement] [rounds] [store …]
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../packages/stepwell/dist/kernel/clock.js";
import { silentLogger } from "../packages/stepwell/dist/kernel/logger.js";
import { MIGRATIONS } from "../packages/stepwell/dist/store/migrations/index.js";
import { migration } from "../packages/stepwell/dist/store/migrations/migration.js";
import { openPostgresStore } from "../packages/stepwell/dist/store/postgres.js";
import { openSqliteStore } from "../packages/stepwell/dist/store/sqlite.js";
import { insert } from "../packages/stepwell/dist/store/store.js";
import { startPostgres } from "../packages/stepwell/dist/testing/postgres-server.js";

const SECONDS = Number(process.argv[2] ?? 2);
const ROUNDS = Number(process.argv[3] ?? 5);
const CHOSEN = process.argv.slice(4);
const WRITERS = [1, 50, 200, 1000];
const ROWS_PER_EXECUTION = 12;
const payload = Buffer.from(JSON.stringify({ value: "x".repeat(488) }));

// The shape of a journal: append-only, a unique index over (execution, seq), executions in ascending order.
const migrations = [
  ...MIGRATIONS,
  migration(
    9002,
    "bench",
    `CREATE TABLE bench_journal (execution TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, data BYTEA NOT NULL);
     CREATE UNIQUE INDEX bench_journal_seq ON bench_journal (execution, seq);`,
  ),
];
const append = insert("bench.append", "bench_journal", {
  execution: "text",
  seq: "bigint",
  at: "bigint",
  data: "bytea",
});

const clock = new RealClock();
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "stepwell-bench-"));
const server =
  CHOSEN.length === 0 || CHOSEN.includes("postgres") ? await startPostgres({ fsync: true }) : undefined;
const options = { clock, log: silentLogger, migrations };
const makers = {
  log: () => openLog(join(folder, "log")),
  sqlite: () => openSqliteStore({ ...options, folder: join(folder, "sqlite"), writerThread: "off" }),
  "sqlite-thread": () => openSqliteStore({ ...options, folder: join(folder, "thread"), writerThread: "on" }),
  postgres: () => openPostgresStore({ ...options, url: server.url }),
};
const stores = {};
for (const [name, make] of Object.entries(makers)) {
  if (name === "log" || CHOSEN.length === 0 || CHOSEN.includes(name)) stores[name] = await make();
}

let executions = 0;
console.log(`node ${process.version}, ${SECONDS} s per measurement, medians of ${ROUNDS} rounds\n`);
console.log(
  ["writers", "fdatasync/s", ...Object.keys(stores).flatMap((n) => (n === "log" ? [n] : [n, "of log"]))].join(
    "\t",
  ),
);
for (const writers of WRITERS) {
  const rates = Object.fromEntries(Object.keys(stores).map((name) => [name, []]));
  const probes = [];
  for (let round = 0; round < ROUNDS; round++) {
    probes.push(fdatasyncRate());
    for (const [name, store] of Object.entries(stores)) rates[name].push(await measure(store, writers));
  }
  const log = median(rates.log);
  const columns = Object.entries(rates).flatMap(([name, list]) =>
    name === "log" ? [Math.round(log)] : [Math.round(median(list)), (median(list) / log).toFixed(2)],
  );
  console.log([writers, Math.round(median(probes)), ...columns].join("\t"));
}
for (const store of Object.values(stores)) await store.close();
await server?.stop();
rmSync(folder, { recursive: true });

/** Commits a second of so many writers, each of which waits for its own commit before the next. */
async function measure(store, writers) {
  let commits = 0;
  const start = performance.now();
  const end = start + SECONDS * 1000;
  const write = async () => {
    while (performance.now() < end) {
      const execution = `0198-${String(executions++).padStart(12, "0")}`;
      for (let seq = 0; seq < ROWS_PER_EXECUTION && performance.now() < end; seq++) {
        await store.commit(
          [{ statement: append, params: [execution, seq, 1_750_000_000_000 + seq, payload], rows: 1 }],
          {
            key: execution,
          },
        );
        commits++;
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (commits * 1000) / (performance.now() - start);
}

/** A log of JSON lines with the same natural group commit: what arrives during one turn is written and synced at once. */
function openLog(file) {
  const descriptor = openSync(file, "a");
  const text = payload.toString();
  let waiting = [];
  return {
    commit: (changes) =>
      new Promise((resolve) => {
        const [execution, seq, at] = changes[0].params;
        if (waiting.push({ line: JSON.stringify({ execution, seq, at, data: text }), resolve }) > 1) return;
        setImmediate(() => {
          const flush = waiting;
          waiting = [];
          writeSync(descriptor, `${flush.map((one) => one.line).join("\n")}\n`);
          fdatasyncSync(descriptor);
          for (const one of flush) one.resolve();
        });
      }),
    close: () => closeSync(descriptor),
  };
}

/** 4 KiB writes over a file that has its size already, each with its fdatasync: what the disk can do at best. */
function fdatasyncRate() {
  const file = join(folder, "probe");
  const descriptor = openSync(file, "w");
  const page = Buffer.alloc(4096, 1);
  for (let i = 0; i < 256; i++) writeSync(descriptor, page, 0, page.length, i * page.length);
  fdatasyncSync(descriptor);
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 250; count++) {
    writeSync(descriptor, page, 0, page.length, (count % 256) * page.length);
    fdatasyncSync(descriptor);
  }
  const rate = (count * 1000) / (performance.now() - start);
  closeSync(descriptor);
  rmSync(file);
  return rate;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
