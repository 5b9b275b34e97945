import { AwsError } from "../kernel/errors.ts";
import { invalidParameter, notFound } from "./errors.ts";

/** The version that can be changed. */
export const LATEST = "$LATEST";

/** Where a caller's functions are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A function as a caller names it. */
export interface FunctionReference {
  readonly name: string;
  /** Absent when the caller gave none, which means `$LATEST`. */
  readonly qualifier?: string;
}

/** `[[arn:aws:lambda:]REGION:][ACCOUNT:][function:]NAME[:QUALIFIER]`: a name, a partial ARN or an ARN. */
const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/**
 * Takes a FunctionName apart
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax) and checks that it is in
 * the caller's account and region. `qualifier` is the request's own Qualifier member.
 */
export function parseReference(place: Place, functionName: string, qualifier?: string): FunctionReference {
  const match = REFERENCE.exec(functionName);
  if (!match) throw invalidParameter(`${functionName} is not the name or the ARN of a function.`);
  const [, region, account, name, ownQualifier] = match;
  if (region !== undefined && region !== place.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${place.region}')`);
  }
  if (account !== undefined && account !== place.account) throw foreign(functionName);
  if (qualifier !== undefined && ownQualifier !== undefined && qualifier !== ownQualifier) {
    throw invalidParameter(
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  const wanted = qualifier ?? ownQualifier;
  return { name: name!, ...(wanted === undefined ? {} : { qualifier: wanted }) };
}

/** For operations that concern the whole function: the name alone, or with `$LATEST`. */
export function parseUnqualified(place: Place, functionName: string): string {
  const reference = parseReference(place, functionName);
  if (reference.qualifier !== undefined && reference.qualifier !== LATEST) {
    throw invalidParameter(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. " +
        "Please specify either a function name or an unqualified function ARN.",
    );
  }
  return reference.name;
}

export function isVersionNumber(qualifier: string): boolean {
  return /^\d+$/.test(qualifier);
}

export function functionArn(account: string, region: string, name: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** The ARN of what a caller asked for, with the qualifier when there was one. */
export function referenceArn({ account, region }: Place, { name, qualifier }: FunctionReference): string {
  return functionArn(account, region, name, qualifier);
}

function foreign(functionName: string): AwsError {
  return new AwsError("AccessDeniedException", `${functionName} is a function of another account.`, {
    httpStatus: 403,
  });
}
