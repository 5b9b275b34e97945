import { format } from "node:util";
import type { LogLevel } from "../json-logging.ts";

/** What a line in JSON says beside its message. */
export interface JsonLineHead {
  readonly timestamp: string;
  readonly level: LogLevel;
  readonly requestId?: string | undefined;
  readonly tenantId?: string | undefined;
}

/**
 * One call of the console as a line of JSON, as AWS's Node.js runtimes write it
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-advanced): one parameter stays what
 * it is, several are joined as text, and the first error among them is spelled out.
 */
export function jsonLine(head: JsonLineHead, parameters: readonly unknown[]): string {
  if (parameters.length <= 1) {
    try {
      return JSON.stringify({ ...head, message: parameters[0] }, (_key, value) =>
        value instanceof Error ? errorMembers(value) : value,
      );
    } catch {
      // Circular, a BigInt, or something that cannot be looked at: as text then.
    }
  }
  const error = parameters.length > 1 && parameters.find((parameter) => parameter instanceof Error);
  return JSON.stringify({
    ...head,
    message: format(...parameters),
    ...(error ? namedMembers(error) : {}),
  });
}

function errorMembers(error: Error): object {
  return { ...namedMembers(error), ...error };
}

function namedMembers(error: Error) {
  const { message, stack } = error;
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : [],
  };
}
