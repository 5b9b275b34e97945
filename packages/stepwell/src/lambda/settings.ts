import { invalidParameter, outOfRange } from "./errors.ts";
import type { LogLevel } from "./host/json-logging.ts";
import type { TenancyConfig } from "./tenancy.ts";

/**
 * What CreateFunction sets and UpdateFunctionConfiguration changes, under AWS's names and with its defaults filled in
 * (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html). Times in seconds, sizes in MB.
 */
export interface FunctionSettings {
  readonly Runtime: string;
  readonly Handler: string;
  readonly Role: string;
  readonly Description: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly TracingConfig: { readonly Mode?: string };
  readonly EphemeralStorage: { readonly Size: number };
  readonly LoggingConfig: LoggingConfig;
  readonly SnapStart: { readonly ApplyOn?: string };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly KMSKeyArn?: string;
  /** Who gets the events that the function was invoked with in vain. */
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
  readonly CapacityProviderConfig?: CapacityProviderConfig;
  readonly DurableConfig?: DurableConfig;
  /** From the function's creation or never. */
  readonly TenancyConfig?: TenancyConfig;
}

export interface LoggingConfig {
  readonly LogFormat?: "JSON" | "Text";
  readonly ApplicationLogLevel?: LogLevel;
  readonly SystemLogLevel?: "DEBUG" | "INFO" | "WARN";
  readonly LogGroup?: string;
}

export interface CapacityProviderConfig {
  readonly LambdaManagedInstancesCapacityProviderConfig: {
    readonly CapacityProviderArn: string;
    readonly PerExecutionEnvironmentMaxConcurrency?: number;
    readonly ExecutionEnvironmentMemoryGiBPerVCpu?: number;
  };
}

export interface DurableConfig {
  readonly ExecutionTimeout?: number;
  readonly RetentionPeriodInDays?: number;
  readonly KMSKeyArn?: string;
}

/** The members of a request that are settings; each replaces the one before. */
export type SettingsInput = Partial<FunctionSettings>;

const RETENTION_DAYS = 14;
/** AWS's limits on functions without a capacity provider; the schema has the higher ones of those with one. */
const MOST_SECONDS = 900;
const MOST_MEGABYTES = 10_240;
const ENVIRONMENT_BYTES = 4096;

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** The settings of a new function. Throws AWS's errors for what is missing or out of range. */
export function newSettings(name: string, input: SettingsInput): FunctionSettings {
  const { Runtime, Handler, Role, DurableConfig, TenancyConfig } = input;
  if (!Runtime || !Handler) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  return checked({
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    TracingConfig: { Mode: "PassThrough" },
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None" },
    ...given(input),
    Runtime,
    Handler,
    Role: Role ?? "",
    LoggingConfig: logging(name, input.LoggingConfig),
    ...(DurableConfig ? { DurableConfig: durable(DurableConfig) } : {}),
    ...(TenancyConfig ? { TenancyConfig } : {}),
  });
}

/** The settings after an update: what the request does not name stays. */
export function changedSettings(
  name: string,
  before: FunctionSettings,
  input: SettingsInput,
): FunctionSettings {
  const { LoggingConfig, DurableConfig } = input;
  if (DurableConfig && !before.DurableConfig) {
    throw invalidParameter(
      "DurableConfig cannot be added to an existing function: a function is durable from its creation or never. " +
        "Create a new function with it.",
    );
  }
  return checked({
    ...before,
    ...given(input),
    ...(LoggingConfig ? { LoggingConfig: logging(name, LoggingConfig) } : {}),
    ...(DurableConfig ? { DurableConfig: durable({ ...before.DurableConfig, ...DurableConfig }) } : {}),
  });
}

const SETTINGS = [
  "Runtime",
  "Handler",
  "Role",
  "Description",
  "Timeout",
  "MemorySize",
  "TracingConfig",
  "EphemeralStorage",
  "SnapStart",
  "Environment",
  "KMSKeyArn",
  "DeadLetterConfig",
  "CapacityProviderConfig",
] as const satisfies readonly (keyof FunctionSettings)[];

function given(input: SettingsInput): SettingsInput {
  return Object.fromEntries(
    SETTINGS.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );
}

/** With JSON, AWS fills in both levels; text has none. */
function logging(name: string, input: LoggingConfig = {}): LoggingConfig {
  const { LogFormat = "Text", ApplicationLogLevel = "INFO", SystemLogLevel = "INFO" } = input;
  const LogGroup = input.LogGroup ?? `/aws/lambda/${name}`;
  if (LogFormat === "JSON") return { LogFormat, ApplicationLogLevel, SystemLogLevel, LogGroup };
  if (input.ApplicationLogLevel !== undefined || input.SystemLogLevel !== undefined) {
    throw invalidParameter(
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the ' +
        'LogFormat to "JSON" and try again.',
    );
  }
  return { LogFormat, LogGroup };
}

function durable(input: DurableConfig): DurableConfig {
  if (input.ExecutionTimeout === undefined) {
    throw invalidParameter(
      "DurableConfig needs an ExecutionTimeout: for how many seconds an execution may run, from 1 to 31622400.",
    );
  }
  return { RetentionPeriodInDays: RETENTION_DAYS, ...input };
}

function checked(settings: FunctionSettings): FunctionSettings {
  const { Timeout, MemorySize, CapacityProviderConfig, Environment, SnapStart, TenancyConfig } = settings;
  if (!CapacityProviderConfig && Timeout > MOST_SECONDS) {
    throw outOfRange("timeout", Timeout, `have value less than or equal to ${MOST_SECONDS}`);
  }
  if (!CapacityProviderConfig && MemorySize > MOST_MEGABYTES) {
    throw outOfRange("memorySize", MemorySize, `have value less than or equal to ${MOST_MEGABYTES}`);
  }
  if (TenancyConfig && SnapStart.ApplyOn === "PublishedVersions") {
    throw invalidParameter("SnapStart is not supported for functions with tenant isolation (TenancyConfig).");
  }
  checkEnvironment(Environment?.Variables ?? {});
  return withoutEmpty(withDeadLetters(settings));
}

/** AWS shows neither, so that tools such as Terraform see no difference to a function that never had any. */
function withoutEmpty({ Environment, KMSKeyArn, ...settings }: FunctionSettings): FunctionSettings {
  const { Variables = {} } = Environment ?? {};
  return {
    ...settings,
    ...(Object.keys(Variables).length > 0 ? { Environment: { Variables } } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
  };
}

/** An empty configuration takes away the one before. */
function withDeadLetters({ DeadLetterConfig, ...settings }: FunctionSettings): FunctionSettings {
  const { TargetArn } = DeadLetterConfig ?? {};
  if (!TargetArn) return settings;
  const [, , service = ""] = TargetArn.split(":");
  if (service !== "sqs" && service !== "sns") {
    throw invalidParameter(`The target ${TargetArn} of the DeadLetterConfig is neither a queue nor a topic.`);
  }
  return { ...settings, DeadLetterConfig: { TargetArn } };
}

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const because =
    "Lambda was unable to configure your environment variables because the environment variables you have provided";
  const reserved = Object.keys(variables).filter((key) => RESERVED.has(key));
  if (reserved.length > 0) {
    throw invalidParameter(
      `${because} contains reserved keys that are currently not supported for modification. ` +
        `Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > ENVIRONMENT_BYTES) {
    // AWS repeats the variables here; they may be secrets, so only their size is said.
    throw invalidParameter(`${because} exceeded the 4KB limit. Measured size: ${bytes} bytes`);
  }
}
