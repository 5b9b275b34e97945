import { VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import type { Place } from "./contract/suite.ts";
import { describeStore } from "./contract.ts";
import { openPostgresStore } from "./postgres.ts";

let places = 0;

async function inSchema(): Promise<Place> {
  const url = await sharedPostgresUrl();
  const clock = new VirtualClock();
  const schema = `contract_${++places}`;
  return {
    clock,
    persistent: true,
    open: (migrations) => openPostgresStore({ url, schema, clock, log: silentLogger, migrations }),
    remove: async () => {},
  };
}

describeStore("PostgreSQL", inSchema);
