import { types } from "node:util";
import type { FunctionError } from "../host.ts";

/**
 * Turns whatever a handler threw into the error of Lambda's response, as AWS's Node.js runtimes do. Never throws:
 * getters of the thrown object may.
 */
export function functionError(thrown: unknown): FunctionError {
  try {
    if (isErrorLike(thrown)) {
      return {
        errorType: String(thrown.name),
        errorMessage: String(thrown.message),
        trace: String(thrown.stack ?? "").split("\n"),
      };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
      trace: [],
    };
  }
}

/** The error as AWS's runtimes log it: a tab and JSON with the error's own properties besides type, message and stack. */
export function loggedError(thrown: unknown): string {
  try {
    return `\t${JSON.stringify(isErrorLike(thrown) ? thrown : new Error(String(thrown)), (_key, value) =>
      value instanceof Error ? withDetails(value) : value,
    )}`;
  } catch {
    return `\t${JSON.stringify(functionError(thrown))}`;
  }
}

/** A thrown value's text; it may be one that has none. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return functionError(thrown).errorMessage;
  }
}

/** An error of the runtime itself, named as AWS names it. */
export class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const UNHANDLED = "Runtime.UnhandledPromiseRejection";

/** The error for a rejection that nobody has handled. Its log line has the durable execution, where it is one's. */
export function unhandledRejection(reason: unknown, executionArn: string | undefined): RuntimeError {
  const error = new RuntimeError(UNHANDLED, textOf(reason));
  return Object.assign(error, { reason, ...(executionArn === undefined ? {} : { executionArn }) });
}

export function isUnhandledRejection(thrown: unknown): boolean {
  return isRuntimeError(thrown) && (thrown as RuntimeError).name === UNHANDLED;
}

/** Asked of what handlers throw, which may be a proxy that throws at every question. */
export function isRuntimeError(thrown: unknown): boolean {
  try {
    return thrown instanceof RuntimeError;
  } catch {
    return false;
  }
}

function withDetails(error: Error): object {
  return {
    errorType: error.name,
    errorMessage: error.message,
    ...error,
    ...(typeof error.stack === "string" ? { stack: error.stack.split("\n") } : {}),
  };
}

/** Errors of other realms, and objects that only look like errors, count too. */
function isErrorLike(thrown: unknown): thrown is Error {
  if (types.isNativeError(thrown)) return true;
  if (typeof thrown !== "object" || thrown === null) return false;
  const { name, message, stack } = thrown as Partial<Error>;
  return typeof name === "string" && typeof message === "string" && typeof stack === "string";
}
