import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { CallContext } from "../kernel/context.ts";
import { AwsError } from "../kernel/errors.ts";
import type { OperationTable } from "../kernel/operations.ts";
import { LOCAL_FOLDER_BUCKET } from "../lambda/source.ts";
import type { BuiltFunction } from "./build-function.ts";
import type { FunctionConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";

/** Says of a function that a config made it: only such are changed and removed with the config. */
const ORIGIN = { "stepwell:origin": "stepwell.config" };
const LONGEST_EXECUTION_SECONDS = 31_622_400;

/** A function of the config with its code on disk. */
export interface DeclaredFunction {
  readonly name: string;
  readonly config: FunctionConfig;
  readonly built: BuiltFunction;
}

/** What GetFunction tells of a function, as far as it matters here. */
interface Existing {
  readonly Configuration: Readonly<Record<string, unknown>>;
  readonly Code: { readonly Location: string };
  readonly Tags?: Readonly<Record<string, string>>;
}

/** Brings the functions in the store in line with a config, through Lambda's own operations. */
export class Deployment {
  readonly #operations: OperationTable;
  readonly #context: () => CallContext;
  readonly #folder: string;

  /** `context` makes a context for each call; its account and region are where the functions are. */
  constructor(operations: OperationTable, context: () => CallContext, folder: string) {
    this.#operations = operations;
    this.#context = context;
    this.#folder = folder;
  }

  /**
   * Creates what is new, changes what differs, removes what a config made and none declares any more, and leaves the
   * rest as it is. Throws ConfigError, before any change, when a name belongs to a function that no config made.
   */
  async apply(declared: readonly DeclaredFunction[]): Promise<void> {
    const existing = new Map<string, Existing | undefined>();
    for (const { name } of declared) existing.set(name, await this.#find(name));
    for (const [name, found] of existing) if (found) requireOrigin(name, found);
    const left = (await this.#namesOfConfig()).filter((name) => !existing.has(name));
    for (const name of left) await this.#call("DeleteFunction", { FunctionName: name });
    for (const fn of declared) await this.#bring(fn, existing.get(fn.name));
  }

  /** Says that the code on disk is new, so that the next invocation runs it. */
  async #renew(name: string): Promise<void> {
    await this.#call("UpdateFunctionCode", { FunctionName: name, ...this.#code() });
  }

  async #bring({ name, config, built }: DeclaredFunction, found: Existing | undefined): Promise<void> {
    const settings = toSettings(config, built.handler, this.#context());
    const switched = found && UNSETTABLE.some((part) => part in found.Configuration !== part in settings);
    if (switched) await this.#call("DeleteFunction", { FunctionName: name });
    if (!found || switched) {
      const input = { FunctionName: name, ...settings, Code: this.#code(), Tags: ORIGIN };
      await this.#call("CreateFunction", input);
      return;
    }
    if (differs(found.Configuration, settings)) {
      await this.#call("UpdateFunctionConfiguration", { FunctionName: name, ...settings });
    }
    if (built.changed || found.Code.Location !== pathToFileURL(this.#folder).href) await this.#renew(name);
  }

  async #find(name: string): Promise<Existing | undefined> {
    try {
      return (await this.#call("GetFunction", { FunctionName: name })) as Existing;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async #namesOfConfig(): Promise<string[]> {
    const names: string[] = [];
    for (let Marker: string | undefined; ; ) {
      const page = (await this.#call("ListFunctions", Marker === undefined ? {} : { Marker })) as {
        readonly Functions: readonly { readonly FunctionName: string }[];
        readonly NextMarker?: string;
      };
      for (const { FunctionName } of page.Functions) {
        const found = await this.#find(FunctionName);
        if (found && hasOrigin(found)) names.push(FunctionName);
      }
      if (page.NextMarker === undefined) return names;
      Marker = page.NextMarker;
    }
  }

  #code() {
    return { S3Bucket: LOCAL_FOLDER_BUCKET, S3Key: this.#folder };
  }

  #call(operation: string, input: object): Promise<unknown> {
    return this.#operations.call(this.#context(), `lambda.${operation}`, input);
  }
}

function hasOrigin({ Tags }: Existing): boolean {
  return Object.entries(ORIGIN).every(([tag, value]) => Tags?.[tag] === value);
}

function requireOrigin(name: string, found: Existing): void {
  if (hasOrigin(found)) return;
  throw new ConfigError(
    `functions.${name}: there is a function ${name} already, and it was not made by a config. ` +
      "Choose another name, or delete that function. Nothing was changed.",
  );
}

/** What an update can change but not add or take away: the function is made anew. Its executions go by its name. */
const UNSETTABLE = ["DurableConfig", "CapacityProviderConfig"];

/** The function's settings in AWS's names, with defaults written out so that taking a setting away resets it. */
function toSettings(config: FunctionConfig, handler: string, { account, region }: CallContext) {
  const { durable, concurrency } = config;
  return {
    Runtime: config.runtime ?? "nodejs24.x",
    Role: `arn:aws:iam::${account}:role/stepwell`,
    Handler: handler,
    Timeout: config.timeoutSeconds ?? 3,
    MemorySize: config.memoryMb ?? 128,
    Environment: { Variables: config.environment ?? {} },
    ...(concurrency === undefined
      ? {}
      : {
          CapacityProviderConfig: {
            LambdaManagedInstancesCapacityProviderConfig: {
              CapacityProviderArn: `arn:aws:lambda:${region}:${account}:capacity-provider:stepwell`,
              PerExecutionEnvironmentMaxConcurrency: concurrency,
            },
          },
        }),
    ...(durable === undefined
      ? {}
      : {
          DurableConfig: {
            ExecutionTimeout: durable === true ? LONGEST_EXECUTION_SECONDS : durable.executionTimeoutSeconds,
            RetentionPeriodInDays: (durable === true ? undefined : durable.retentionDays) ?? 14,
          },
        }),
  };
}

/** A function without variables is shown without an Environment. */
function differs(shown: Existing["Configuration"], wanted: object): boolean {
  const current: Existing["Configuration"] = { Environment: { Variables: {} }, ...shown };
  return Object.entries(wanted).some(([name, value]) => !isDeepStrictEqual(current[name], value));
}
