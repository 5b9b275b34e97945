import type { FunctionCode } from "./host.ts";

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
const PROCESS_WIDE = ["NODE_OPTIONS", "TZ", "NODE_EXTRA_CA_CERTS"];

/**
 * A function's environment.
 * Document: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime.
 * Reserved variables win over the function's own, the others give way to them, as on AWS.
 * `endpointUrl` is where AWS clients inside functions send their requests.
 */
export function functionEnvironment(
  code: FunctionCode,
  logStream: string,
  endpointUrl: string | undefined,
): Record<string, string> {
  const region = code.functionArn.split(":")[3] ?? "";
  return {
    ...inherited(),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...(endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl }),
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...code.environment,
    _HANDLER: code.handler,
    LAMBDA_TASK_ROOT: code.folder,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: code.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: code.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(code.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: code.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    // Credentials that no AWS account has: a client that misses AWS_ENDPOINT_URL is refused there instead of acting.
    AWS_ACCESS_KEY_ID: "stepwell",
    AWS_SECRET_ACCESS_KEY: "stepwell",
    AWS_SESSION_TOKEN: "stepwell",
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
    ...compileCache(compileCacheFolder),
  };
  for (const name of PROCESS_WIDE) {
    const value = code.environment[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
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
