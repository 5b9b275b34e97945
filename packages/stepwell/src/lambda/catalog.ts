import { buffer } from "node:stream/consumers";
import type { Ids } from "../kernel/ids.ts";
import type { Store } from "../store/store.ts";
import type { CodeCache } from "./code/code-cache.ts";
import type { FolderWatch } from "./code/folder-watch.ts";
import { functionNotFound } from "./errors.ts";
import type { FunctionCatalog, LambdaFunction, NamedVersions } from "./function.ts";
import type { FunctionCode } from "./host/host.ts";
import { runtimeKind } from "./host/runtimes.ts";
import { type FunctionRecord, toLambdaFunction } from "./record.ts";
import {
  type FunctionReference,
  functionArn,
  isVersionNumber,
  LATEST,
  type Place,
  parseReference,
  referenceArn,
} from "./reference.ts";
import type { LoggingConfig } from "./settings.ts";
import { drawVersion } from "./shared.ts";
import { type FunctionKey, functions } from "./table.ts";

/** More functions than anyone calls at the same time; a record is a few kilobytes. */
const MOST_KNOWN = 1000;

interface KnownFunction {
  readonly record: FunctionRecord;
  /** How often functions had been changed when its reading began. */
  readonly changes: number | undefined;
}

/** Looks functions up in the store and puts their code where a host finds it. */
export class StoredFunctions implements FunctionCatalog {
  readonly #store: Store;
  readonly #ids: Ids;
  readonly #cache: CodeCache;
  readonly #watch: FolderWatch;
  /** Records as they were last read, by ARN in all but form. */
  readonly #known = new Map<string, KnownFunction>();

  constructor(store: Store, ids: Ids, cache: CodeCache, watch: FolderWatch) {
    this.#store = store;
    this.#ids = ids;
    this.#cache = cache;
    this.#watch = watch;
  }

  async find(
    account: string,
    region: string,
    name: string,
    version: string,
  ): Promise<LambdaFunction | undefined> {
    const record = await this.stored({ account, region, name, version });
    return record && toLambdaFunction(record);
  }

  /** A version as it is stored, or undefined. */
  async stored(key: FunctionKey): Promise<FunctionRecord | undefined> {
    const id = `${key.account}/${key.region}/${key.name}/${key.version}`;
    const changes = functions.changes(this.#store);
    const known = this.#known.get(id);
    if (known && (await this.#isCurrent(known, changes))) return known.record;
    const record = await functions.find(this.#store, key);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    if (record) this.#known.set(id, { record, changes });
    else this.#known.delete(id);
    return record;
  }

  #isCurrent({ record, changes: then }: KnownFunction, now: number | undefined): boolean | Promise<boolean> {
    return now === undefined ? functions.isCurrent(this.#store, record) : now === then;
  }

  async resolve(
    account: string,
    region: string,
    functionName: string,
    qualifier?: string,
  ): Promise<LambdaFunction> {
    const place = { account, region };
    return toLambdaFunction(await this.toInvoke(place, parseReference(place, functionName, qualifier)));
  }

  async named(
    account: string,
    region: string,
    functionName: string,
    qualifier?: string,
  ): Promise<NamedVersions> {
    const place = { account, region };
    const reference = parseReference(place, functionName, qualifier);
    const { name, qualifier: wanted } = reference;
    const { aliases } = (await this.record(place, { name })).shared;
    if (wanted === undefined) return { name };
    // A version that has been deleted is let pass: its executions are still there.
    if (wanted === LATEST || isVersionNumber(wanted)) return { name, versions: [wanted] };
    const alias = aliases.find((one) => one.name === wanted);
    if (!alias) throw functionNotFound(referenceArn(place, reference));
    return { name, versions: [alias.version, ...(alias.additional ? [alias.additional.version] : [])] };
  }

  /** The version that a caller names; an alias stands for its main one. Throws ResourceNotFoundException. */
  record(place: Place, reference: FunctionReference): Promise<FunctionRecord> {
    return this.#record(place, reference, () => 1);
  }

  /** The version that an invocation goes to: an alias may split them between two. */
  toInvoke(place: Place, reference: FunctionReference): Promise<FunctionRecord> {
    return this.#record(place, reference, () => this.#ids.random());
  }

  async #record(
    { account, region }: Place,
    reference: FunctionReference,
    draw: () => number,
  ): Promise<FunctionRecord> {
    const { name, qualifier = LATEST } = reference;
    const find = (version: string) => this.stored({ account, region, name, version });
    let record: FunctionRecord | undefined;
    if (qualifier === LATEST || isVersionNumber(qualifier)) record = await find(qualifier);
    else {
      const alias = (await find(LATEST))?.shared.aliases.find((one) => one.name === qualifier);
      record = alias && (await find(drawVersion(alias, draw())));
    }
    if (!record) throw functionNotFound(referenceArn({ account, region }, reference));
    return record;
  }

  async code(account: string, region: string, name: string, version: string): Promise<FunctionCode> {
    const record = await this.stored({ account, region, name, version });
    if (!record) throw functionNotFound(functionArn(account, region, name, version));
    return this.codeOf(record);
  }

  /** The code of a record that was just read. */
  async codeOf(record: FunctionRecord): Promise<FunctionCode> {
    const { account, region, name, version, revisionId, settings, code } = record;
    const folder = await this.folderOf(record);
    const changes = "folder" in code && code.watched ? await this.#watch.changes(folder) : 0;
    return {
      functionArn: functionArn(account, region, name),
      functionName: name,
      version,
      revision: `${revisionId}.${changes}`,
      runtime: settings.Runtime,
      folder,
      ...(await this.#optFolderOf(record)),
      handler: settings.Handler,
      memoryMb: settings.MemorySize,
      timeoutMs: settings.Timeout * 1000,
      concurrency: concurrencyOf(record),
      ...(record.shared.reservedConcurrency === undefined
        ? {}
        : { reserved: record.shared.reservedConcurrency }),
      environment: settings.Environment?.Variables ?? {},
      logGroup: settings.LoggingConfig.LogGroup!,
      ...jsonLogging(settings.LoggingConfig),
    };
  }

  /** Where the code lies, unpacked. */
  async folderOf({ code }: FunctionRecord): Promise<string> {
    return "folder" in code ? code.folder : this.unpacked(code.sha256);
  }

  /** Where a stored zip lies, unpacked. */
  unpacked(sha256: string): Promise<string> {
    return this.#cache.folder(sha256, () => buffer(this.#store.openBlob(sha256)));
  }

  /** Where its layers lie, merged into one folder. */
  async #optFolderOf({ layers }: FunctionRecord): Promise<{ readonly optFolder?: string }> {
    if (layers.length === 0) return {};
    const packages = layers.map(({ sha256 }) => sha256);
    return { optFolder: await this.#cache.merged(packages, (sha256) => this.unpacked(sha256)) };
  }
}

/**
 * How many invocations one instance takes at a time. AWS has it for functions on managed instances only
 * (https://docs.aws.amazon.com/lambda/latest/api/API_LambdaManagedInstancesCapacityProviderConfig.html); it runs Python
 * in as many processes there, and every process is an instance here.
 */
function concurrencyOf({ settings }: FunctionRecord): number {
  if (runtimeKind(settings.Runtime) === "python") return 1;
  const managed = settings.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig;
  return managed?.PerExecutionEnvironmentMaxConcurrency ?? 1;
}

function jsonLogging({ LogFormat, ApplicationLogLevel, SystemLogLevel }: LoggingConfig) {
  if (LogFormat !== "JSON") return {};
  return { jsonLogging: { applicationLevel: ApplicationLogLevel!, systemLevel: SystemLogLevel! } };
}
