import { AwsError } from "../kernel/errors.ts";

/** EventBridge's words, as seen from the service. */
export function validationError(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

export function busNotFound(name: string): AwsError {
  return notFound(`Event bus ${name} does not exist.`);
}

export function ruleNotFound(rule: string, bus: string): AwsError {
  return notFound(`Rule ${rule} does not exist on EventBus ${bus}.`);
}

export function archiveNotFound(name: string): AwsError {
  return notFound(`Archive ${name} does not exist.`);
}

export function replayNotFound(name: string): AwsError {
  return notFound(`Replay ${name} does not exist.`);
}

export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

/** `what` is there already: `Archive a`. */
export function alreadyExists(what: string): AwsError {
  return new AwsError("ResourceAlreadyExistsException", `${what} already exists.`);
}

export function limitExceeded(): AwsError {
  return new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
}

export function invalidPattern(reason: string): AwsError {
  return new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
}

export function modifiedMeanwhile(): AwsError {
  return new AwsError(
    "ConcurrentModificationException",
    "The resource was changed by somebody else at the same time. Try again.",
  );
}
