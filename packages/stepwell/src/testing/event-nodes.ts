import { afterEach, describe } from "vitest";
import { createEventServices } from "../event-services.ts";
import { VirtualClock } from "../kernel/clock.ts";
import { type CallContext, DEFAULT_ACCOUNT, DEFAULT_REGION } from "../kernel/context.ts";
import { Dispatcher } from "../kernel/dispatcher.ts";
import { SeededIds } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OperationTable } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import type { ServiceOptions } from "../kernel/service.ts";
import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import { Targets } from "../kernel/targets.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { listen } from "../wire/listen.ts";
import { createWire } from "../wire/wire.ts";
import { Activity } from "./activity.ts";
import { sharedPostgresUrl } from "./postgres-server.ts";

let schemas = 0;

/** Opens what a test talks to, and closes it after the test. */
export type OpenEventNodes = () => Promise<EventNodes>;
export type EventNodes = Awaited<ReturnType<typeof openOnSqlite>>;
export type EventNode = Awaited<ReturnType<typeof startNode>>;

const opened: (() => Promise<void>)[] = [];

/** Describes the same behaviour of one node on SQLite, and of two on one PostgreSQL. */
export function onBothStores(behaviour: (open: OpenEventNodes) => void): void {
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  describe("on SQLite", () => behaviour(openOnSqlite));
  describe("with two nodes on one PostgreSQL", () => behaviour(openOnPostgres));
}

async function openOnSqlite() {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  return together(clock, [{ store, signals: NO_SIGNALS }]);
}

async function openOnPostgres() {
  const clock = new VirtualClock();
  const url = await sharedPostgresUrl();
  const schema = `events_${process.pid}_${++schemas}`;
  const open = async (name: string) => {
    const store = await openPostgresStore({ url, schema, clock, log: silentLogger });
    return { store, signals: store.openSignals(name, silentLogger) };
  };
  // One after the other: the first makes the schema.
  return together(clock, [await open("node-0"), await open("node-1")]);
}

/** Nodes that share a clock. Each is asked in turn, so that hardly anything is asked where it was begun. */
async function together(clock: VirtualClock, places: readonly { store: Store; signals: Signals }[]) {
  const activity = new Activity();
  const nodes = await Promise.all(
    places.map(({ store, signals }, i) => startNode(clock, activity.watched(store), signals, i)),
  );
  let asked = 0;
  const next = () => nodes[asked++ % nodes.length]!;
  return {
    clock,
    nodes,
    /** A client of AWS that talks to the nodes in turn. */
    client<C extends { send(...args: never[]): unknown; destroy(): void }>(
      Client: new (settings: ReturnType<typeof clientSettings>) => C,
    ): Pick<C, "send"> {
      const clients = nodes.map(({ url }) => new Client(clientSettings(url)));
      opened.push(async () => clients.forEach((client) => void client.destroy()));
      let sent = 0;
      const send = (...args: never[]) => clients[sent++ % clients.length]!.send(...args);
      return { send } as Pick<C, "send">;
    },
    // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape.
    call: (operation: string, input: object, more?: Partial<CallContext>): Promise<any> =>
      next().call(operation, input, more),
    /** Resolves when nothing happens any more until time moves on. */
    settle: () => activity.quiet(),
  };
}

function clientSettings(endpoint: string) {
  return {
    endpoint,
    region: DEFAULT_REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
}

async function startNode(clock: VirtualClock, store: Store, signals: Signals, number: number) {
  const ids = new SeededIds(number + 1, clock);
  const owner = `node-${number}`;
  const dispatcher = new Dispatcher({ store, clock, log: silentLogger, owner, signals });
  const operations = new OperationTable(validate);
  const targets = new Targets();
  let url = "";
  const options: ServiceOptions = {
    ...{ store, clock, ids, log: silentLogger, dispatcher, owner, signals, targets, operations },
    endpointUrl: () => url,
  };
  const services = createEventServices(options);
  for (const service of services) operations.add(service.name, service.operations, service.check);
  const wire = createWire({ operations, clock, ids, log: silentLogger });
  const listener = await listen(wire, { port: 0, host: "127.0.0.1", log: silentLogger });
  url = listener.url;
  for (const service of services) service.start?.();
  dispatcher.start();
  opened.push(async () => {
    for (const service of services) service.drain?.();
    await dispatcher.stop();
    await listener.close(0);
    for (const service of services) await service.close?.();
    await signals.close();
    await store.close();
  });
  const context = (more: Partial<CallContext> = {}): CallContext => ({
    ...{ account: DEFAULT_ACCOUNT, region: DEFAULT_REGION, principal: "", requestId: ids.uuid() },
    ...{ clock, log: silentLogger, signal: new AbortController().signal, ...more },
  });
  return {
    ...{ url, store, ids, dispatcher, operations, targets, options },
    // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape.
    call: (operation: string, input: object, more?: Partial<CallContext>): Promise<any> =>
      operations.call(context(more), operation, input),
  };
}
