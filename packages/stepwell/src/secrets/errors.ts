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

/** The token of a request that makes a version, which becomes its id. */
export function requireToken(token: string | undefined): string {
  if (token === undefined) {
    throw invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  }
  if (token.includes("\0")) throw invalidParameter("The ClientRequestToken is not valid.");
  return token;
}
