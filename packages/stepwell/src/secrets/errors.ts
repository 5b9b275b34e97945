import { AwsError } from "../kernel/errors.ts";

/** Secrets Manager answers every fault of a caller with status 400; texts as seen from the service. */
export function invalidRequest(message: string): AwsError {
  return new AwsError("InvalidRequestException", message);
}

export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

export function secretNotFound(): AwsError {
  return notFound("Secrets Manager can't find the specified secret.");
}

export function markedForDeletion(): AwsError {
  return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
}

export function tokenMissing(): AwsError {
  return invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
}
