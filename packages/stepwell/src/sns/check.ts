import { AwsError } from "../kernel/errors.ts";
import type { InputCheck } from "../kernel/operations.ts";
import { operationSchema } from "../kernel/schema/services.ts";
import { validate } from "../kernel/schema/validate.ts";
import { invalidParameter } from "./errors.ts";

/**
 * SNS has a text of its own for a missing parameter, and an old code for what violates its model elsewhere
 * (https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html).
 */
export const checkSnsInput: InputCheck = (operation, input) => {
  const given = (input ?? {}) as Record<string, unknown>;
  for (const { name, required } of operationSchema(operation)?.input.members ?? []) {
    if (required && (given[name] === undefined || given[name] === null)) {
      throw invalidParameter(`${name} Reason: no value for required parameter`);
    }
  }
  try {
    return validate(operation, input);
  } catch (error) {
    const violated = error instanceof AwsError && error.code === "ValidationException";
    throw violated ? new AwsError("ValidationError", error.message) : error;
  }
};
