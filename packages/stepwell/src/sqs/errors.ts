import { AwsError } from "../kernel/errors.ts";

/*
 * SQS's answers, in its own words. Those that its model does not name have one code in JSON and an older one in Query,
 * which clients of both protocols tell their users.
 */

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { queryCode: "InvalidParameterValue" });
}

/** `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …` */
export function invalidValue(value: string | number, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(name: string): AwsError {
  return new AwsError(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${name}.`,
    { queryCode: "MissingParameter" },
  );
}

export function queueDoesNotExist(): AwsError {
  return new AwsError("QueueDoesNotExist", "The specified queue does not exist.", {
    queryMessage: "The specified queue does not exist for this wsdl version.",
  });
}

export function invalidAddress(url: string): AwsError {
  return new AwsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`, {
    httpStatus: 404,
  });
}

export function queueNameExists(attribute: string): AwsError {
  return new AwsError(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  );
}

export function invalidAttributeName(message: string): AwsError {
  return new AwsError("InvalidAttributeName", message);
}

export function unknownAttribute(name: string): AwsError {
  return invalidAttributeName(`Unknown Attribute ${name}.`);
}

/** `Invalid value for the parameter VisibilityTimeout.`, with a reason where there is one. */
export function invalidAttributeValue(name: string, reason?: string): AwsError {
  const why = reason === undefined ? "" : ` Reason: ${reason}`;
  return new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.${why}`);
}

export function purgeInProgress(queueName: string): AwsError {
  return new AwsError(
    "PurgeQueueInProgress",
    `Only one PurgeQueue operation on ${queueName} is allowed every 60 seconds.`,
    { httpStatus: 403 },
  );
}

export function overLimit(message: string): AwsError {
  return new AwsError("OverLimit", message, { httpStatus: 403 });
}

export function resourceNotFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { httpStatus: 404 });
}

export function receiptHandleIsInvalid(handle: string): AwsError {
  return new AwsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
    { httpStatus: 404 },
  );
}

export function receiptHandleExpired(handle: string): AwsError {
  return invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
}
