import { getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type App, openApp } from "./app/app.ts";
import type { StepwellConfig } from "./app/config.ts";
import { backupOperations } from "./backup/service.ts";
import { DEFAULT_LIMITS, type DurableLimits } from "./durable/limits.ts";
import { createDurableService } from "./durable/service.ts";
import { createEventServices } from "./event-services.ts";
import type { AccessKey } from "./kernel/access-key.ts";
import { type Clock, RealClock } from "./kernel/clock.ts";
import { DEFAULT_REGION } from "./kernel/context.ts";
import { Dispatcher } from "./kernel/dispatcher.ts";
import { type Ids, RealIds } from "./kernel/ids.ts";
import type { Logger } from "./kernel/logger.ts";
import { Membership } from "./kernel/membership.ts";
import { openNumbers } from "./kernel/numbers.ts";
import { OperationTable } from "./kernel/operations.ts";
import { validate } from "./kernel/schema/validate.ts";
import { Sessions } from "./kernel/sessions.ts";
import { Targets } from "./kernel/targets.ts";
import { work } from "./kernel/work.ts";
import type { FunctionCatalog } from "./lambda/function.ts";
import type { LogSink } from "./lambda/host/host.ts";
import { WorkerHost, type WorkerHostOptions } from "./lambda/host/worker-host.ts";
import { createLambdaService } from "./lambda/service.ts";
import { createLogsService, type LogsService } from "./logs/service.ts";
import { openNodeStore } from "./node-store.ts";
import { NodeMetrics } from "./operation/node-metrics.ts";
import { withProbes } from "./operation/probes.ts";
import { Readiness } from "./operation/readiness.ts";
import { BlobCollection } from "./store/blobs/collection.ts";
import { crashingStore, parseCrashPlan } from "./store/crash.ts";
import type { Store, StoreInfo } from "./store/store.ts";
import { checkStsInput, stsOperations } from "./sts/service.ts";
import { openTime } from "./time/open-time.ts";
import { refuseOpenServer } from "./wire/exposure.ts";
import { listen } from "./wire/listen.ts";
import { SignatureVerifier } from "./wire/signature/verifier.ts";
import { createWire, type Handle } from "./wire/wire.ts";

export interface NodeOptions {
  /**
   * Where everything is kept: a folder, made if it is missing, for this node alone; `:memory:`, which keeps nothing; or
   * a `postgres://` URL, which any number of nodes may share.
   */
  readonly data: string;
  /** PostgreSQL: the schema that holds the tables; `stepwell` by default. */
  readonly schema?: string;
  /** PostgreSQL: the lease of nodes in milliseconds, the same on all of them; 10 s by default. */
  readonly leaseMs?: number;
  /** The folder of an app: functions of its stepwell.config are put in place, and kept so, before anything runs. */
  readonly app?: string;
  readonly log: Logger;
  readonly onFunctionLog?: LogSink;
  /** `virtual`: time stands still until AdvanceTime or SkipTime moves it. The machine's time by default. */
  readonly time?: "real" | "virtual";
  readonly ids?: Ids;
  /** Access keys that requests must be signed with; without any, nobody looks at signatures. */
  readonly keys?: readonly AccessKey[];
  /** These, and those of `host`, are used before what the app's config says. */
  readonly limits?: Partial<DurableLimits>;
  readonly host?: Pick<WorkerHostOptions, "maxBusy" | "maxInstances" | "idleMs" | "execArgv">;
}

/** One server: the services on a store, a host for functions, and the wire. */
export interface StepwellNode {
  readonly operations: OperationTable;
  readonly clock: Clock;
  readonly functions: FunctionCatalog;
  /** Follows what functions log, without a socket. */
  readonly tail: LogsService["tail"];
  /** Where the app's functions are, once it has started. */
  readonly region: string;
  readonly store: StoreInfo;
  /** Answers a request without a socket. */
  readonly handle: Handle;
  /** Puts the app in place and goes on with whatever the store holds; for a node without a port. Once. */
  start(): Promise<void>;
  /**
   * Serves AWS's clients, tells functions where, and starts. Once. Throws OpenServerError for an address that other
   * machines may reach, unless requests must be signed.
   */
  listen(options: { readonly port: number; readonly host: string }): Promise<{ readonly url: string }>;
  /** Says at /readyz that it is leaving, and goes on: for a load balancer to notice before it closes. */
  drain(): void;
  /** Lets requests and invocations end until `graceMs` has passed; what still runs then goes on at the next start. */
  close(graceMs?: number): Promise<void>;
}

const GRACE_MS = 5_000;

/**
 * Opens a node; nothing runs before it is started. Throws StoreError when the store cannot be had, and TimeAhead when
 * its data has lived in virtual time that the machine's has not reached.
 */
export async function openNode(options: NodeOptions): Promise<StepwellNode> {
  const { log, data } = options;
  const machineClock = new RealClock();
  const measures = new NodeMetrics();
  const place = await openNodeStore({ ...options, onFlush: measures.onFlush });
  const { store: opened, signals } = place;
  const openedTime = openTime(options.time ?? "real", crashing(opened), place.clock);
  const time = await openedTime.catch(async (error: unknown) => {
    await place.close();
    throw error;
  });
  const { clock, store } = time;
  const ids = options.ids ?? new RealIds(clock);
  const owner = ids.uuid();

  const dispatcher = new Dispatcher({
    ...{ store, clock, log, owner, signals, onClaim: measures.onClaim },
    ...(time.during && { during: time.during }),
  });
  const membership = place.shared
    ? new Membership({
        ...{ store, clock, log, owner },
        ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
        onFreed: () => dispatcher.wake(clock.now()),
      })
    : undefined;
  if (membership) await membership.start();
  // No other process can hold an item of an embedded store: whatever is held was lost with the last one.
  else await store.commit([work.freeAll()], { key: owner });

  // Logs go past the crashing store: a plan counts the commits of what must survive, in the order that it happens in.
  const logs = createLogsService({ store: opened, clock, ids, log, dispatcher, owner, signals });
  let endpointUrl: string | undefined;
  let config: StepwellConfig = {};
  const functionKey = options.keys && newKey(ids);
  const workerHost = new WorkerHost({
    get maxBusy() {
      return options.host?.maxBusy ?? config.host?.maxBusyInstances;
    },
    get maxInstances() {
      return options.host?.maxInstances ?? config.host?.maxInstances;
    },
    get idleMs() {
      const { idleSeconds } = config.host ?? {};
      return options.host?.idleMs ?? (idleSeconds === undefined ? undefined : idleSeconds * 1000);
    },
    ...(options.host?.execArgv && { execArgv: options.host.execArgv }),
    ...compileCache(),
    clock,
    idleClock: machineClock,
    ...((time.virtual || place.shared) && { nowOffsetMs: () => clock.now() - machineClock.now() }),
    ids,
    log: (lines) => {
      logs.write(lines);
      options.onFunctionLog?.(lines);
    },
    get endpointUrl() {
      return endpointUrl;
    },
    ...(functionKey && { key: functionKey }),
  });
  const host = measures.measured(time.counted(workerHost));
  const shared = { store, clock, ids, log, host, dispatcher, owner, signals };
  const keepsCode = data !== ":memory:" && !place.shared;
  const codeFolder = keepsCode ? join(data, "code") : join(tmpdir(), `stepwell-${owner}`);
  const operations = new OperationTable(validate);
  const targets = new Targets();
  const services = createEventServices({ ...shared, targets, operations, endpointUrl: () => endpointUrl });
  const lambda = createLambdaService({
    ...shared,
    targets,
    operations,
    endpointUrl: () => endpointUrl,
    shared: place.shared,
    codeFolder,
    ...(keepsCode ? { dataFolder: data } : {}),
    durable: { start: (context, request) => durable.invoker.start(context, request) },
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const durable = createDurableService({
    ...shared,
    host: lambda.patientHost,
    functions: lambda.catalog,
    observer: measures.executions,
    nextNumber: await openNumbers(store, owner),
    limits,
  });
  const collection = new BlobCollection(opened, machineClock, log);
  operations.add("lambda", lambda.operations, lambda.check);
  operations.add("lambda", durable.operations);
  operations.add("logs", logs.operations, logs.check);
  for (const service of services) {
    operations.add(service.name, service.operations, service.check);
    operations.add("stepwell", service.ownOperations ?? {});
  }
  const sessions = new Sessions(options.keys ?? []);
  operations.add("sts", stsOperations({ ids, sessions }), checkStsInput);
  operations.add("stepwell", durable.ownOperations);
  operations.add("stepwell", backupOperations(opened));
  const describeDue = services.map((service) => service.describeDue);
  operations.add(
    "stepwell",
    time.operations(
      Object.assign({}, durable.describeDue, lambda.describeDue, ...describeDue),
      services.flatMap(({ findDue }) => findDue ?? []),
    ),
  );
  const verifier =
    functionKey &&
    new SignatureVerifier({ keys: [...options.keys!, functionKey], sessions, clocks: [clock, machineClock] });
  const { urls } = lambda;
  const wire = createWire({ operations, clock, ids, log, urls, sessions, ...(verifier && { verifier }) });
  // Questions about the node go past the counting of time: asking must not keep virtual time from moving.
  measures.describeStore(opened, clock, machineClock);
  measures.describeProcess(machineClock);
  if (place.connections) measures.describeConnections(place.connections);
  const commits = () => membership?.steady ?? true;
  const readiness = new Readiness({ store: opened, clock: machineClock, commits });
  const probes = { readiness, metrics: measures.metrics };
  const handle = withProbes(time.virtual ? tellingTime(wire, clock) : wire, probes);

  let app: App | undefined;
  const start = async (): Promise<void> => {
    if (options.app !== undefined) {
      const configured = (changed: StepwellConfig) => {
        config = changed;
        Object.assign(limits, DEFAULT_LIMITS, config.limits ?? {}, options.limits ?? {});
      };
      app = await openApp({ folder: options.app, operations, clock, ids, log, configured });
    }
    for (const service of services) service.start?.();
    lambda.start();
    dispatcher.start();
    collection.start();
    readiness.started();
  };
  let listener: Awaited<ReturnType<typeof listen>> | undefined;
  const close = async (graceMs = GRACE_MS): Promise<void> => {
    readiness.draining();
    durable.drain();
    lambda.drain();
    for (const service of services) service.drain?.();
    logs.endTails();
    await Promise.all([dispatcher.stop(), app?.close()]);
    // Functions may need the server to end well, and clients wait for functions: both get the same grace.
    await Promise.all([host.close(graceMs), listener?.close(graceMs)]);
    const ending = [durable, lambda, logs, collection, ...services];
    await Promise.all(ending.map((part) => part.close?.()));
    await membership?.leave();
    await place.close();
  };
  return {
    operations,
    clock,
    functions: lambda.catalog,
    tail: logs.tail,
    get region() {
      return app?.region ?? DEFAULT_REGION;
    },
    store: store.info,
    handle,
    start,
    async listen(where) {
      refuseOpenServer(where.host, verifier !== undefined);
      // First, so that functions which are started know it, and a port in use is said before anything is built.
      listener = await listen(handle, { ...where, log });
      endpointUrl = listener.url;
      await start();
      return { url: listener.url };
    },
    drain: () => readiness.draining(),
    close,
  };
}

/** What functions of this process sign with: it is good for as long as the process lives. */
function newKey(ids: Ids): AccessKey {
  const secret = () => ids.uuid().replaceAll("-", "");
  return {
    accessKeyId: `ASIA${secret().slice(0, 16).toUpperCase()}`,
    secretAccessKey: secret() + secret(),
    sessionToken: secret() + secret(),
  };
}

/** Clients cannot know virtual time by themselves. */
function tellingTime(handle: Handle, clock: Clock): Handle {
  return async (request) => {
    const response = await handle(request);
    return { ...response, headers: { ...response.headers, "x-stepwell-time": String(clock.now()) } };
  };
}

/** Hosts keep compiled code where this process does, if it does. */
function compileCache(): Pick<WorkerHostOptions, "compileCacheFolder"> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { compileCacheFolder: dirname(folder) };
}

/** For tests of what survives: STEPWELL_CRASH names a commit at which this process kills itself. */
function crashing(store: Store): Store {
  const plan = process.env.STEPWELL_CRASH;
  return plan ? crashingStore(store, parseCrashPlan(plan)) : store;
}
