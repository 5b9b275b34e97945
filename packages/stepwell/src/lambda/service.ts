import { type Clock, RealClock } from "../kernel/clock.ts";
import type { Dispatcher } from "../kernel/dispatcher.ts";
import type { DescribeByKind } from "../kernel/due.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { InputCheck, Operation, OperationTable } from "../kernel/operations.ts";
import { NO_SIGNALS, type Signals } from "../kernel/signals.ts";
import type { Targets } from "../kernel/targets.ts";
import type { Store } from "../store/store.ts";
import { aliasOperations } from "./aliases.ts";
import { AsyncInvocations, describeAsync } from "./async.ts";
import { StoredFunctions } from "./catalog.ts";
import { checkLambdaInput } from "./check.ts";
import { CodeCache } from "./code/code-cache.ts";
import { FolderWatch } from "./code/folder-watch.ts";
import { sweepCode } from "./code/sweep.ts";
import { codeSigningOperations } from "./code-signing.ts";
import { concurrencyOperations } from "./concurrency.ts";
import { FunctionControl } from "./control.ts";
import { eventInvokeOperations } from "./event-invoke.ts";
import type { DurableInvoker, FunctionCatalog } from "./function.ts";
import type { Host, Invokes } from "./host/host.ts";
import { FunctionInvoker } from "./invoke.ts";
import { invokeStreamOperation } from "./invoke-stream.ts";
import { layerOperations } from "./layers/operations.ts";
import { layerPolicyOperations } from "./layers/policy.ts";
import { batchCaller } from "./mappings/caller.ts";
import { mappingOperations } from "./mappings/operations.ts";
import { MappingRunners } from "./mappings/runners.ts";
import { queueSource } from "./mappings/sqs/source.ts";
import { PatientHost } from "./patient-host.ts";
import { policyOperations } from "./policy.ts";
import { Reservations } from "./reservations.ts";
import { SharedPlaces } from "./shared-places.ts";
import { CodeUploads } from "./source.ts";
import { tagOperations } from "./tags.ts";
import { urlOperations } from "./urls/operations.ts";
import { ServedUrls } from "./urls/serve.ts";
import { versionOperations } from "./versions.ts";

export interface LambdaServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly host: Host;
  readonly dispatcher: Dispatcher;
  /** Starts executions of durable functions. It is first called when one is invoked, so it may be made later. */
  readonly durable: DurableInvoker;
  /** Functions become targets; destinations of functions are looked up here. */
  readonly targets: Targets;
  /** Where event source mappings find their sources; complete when the service is started. */
  readonly operations: OperationTable;
  /** To other nodes, where there are any. */
  readonly signals?: Signals;
  /** Where clients reach this node; undefined without a port. */
  readonly endpointUrl?: () => string | undefined;
  /** This node's name in work items. */
  readonly owner: string;
  /** Whether other nodes may work on the same store. */
  readonly shared?: boolean;
  /** Where deployment packages are unpacked: `.stepwell/code`; made when the first one is. */
  readonly codeFolder: string;
  /** Where the node's data is, if that is a folder; it may lie in one that functions run from. */
  readonly dataFolder?: string;
}

export interface LambdaService {
  /** For the operation table, under `lambda`, with the check of their inputs. */
  readonly operations: Readonly<Record<string, Operation>>;
  readonly check: InputCheck;
  readonly catalog: FunctionCatalog;
  /** Runs the invocations of executions, which wait where a function has no place left. */
  readonly patientHost: Invokes;
  /** Functions' URLs, for the wire. */
  readonly urls: ServedUrls;
  /** Tells what asynchronous invocations wait for. */
  readonly describeDue: DescribeByKind;
  /** Lets event source mappings work. */
  start(): void;
  /** Event source mappings take no more events; called when the node begins to leave. */
  drain(): void;
  /** Resolves when asynchronous invocations under way have been recorded; stop the dispatcher and the host before. */
  close(): Promise<void>;
}

/** Functions: what makes, changes and invokes them. */
export function createLambdaService(options: LambdaServiceOptions): LambdaService {
  const { store, ids, log, host, durable, targets, codeFolder } = options;
  const cache = new CodeCache(codeFolder, ids);
  const swept = sweepCode(store, cache, log);
  const watch = new FolderWatch(new RealClock(), log, options.dataFolder);
  const catalog = new StoredFunctions(store, ids, cache, watch);
  const uploads = new CodeUploads(store, cache);
  const control = new FunctionControl({ store, ids, catalog, uploads });
  const places = options.shared ? new SharedPlaces(options) : undefined;
  const reservations = new Reservations(places);
  const patientHost = new PatientHost({ host, functions: catalog, reservations, clock: options.clock });
  const asynchronous = new AsyncInvocations({ ...options, catalog, reservations });
  targets.add("lambda", asynchronous.target);
  const invoker = new FunctionInvoker({ catalog, host, durable, asynchronous, reservations });
  const { clock, operations, signals = NO_SIGNALS } = options;
  const sources = { sqs: queueSource({ clock, ids, log, operations }) };
  const caller = batchCaller({ clock, ids, log, invoker });
  const runners = new MappingRunners({ store, log, signals, owner: options.owner, sources, caller });
  return {
    operations: {
      CreateFunction: (context, input) => control.create(context, input),
      DeleteFunction: (context, input) => control.delete(context, input),
      GetFunction: (context, input) => control.get(context, input),
      GetFunctionConfiguration: (context, input) => control.configuration(context, input),
      Invoke: (context, input) => invoker.invoke(context, input),
      InvokeWithResponseStream: invokeStreamOperation(invoker),
      ListFunctions: (context, input) => control.list(context, input),
      UpdateFunctionCode: (context, input) => control.updateCode(context, input),
      UpdateFunctionConfiguration: (context, input) => control.updateSettings(context, input),
      ...aliasOperations(store, () => ids.uuid()),
      ...codeSigningOperations(store),
      ...concurrencyOperations(store),
      ...eventInvokeOperations({ store, catalog, targets }),
      ...layerOperations({ store, catalog, uploads }),
      ...layerPolicyOperations(store, () => ids.uuid()),
      ...mappingOperations({ store, ids, catalog, sources, changed: () => runners.changed() }),
      ...policyOperations(store, () => ids.uuid()),
      ...tagOperations(store),
      ...urlOperations({ store, ids, endpointUrl: options.endpointUrl ?? (() => undefined) }),
      ...versionOperations(store, catalog, () => ids.uuid()),
    },
    check: checkLambdaInput,
    catalog,
    patientHost,
    urls: new ServedUrls({ store, clock, log, catalog, invoker }),
    describeDue: describeAsync,
    start: () => runners.start(),
    drain() {
      runners.drain();
      patientHost.close();
    },
    async close() {
      watch.close();
      places?.close();
      await Promise.all([asynchronous.close(), runners.close(), swept]);
    },
  };
}
