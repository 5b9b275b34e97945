import { AwsError } from "../kernel/errors.ts";
import { missingParameter } from "./errors.ts";

interface Entry {
  readonly Id: string;
}

/** What a batch answers: who succeeded, and who failed with what. An empty list is left out, as AWS does. */
export interface BatchResult<T> {
  readonly Successful?: readonly (Entry & T)[];
  readonly Failed?: readonly {
    readonly Id: string;
    readonly SenderFault: boolean;
    readonly Code: string;
    readonly Message: string;
  }[];
}

const MOST_ENTRIES = 10;
const ID = /^[\w-]{1,80}$/;

/** Throws for a batch that AWS refuses as a whole; `kind` is what its entries are called. */
export function checkBatch(entries: readonly Entry[], kind: string): void {
  if (entries.length === 0) {
    throw new AwsError("EmptyBatchRequest", `There should be at least one ${kind} in the request.`);
  }
  if (entries.length > MOST_ENTRIES) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  entries.forEach(({ Id }, i) => {
    if (Id === undefined) throw missingParameter(`${kind}.${i + 1}.Id`);
    if (!ID.test(Id)) {
      throw new AwsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. " +
          "It can be at most 80 letters long.",
      );
    }
    if (ids.has(Id)) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    ids.add(Id);
  });
}

/** Asks something of each entry; what it throws is the entry's failure. */
export function eachEntry<E extends Entry, T>(
  entries: readonly E[],
  ask: (entry: E, index: number) => T,
): { readonly entry: E; readonly outcome: T | AwsError }[] {
  return entries.map((entry, i) => {
    try {
      return { entry, outcome: ask(entry, i) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { entry, outcome: error };
    }
  });
}

/** The answer to a batch, in the order of its entries. */
export function batchResult<T extends object>(
  outcomes: readonly { readonly entry: Entry; readonly outcome: T | AwsError }[],
): BatchResult<T> {
  const successful: (Entry & T)[] = [];
  const failed: NonNullable<BatchResult<T>["Failed"]>[number][] = [];
  for (const { entry, outcome } of outcomes) {
    if (!(outcome instanceof AwsError)) {
      successful.push({ Id: entry.Id, ...outcome });
      continue;
    }
    const { code, queryCode, message, fault } = outcome;
    failed.push({
      ...{ Id: entry.Id, SenderFault: fault === "client" },
      ...{ Code: queryCode ?? code, Message: message },
    });
  }
  return {
    ...(successful.length > 0 && { Successful: successful }),
    ...(failed.length > 0 && { Failed: failed }),
  };
}
