import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Place } from "./contract/suite.ts";
import { describeStore } from "./contract.ts";
import { openSqliteStore } from "./sqlite.ts";

const inFolder = (writerThread: "on" | "off") => async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-store-"));
  const clock = new VirtualClock();
  return {
    clock,
    persistent: true,
    open: (migrations) => openSqliteStore({ folder, clock, log: silentLogger, writerThread, migrations }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
};

async function inMemory(): Promise<Place> {
  const clock = new VirtualClock();
  return {
    clock,
    persistent: false,
    open: (migrations) => openSqliteStore({ folder: ":memory:", clock, log: silentLogger, migrations }),
    remove: async () => {},
  };
}

describeStore("SQLite in a folder", inFolder("off"));
describeStore("SQLite in a folder with a writer thread", inFolder("on"));
describeStore("SQLite in memory", inMemory);
