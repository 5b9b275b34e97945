import { AwsError } from "../kernel/errors.ts";
import type { InputCheck } from "../kernel/operations.ts";
import { validate } from "../kernel/schema/validate.ts";
import { invalidParameter } from "./errors.ts";

const LONGEST_NAME = 512;

/**
 * Logs has AWS's usual texts for violated constraints under a code of its own, and a text of its own for names that
 * are too long.
 */
export const checkLogsInput: InputCheck = (operation, input) => {
  const { logGroupName, logStreamName } = (input ?? {}) as Record<string, unknown>;
  if (isTooLong(logGroupName) || isTooLong(logStreamName)) {
    throw invalidParameter(
      `Invalid LogGroup or LogStream, both must have length less than or equal to ${LONGEST_NAME}.`,
    );
  }
  try {
    return validate(operation, input);
  } catch (error) {
    const violated = error instanceof AwsError && error.code === "ValidationException";
    throw violated ? invalidParameter(error.message) : error;
  }
};

function isTooLong(name: unknown): boolean {
  return typeof name === "string" && name.length > LONGEST_NAME;
}
