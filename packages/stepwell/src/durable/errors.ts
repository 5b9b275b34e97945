import { AwsError } from "../kernel/errors.ts";
import type { FunctionError } from "../lambda/host/host.ts";
import type { ErrorObject } from "./types.ts";

/** Lambda's name for a request that does not make sense. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { fields: { Type: "User" } });
}

/**
 * AWS's SDK ends only the invocation, not the execution, when the message starts with exactly these three words
 * (`startsWith`, case-sensitive).
 */
export function invalidToken(why: string): AwsError {
  return invalidParameter(`Invalid Checkpoint Token: ${why}`);
}

export function executionNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Durable execution not found: ${arn}`, {
    httpStatus: 404,
    fields: { Type: "User" },
  });
}

/** A function's error as the durable protocol carries errors. */
export function errorObject({ errorType, errorMessage, trace }: FunctionError): ErrorObject {
  return { ErrorType: errorType, ErrorMessage: errorMessage, ...(trace ? { StackTrace: trace } : {}) };
}
