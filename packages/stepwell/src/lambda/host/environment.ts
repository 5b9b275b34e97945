import { delimiter, join } from "node:path";
import type { AccessKey } from "../../kernel/access-key.ts";
import type { FunctionCode } from "./host.ts";
import { runtimeKind } from "./runtimes.ts";

/** What a function sees of the machine besides its own and AWS's variables; nothing else of the server's is passed on. */
const INHERITED = [
  "PATH",
  "HOME",
  "LANG",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
];

/** Variables that Node or the C library reads when a process starts: a thread's own copy of them has no effect. */
const PROCESS_WIDE = ["NODE_OPTIONS", "TZ", "NODE_EXTRA_CA_CERTS", "LD_LIBRARY_PATH"];

/** Names the folder with a function's layers, which AWS mounts as `/opt`. */
export const OPT_VARIABLE = "STEPWELL_OPT";

/** How AWS's clients inside functions reach this server. */
export interface ServerAccess {
  /** Where they send their requests; absent while the server does not listen. */
  readonly endpointUrl?: string | undefined;
  /** What they sign with; absent when nobody looks at signatures. */
  readonly key?: AccessKey | undefined;
}

/** Credentials that no AWS account has: a client that misses AWS_ENDPOINT_URL is refused there instead of acting. */
const NOBODY: AccessKey = {
  accessKeyId: "stepwell",
  secretAccessKey: "stepwell",
  sessionToken: "stepwell",
};

/**
 * A function's environment.
 * Document: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime.
 * Reserved variables win over the function's own, the others give way to them, as on AWS.
 */
export function functionEnvironment(
  code: FunctionCode,
  logStream: string,
  { endpointUrl, key = NOBODY }: ServerAccess,
): Record<string, string> {
  const region = code.functionArn.split(":")[3] ?? "";
  return {
    ...inherited(),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...searchPaths(code),
    ...(endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl }),
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...logVariables(code),
    ...code.environment,
    _HANDLER: code.handler,
    LAMBDA_TASK_ROOT: code.folder,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...executionEnvironment(code),
    AWS_LAMBDA_FUNCTION_NAME: code.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: code.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(code.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: code.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
  };
}

/** The part of a function's environment that its child process must be started with. */
export function processEnvironment(
  code: FunctionCode,
  compileCacheFolder: string | undefined,
): Record<string, string> {
  const environment: Record<string, string> = {
    ...inherited(),
    TZ: ":UTC",
    ...libraryPath(code),
    ...compileCache(compileCacheFolder),
  };
  for (const name of PROCESS_WIDE) {
    const value = code.environment[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/**
 * Where programs, libraries and packages of layers are found, as on AWS
 * (https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html#packaging-layers-paths).
 */
function searchPaths(code: FunctionCode): Record<string, string> {
  const { optFolder: opt, runtime } = code;
  if (opt === undefined) return libraryPath(code);
  const nodeVersion = `node${process.versions.node.split(".")[0]}`;
  const python = join(opt, "python");
  return {
    ...libraryPath(code),
    [OPT_VARIABLE]: opt,
    PATH: list(process.env.PATH ?? "", join(opt, "bin")),
    NODE_PATH: list(join(opt, "nodejs", nodeVersion, "node_modules"), join(opt, "nodejs", "node_modules")),
    ...(runtimeKind(runtime ?? "") === "python"
      ? { PYTHONPATH: list(join(python, "lib", runtime!, "site-packages"), python) }
      : {}),
  };
}

function libraryPath({ folder, optFolder: opt }: FunctionCode): Record<string, string> {
  const own = [folder, join(folder, "lib")];
  return { LD_LIBRARY_PATH: list(...own, ...(opt === undefined ? [] : [join(opt, "lib")])) };
}

function list(...folders: string[]): string {
  return folders.filter((folder) => folder !== "").join(delimiter);
}

/** Runtimes and libraries for structured logs look at these. */
function logVariables({ jsonLogging }: FunctionCode): Record<string, string> {
  if (!jsonLogging) return {};
  return { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: jsonLogging.applicationLevel };
}

/** AWS defines it for its own runtimes only. */
function executionEnvironment({ runtime = "nodejs" }: FunctionCode): Record<string, string> {
  switch (runtimeKind(runtime)) {
    case "node":
      return { AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x` };
    case "python":
      return { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` };
    default:
      return {};
  }
}

/** Where Node keeps compiled code between starts. Threads read it of their own environment, and hide it from functions. */
export function compileCache(folder: string | undefined): Record<string, string> {
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** The name of an instance's log stream: `2030/01/01/[$LATEST]` and 32 hexadecimal digits. */
export function logStreamName(nowMs: number, version: string, uuid: string): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${version}]${uuid.replaceAll("-", "")}`;
}

function inherited(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
