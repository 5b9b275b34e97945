import { VirtualClock } from "../kernel/clock.ts";
import { Dispatcher } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import { AwsError } from "../kernel/errors.ts";
import { SeededIds } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OperationTable } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import type { Service, ServiceOptions } from "../kernel/service.ts";
import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import { type TargetEvent, Targets } from "../kernel/targets.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { insert, type Store, statement } from "../store/store.ts";
import { listen } from "../wire/listen.ts";
import { createWire } from "../wire/wire.ts";
import { Activity } from "./activity.ts";
import { sharedPostgresUrl } from "./postgres-server.ts";

export const STORES = ["SQLite", "PostgreSQL with two nodes"] as const;
export type StoreKind = (typeof STORES)[number];

/** What a target was delivered, as it stands in the store. */
export interface Delivered {
  readonly arn: string;
  readonly event: TargetEvent;
  readonly atMs: number;
}

const deliver = insert("test.deliver", "inbox", {
  execution: "text",
  id: "text",
  at: "bigint",
  data: "text",
});
const delivered = statement(
  "test.delivered",
  "SELECT at, data FROM inbox WHERE execution = '' ORDER BY at, id",
);

const SERVICES_WITH_TARGETS = ["lambda", "sqs", "sns", "events"];
let schemas = 0;

export type ServiceNodes = Awaited<ReturnType<typeof openServiceNodes>>;

/**
 * Services behind a port, on a store and in virtual time. On PostgreSQL there are two nodes, and requests go to one and
 * the other in turn. Whatever is delivered to a function, queue, topic or bus is recorded in the store.
 */
export async function openServiceNodes(
  kind: StoreKind,
  create: (options: ServiceOptions) => readonly Service[],
  operationsToo: (table: OperationTable) => void = () => {},
) {
  const clock = new VirtualClock();
  const refused = new Map<string, AwsError>();
  const activity = new Activity(kind === "SQLite" ? "turns" : "time");
  const open = async (): Promise<{ store: Store; signals: Signals }> => {
    if (kind === "SQLite") {
      return {
        store: await openSqliteStore({ folder: ":memory:", clock, log: silentLogger }),
        signals: NO_SIGNALS,
      };
    }
    const place = { url: await sharedPostgresUrl(), schema: `nodes_${process.pid}_${schemas}` };
    const store = await openPostgresStore({ ...place, clock, log: silentLogger });
    return { store, signals: store.openSignals(`signals-${schemas}`, silentLogger) };
  };
  schemas++;
  // One after the other: the first makes the schema.
  const nodes: TestNode[] = [];
  const names = kind === "SQLite" ? ["node"] : ["node-a", "node-b"];
  for (const owner of names) {
    const { store, signals } = await open();
    const watched = activity.watched(store);
    const options = { store: watched, signals, clock, owner, seed: nodes.length + 1, refused };
    nodes.push(startNode(options, create, operationsToo));
  }
  let asked = 0;
  const handles = nodes.map(({ operations, ids }) =>
    createWire({ operations, clock, ids, log: silentLogger }),
  );
  const listener = await listen((request) => handles[asked++ % handles.length]!(request), {
    ...{ port: 0, host: "127.0.0.1", log: silentLogger },
  });
  const { store } = nodes[0]!;
  return {
    clock,
    /** For AWS's clients. */
    config: {
      endpoint: listener.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    },
    url: listener.url,
    store,
    describeDue: Object.assign(
      {},
      ...nodes[0]!.services.map((service) => service.describeDue),
    ) as DescribeByKind,
    /** Targets that refuse what is delivered to them, by ARN. */
    refused,
    async delivered(): Promise<Delivered[]> {
      const rows = await store.read(delivered, []);
      return rows.map((row) => ({ ...JSON.parse(String(row.data)), atMs: Number(row.at) }));
    },
    /** Moves time on, from one thing that is due to the next. */
    async advance(ms: number): Promise<void> {
      const untilMs = clock.now() + ms;
      for (;;) {
        await activity.quiet();
        if (clock.now() >= untilMs) return;
        clock.moveTo(Math.min(clock.nextTimerMs() ?? untilMs, untilMs));
      }
    },
    settle: () => activity.quiet(),
    async close(): Promise<void> {
      await listener.close();
      for (const node of nodes) await node.close();
    },
  };
}

interface TestNode {
  readonly store: Store;
  readonly ids: SeededIds;
  readonly operations: OperationTable;
  readonly services: readonly Service[];
  close(): Promise<void>;
}

function startNode(
  given: {
    readonly store: Store;
    readonly signals: Signals;
    readonly clock: VirtualClock;
    readonly owner: string;
    readonly seed: number;
    readonly refused: ReadonlyMap<string, AwsError>;
  },
  create: (options: ServiceOptions) => readonly Service[],
  operationsToo: (table: OperationTable) => void,
): TestNode {
  const { store, signals, clock, owner, seed, refused } = given;
  const ids = new SeededIds(seed, clock);
  const dispatcher = new Dispatcher({ store, clock, log: silentLogger, owner, signals });
  const operations = new OperationTable(validate);
  const targets = new Targets();
  for (const service of SERVICES_WITH_TARGETS) {
    targets.add(service, (arn, event) => {
      const refusal = refused.get(arn);
      if (refusal) throw refusal;
      const data = JSON.stringify({ arn, event });
      const change = { statement: deliver, params: ["", ids.orderedUuid(), clock.now(), data] };
      return { changes: [change], committed() {} };
    });
  }
  const base = { store, signals, clock, owner, ids, dispatcher, operations, targets, log: silentLogger };
  const services = create({ ...base, endpointUrl: () => undefined });
  for (const service of services) operations.add(service.name, service.operations, service.check);
  operationsToo(operations);
  for (const service of services) service.start?.();
  dispatcher.start();
  return {
    ...{ store, ids, operations, services },
    async close() {
      for (const service of services) service.drain?.();
      await dispatcher.stop();
      for (const service of services) await service.close?.();
      await signals.close();
      await store.close();
    },
  };
}

/** What a target that is gone says. */
export function gone(message = "The specified queue does not exist."): AwsError {
  return new AwsError("QueueDoesNotExist", message, { queryCode: "AWS.SimpleQueueService.NonExistentQueue" });
}
