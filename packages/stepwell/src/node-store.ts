import type { BackupSource } from "./backup/service.ts";
import { type Clock, RealClock } from "./kernel/clock.ts";
import { RealIds } from "./kernel/ids.ts";
import type { Logger } from "./kernel/logger.ts";
import { NO_SIGNALS, type Signals } from "./kernel/signals.ts";
import type { FlushReport } from "./store/commit-queue.ts";
import { isPostgresUrl } from "./store/place.ts";
import type { PostgresConnections } from "./store/postgres.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";

/** A node's store, and what comes with it. */
export interface NodeStore {
  readonly store: Store & BackupSource;
  /** The machine's time, or the database's where nodes share it. */
  readonly clock: Clock;
  readonly signals: Signals;
  /** Whether other nodes may work on the same data. */
  readonly shared: boolean;
  /** PostgreSQL's, where it is that. */
  readonly connections?: () => PostgresConnections;
  close(): Promise<void>;
}

/** Opens a folder, `:memory:` or a `postgres://` URL. Throws StoreError. */
export async function openNodeStore(options: {
  readonly data: string;
  readonly schema?: string;
  readonly log: Logger;
  readonly onFlush?: (report: FlushReport) => void;
}): Promise<NodeStore> {
  const { data, schema, log, onFlush } = options;
  const clock = new RealClock();
  if (!isPostgresUrl(data)) {
    const store = await openSqliteStore({ folder: data, clock, log, ...(onFlush && { onFlush }) });
    return { store, clock, signals: NO_SIGNALS, shared: false, close: () => store.close() };
  }
  // Loaded when it is asked for: most nodes never need PostgreSQL's client.
  const [{ openPostgresStore }, { DatabaseClock }] = await Promise.all([
    import("./store/postgres.ts"),
    import("./store/postgres/clock.ts"),
  ]);
  const store = await openPostgresStore({
    ...{ url: data, clock, log },
    ...(schema && { schema }),
    ...(onFlush && { onFlush }),
  });
  const databaseClock = await DatabaseClock.open(store);
  const signals = store.openSignals(new RealIds(clock).uuid(), log);
  return {
    ...{ store, signals, clock: databaseClock, shared: true },
    connections: () => store.connections(),
    async close() {
      databaseClock.close();
      await signals.close();
      await store.close();
    },
  };
}
