import pg from "pg";
import { change } from "../../packages/stepwell/dist/durable/tables.js";
import { RealClock } from "../../packages/stepwell/dist/kernel/clock.js";
import { silentLogger } from "../../packages/stepwell/dist/kernel/logger.js";
import { openPostgresStore } from "../../packages/stepwell/dist/store/postgres.js";
import { atLeast, judged } from "../lib/bars.mjs";
import { drive } from "../lib/load.mjs";
import { usePostgres } from "../lib/postgres.mjs";
import { probeDisk } from "../lib/probe.mjs";
import { summary } from "../lib/statistics.mjs";

const WRITERS = 200;
/** As many connections as a node writes with. */
const LANES = 2;
const DATA = JSON.stringify([["StepSucceeded", { Id: "0123456789abcdef", Payload: "x".repeat(440) }]]);
const COLUMNS = {
  execution: "bigint",
  seq: "bigint",
  event_id: "bigint",
  version: "integer",
  at: "bigint",
  data: "text",
  blob: "text",
};
const RAW = `INSERT INTO journal (${Object.keys(COLUMNS)}) SELECT * FROM unnest(${Object.values(COLUMNS)
  .map((type, i) => `$${i + 1}::${type}[]`)
  .join()})`;

/**
 * The store alone, with so many writers who each wait for a commit of one journal row before the next, beside the same
 * rows as raw `unnest` inserts, a transaction each, on as many connections and with as many rows as those writers make.
 */
export const storeRate = {
  name: "store",
  title: `the store alone on PostgreSQL, ${WRITERS} writers: rows/s of those that raw unnest inserts reach`,

  async measure({ rounds, seconds, folder, say }) {
    const { url, release } = await usePostgres();
    const schema = "bench_store";
    const store = await openPostgresStore({ url, schema, clock: new RealClock(), log: silentLogger });
    const clients = await Promise.all(Array.from({ length: LANES }, () => connect(url, schema)));
    const ratios = [];
    const probes = [];
    let execution = 0;
    const row = () => [++execution, 1, 1, 1, 1_750_000_000_000, DATA, null];
    const commit = () => {
      const params = row();
      return store.commit([change.insertJournal(params)], { key: String(params[0]) });
    };
    const raw = async () => {
      for (const client of clients) if (!client.busy) return insertRaw(client, row);
    };
    try {
      await drive(WRITERS, 1, commit);
      await drive(LANES, 1, raw);
      for (let round = 1; round <= rounds; round++) {
        probes.push(probeDisk(folder).perSecond);
        const own = await drive(WRITERS, seconds, commit);
        const { perSecond } = await drive(LANES, seconds, raw);
        const rawRows = perSecond * (WRITERS / LANES);
        ratios.push(own.perSecond / rawRows);
        say(
          `store ${round}/${rounds}: ${Math.round(own.perSecond)} rows/s, raw ${Math.round(rawRows)} rows/s`,
        );
      }
    } finally {
      await Promise.all(clients.map(({ client }) => client.end()));
      await store.close();
      await release();
    }
    const value = summary(ratios);
    const bar = judged(atLeast(0.6, "of raw inserts"), { value });
    return { value, unit: "of raw inserts", digits: 2, probe: summary(probes), bar };
  },
};

async function connect(url, schema) {
  const options = `-c search_path=${schema} -c synchronous_commit=on`;
  const client = new pg.Client({ connectionString: url, options });
  await client.connect();
  return { client, busy: false };
}

async function insertRaw(connection, row) {
  connection.busy = true;
  const rows = Array.from({ length: WRITERS / LANES }, row);
  const values = Object.keys(COLUMNS).map((_, column) => rows.map((one) => one[column]));
  await connection.client.query({ name: "raw", text: RAW, values });
  connection.busy = false;
}
