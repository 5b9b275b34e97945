import { AwsError } from "../kernel/errors.ts";

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html and each operation's own. */
export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

export function scheduleNotFound(name: string): AwsError {
  return notFound(`Schedule ${name} does not exist.`);
}

export function groupNotFound(name: string): AwsError {
  return notFound(`Schedule group ${name} does not exist.`);
}

export function scheduleExists(name: string): AwsError {
  return conflict(`Schedule ${name} already exists.`);
}

export function groupExists(name: string): AwsError {
  return conflict(`Schedule group ${name} already exists.`);
}

function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { httpStatus: 404 });
}

function conflict(message: string): AwsError {
  return new AwsError("ConflictException", message, { httpStatus: 409 });
}
