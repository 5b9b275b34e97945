import { format, types } from "node:util";
import type { Clock } from "../../../kernel/clock.ts";
import { isKept, LOG_LEVELS, type LogLevel } from "../json-logging.ts";
import { functionError, loggedError } from "./function-error.ts";
import { currentScope, type InvocationScope } from "./invocation-scope.ts";
import { jsonLine } from "./json-line.ts";

/** What an invocation writes, on its way to its log. */
export class OutputCapture {
  readonly #clock: Clock;
  readonly #deliver: (scope: InvocationScope, text: string) => void;

  #json = false;

  constructor(clock: Clock, deliver: (scope: InvocationScope, text: string) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /**
   * Makes the console write as AWS's runtimes do (time, request id, level and message between tabs, or JSON), and takes
   * what is written to the standard streams as it is. `environment` may have AWS_LAMBDA_LOG_FORMAT and
   * AWS_LAMBDA_LOG_LEVEL.
   * Document: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html.
   */
  install(environment: NodeJS.ProcessEnv): void {
    this.#json = environment.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
    const named = environment.AWS_LAMBDA_LOG_LEVEL?.toUpperCase() as LogLevel;
    const least = LOG_LEVELS.includes(named) ? named : "TRACE";
    const logger =
      (level: LogLevel) =>
      (...parameters: unknown[]) => {
        if (isKept(level, least)) this.#line(level, parameters);
      };
    Object.assign(console, {
      trace: logger("TRACE"),
      debug: logger("DEBUG"),
      info: logger("INFO"),
      log: logger("INFO"),
      warn: logger("WARN"),
      error: logger("ERROR"),
      fatal: logger("FATAL"),
    });
    this.#takeOver(process.stdout);
    this.#takeOver(process.stderr);
  }

  /** What AWS's runtimes log of an error that ended an invocation, in text under the words they use. */
  error(what: string, thrown: unknown): void {
    this.#line("ERROR", [this.#json ? jsonError(thrown) : `${what} ${loggedError(thrown)}`]);
  }

  #line(level: LogLevel, parameters: readonly unknown[]): void {
    const scope = currentScope();
    const timestamp = new Date(this.#clock.now()).toISOString();
    const requestId = scope.requestId || undefined;
    const line = this.#json
      ? jsonLine({ timestamp, level, requestId, tenantId: scope.tenantId }, parameters)
      : `${timestamp}\t${requestId}\t${level}\t${format(...parameters)}`;
    this.#write(scope, `${line}\n`);
  }

  #write(scope: InvocationScope, text: string): void {
    if (scope.admits(text)) this.#deliver(scope, text);
  }

  #takeOver(stream: NodeJS.WriteStream): void {
    type Done = (error?: Error | null) => void;
    stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean => {
      const text =
        typeof chunk !== "string"
          ? Buffer.from(chunk).toString("utf8")
          : typeof encoding === "string"
            ? Buffer.from(chunk, encoding).toString("utf8")
            : chunk;
      this.#write(currentScope(), text);
      const callback = typeof encoding === "function" ? encoding : done;
      if (callback) process.nextTick(callback);
      return true;
    };
  }
}

/** Whatever was thrown, as an error is logged. */
function jsonError(thrown: unknown): unknown {
  if (types.isNativeError(thrown)) return thrown;
  const { errorType, errorMessage, trace } = functionError(thrown);
  return { errorType, errorMessage, stackTrace: trace };
}
