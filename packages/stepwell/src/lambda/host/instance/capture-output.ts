import { format } from "node:util";
import type { Clock } from "../../../kernel/clock.ts";
import { loggedError } from "./function-error.ts";
import { currentScope, type InvocationScope } from "./invocation-scope.ts";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;
type Level = (typeof LEVELS)[number];

/** What an invocation writes, on its way to its log. */
export class OutputCapture {
  readonly #clock: Clock;
  readonly #deliver: (scope: InvocationScope, text: string) => void;

  constructor(clock: Clock, deliver: (scope: InvocationScope, text: string) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /**
   * Makes the console write as AWS's runtimes do (time, request id, level and message between tabs), and takes what
   * is written to the standard streams as it is.
   * Document: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html.
   */
  install(leastLevel: string | undefined): void {
    const least = LEVELS.indexOf((leastLevel?.toUpperCase() ?? "TRACE") as Level);
    const logger =
      (level: Level) =>
      (message?: unknown, ...rest: unknown[]) => {
        if (LEVELS.indexOf(level) >= least) this.#line(level, format(message, ...rest));
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

  /** What AWS's runtimes log of an error that ended an invocation, under the words they use. */
  error(what: string, thrown: unknown): void {
    this.#line("ERROR", `${what} ${loggedError(thrown)}`);
  }

  #line(level: Level, message: string): void {
    const scope = currentScope();
    const time = new Date(this.#clock.now()).toISOString();
    this.#write(scope, `${time}\t${scope.requestId || "undefined"}\t${level}\t${message}\n`);
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
