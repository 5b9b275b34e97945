import { AwsError } from "../kernel/errors.ts";

/** SSM answers every fault of a caller with status 400; texts as seen from the service where they are known. */
export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

export function parameterNotFound(name: string): AwsError {
  return new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
}

export function versionNotFound(name: string, version: number | string): AwsError {
  return new AwsError(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}
