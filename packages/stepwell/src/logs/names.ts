import { AwsError } from "../kernel/errors.ts";
import { groupNotFound, invalidParameter } from "./errors.ts";

/** Where groups are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** How most operations name a group: by its name, or by its name or ARN. */
export interface GroupReference {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
}

/** Sorts after every other text in a store. */
export const LAST_TEXT = "\u{10ffff}";

const GROUP_ARN = /^arn:aws[a-zA-Z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)$/;

/** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME` */
export function groupArn({ region, account }: Place, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

/** The name of the one group that a request is about. */
export function referencedGroup(place: Place, reference: GroupReference): string {
  const { logGroupName, logGroupIdentifier } = reference;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw new AwsError(
      "ValidationException",
      "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
    );
  }
  if (logGroupName !== undefined) return logGroupName;
  if (logGroupIdentifier !== undefined) return identifiedGroup(place, logGroupIdentifier);
  throw invalidParameter("Name the log group: either logGroupName or logGroupIdentifier must be given.");
}

/** The name of a group that is given by its name or its ARN. No group of another place is ever found. */
export function identifiedGroup(place: Place, identifier: string): string {
  if (!identifier.startsWith("arn:")) return identifier;
  const match = GROUP_ARN.exec(identifier);
  if (!match) throw invalidParameter(`${identifier} is not the ARN of a log group.`);
  const [, region, account, name] = match;
  if (region !== place.region || account !== place.account) throw groupNotFound();
  return name!;
}
