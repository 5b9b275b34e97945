import { AwsError } from "../kernel/errors.ts";

/** SNS names nearly every fault of a caller alike; texts as seen from the service. */
export function invalidParameter(what: string): AwsError {
  return invalid(`Invalid parameter: ${what}`);
}

/** For the few texts that do not begin with AWS's `Invalid parameter: `. */
export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

export function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

export function topicNotFound(): AwsError {
  return new AwsError("NotFoundException", "Topic does not exist", { httpStatus: 404 });
}

export function subscriptionNotFound(): AwsError {
  return new AwsError("NotFoundException", "Subscription does not exist", { httpStatus: 404 });
}

export function resourceNotFound(): AwsError {
  return new AwsError("ResourceNotFoundException", "Resource does not exist", { httpStatus: 404 });
}

export function notAuthorized(principal: string, action: string, arn: string): AwsError {
  return new AwsError(
    "AuthorizationErrorException",
    `User: ${principal} is not authorized to perform: SNS:${action} on resource: ${arn}`,
    { httpStatus: 403 },
  );
}
