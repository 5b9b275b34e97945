/**
 * What `stepwell.config.ts` (or .mts, .js, .mjs, .json) in an app's folder declares: the app's functions, without a
 * template. Give it as the default export, through `defineConfig` for completion and checking in an editor.
 */
export interface StepwellConfig {
  /** By name: 1 to 64 letters, digits, hyphens and underscores. */
  readonly functions?: Readonly<Record<string, FunctionConfig>>;
  /** Where the functions are; `us-east-1` by default. */
  readonly region?: string;
  /** Whose they are: 12 digits; `000000000000` by default. */
  readonly account?: string;
  /** How large an execution may become. */
  readonly limits?: LimitsConfig;
  /** How many instances of functions there are. */
  readonly host?: HostConfig;
}

/** AWS's quotas by default; the options of `stepwell dev` come before what is said here. */
export interface LimitsConfig {
  /** Operations of one execution: 1 to 1000000; 3000 by default. */
  readonly operationsPerExecution?: number;
  /** Bytes of all payloads of one execution: 1 to 10 GB; 100 MB (104857600) by default. */
  readonly bytesPerExecution?: number;
}

export interface HostConfig {
  /** How many instances may use the processor at once: 1 to 1000; twice the number of processors by default. */
  readonly maxBusyInstances?: number;
  /** How many instances there may be: 1 to 10000; as many as half the memory holds by default. */
  readonly maxInstances?: number;
  /** For how many seconds an idle instance is kept: 1 to 86400; 60 by default. */
  readonly idleSeconds?: number;
}

/**
 * A function. It is bundled with its imports from source and rebuilt when a source file is saved; the AWS SDK and the
 * durable SDKs stay outside of the bundle. It runs with the app's folder as its working directory, so `./data.json`
 * is the file beside the config.
 */
export interface FunctionConfig {
  /** `FILE.EXPORT`: the source file, relative to the config and without its ending, and what it exports. */
  readonly handler: string;
  /** What AWS calls the runtime; `nodejs24.x` by default. All run on the Node.js that runs Stepwell. */
  readonly runtime?: string;
  /** How long one invocation may take: 1 to 900; AWS's 3 by default. */
  readonly timeoutSeconds?: number;
  /** 128 to 10240; AWS's 128 by default. */
  readonly memoryMb?: number;
  /** How many invocations one instance takes at a time: 1 to 1600; 1 by default, as on AWS. */
  readonly concurrency?: number;
  /** The function's variables, 4 KB at most. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Set for a durable function; `true` for one whose executions may run for as long as AWS allows, 366 days. */
  readonly durable?: true | DurableConfig;
}

export interface DurableConfig {
  /**
   * How long an execution may run, waits included: 1 to 31622400. Only with 900 or less can a caller wait for the
   * execution's result.
   */
  readonly executionTimeoutSeconds: number;
  /** For how many days an execution can be looked at after its end: 1 to 90; 14 by default. */
  readonly retentionDays?: number;
}

/** Returns its argument; it is there for the types. */
export function defineConfig(config: StepwellConfig): StepwellConfig {
  return config;
}
