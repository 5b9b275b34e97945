import { RealClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { change } from "../contract/suite.ts";
import { addEntry, addItem, CONTRACT_MIGRATIONS } from "../contract/tables.ts";
import { type OpenOptions, openStore } from "../open.ts";

// A process that commits until it is killed: `node committer.ts <target> <options as JSON> <prefix>`. Every commit adds
// an entry and the item that belongs to it; the number of each commit that resolved is printed, a line each.
const [target, options, prefix] = process.argv.slice(2) as [string, string, string];
const store = await openStore(target, {
  ...(JSON.parse(options) as Partial<OpenOptions>),
  clock: new RealClock(),
  log: silentLogger,
  migrations: CONTRACT_MIGRATIONS,
});
process.stdout.write("open\n");

let next = 0;
const WRITERS = 20;
await Promise.all(
  Array.from({ length: WRITERS }, async () => {
    for (;;) {
      const n = next++;
      const changes = [
        change(addEntry, [prefix, n], 1),
        change(addItem, [`${prefix}/${String(n).padStart(9, "0")}`, n], 1),
      ];
      await store.commit(changes, { key: `${prefix}${n % 7}` });
      process.stdout.write(`${n}\n`);
    }
  }),
);
