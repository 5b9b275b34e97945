import { AwsError } from "../kernel/errors.ts";

/** Lambda's errors carry whose fault they are in a member of their own. */
const USER = { Type: "User" };

/** Lambda's name for a request that does not make sense. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { fields: USER });
}

/** A body or header of an invocation that is not what it should be. */
export function invalidContent(message: string): AwsError {
  return new AwsError("InvalidRequestContentException", message, { fields: USER });
}

/** `arn` names what was asked for, qualifier included. */
export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`);
}

export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { httpStatus: 404, fields: USER });
}

export function conflict(message: string): AwsError {
  return new AwsError("ResourceConflictException", message, { httpStatus: 409, fields: USER });
}

export function staleRevision(): AwsError {
  return stale("GetFunction/GetAlias");
}

/** `operation` tells the revision id that would have been right. */
export function stale(operation: string): AwsError {
  return new AwsError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. " +
      `Call the ${operation} API to retrieve the latest Revision Id`,
    { httpStatus: 412, fields: USER },
  );
}

/** AWS's form for a member outside its limits. */
export function outOfRange(member: string, value: unknown, rule: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`,
  );
}
