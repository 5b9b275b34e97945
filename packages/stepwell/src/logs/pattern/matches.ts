import { type AwsError, notSupported } from "../../kernel/errors.ts";

/** Whether an event's message matches. */
export type Matches = (message: string) => boolean;

export function regexNotSupported(): AwsError {
  return notSupported(
    "regular expressions in filter patterns (%...%)",
    "Use terms, or * in values of JSON fields.",
  );
}
