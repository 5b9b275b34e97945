import { LATEST } from "./reference.ts";

/**
 * What all versions of a function have in common. It is kept with `$LATEST` and changes as a whole; what it was before
 * guards the change, so what is decided on it (that a version exists, that no alias needs it) still holds when the
 * decision is stored.
 */
export interface FunctionShared {
  /** How often it has changed. */
  readonly changes: number;
  /** The published versions that there are, oldest first. */
  readonly versions: readonly string[];
  /** The number of the version that was published last; a number is never used again. */
  readonly lastVersion: number;
  /** What that version was made of: while `$LATEST` is the same, publishing it gives that version again. */
  readonly lastPublished?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly FunctionAlias[];
  readonly eventInvokes: readonly EventInvokeConfig[];
  readonly policies: readonly FunctionPolicy[];
  /** How many invocations may run at a time; absent: as many as may. */
  readonly reservedConcurrency?: number;
}

/** A name for a version; it can be given to another one. */
export interface FunctionAlias {
  readonly name: string;
  readonly description: string;
  /** The version that it stands for: a number or `$LATEST`. */
  readonly version: string;
  /** Another version that gets a part of the invocations, from 0 to 1. */
  readonly additional?: { readonly version: string; readonly weight: number };
  /** AWS's RevisionId: a new one with every change. */
  readonly revisionId: string;
}

/** How asynchronous invocations by one qualifier go; what is absent is as AWS has it by default. */
export interface EventInvokeConfig {
  /** A version, an alias or `$LATEST`, which also stands for none. */
  readonly qualifier: string;
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  /** ARNs of who gets a record of each invocation that is over. */
  readonly destinations?: { readonly onSuccess?: string; readonly onFailure?: string };
  readonly lastModifiedMs: number;
}

/** The resource-based policy of a function, a version or an alias. */
export interface FunctionPolicy {
  /** `$LATEST` stands for the function itself. */
  readonly qualifier: string;
  readonly statements: readonly PolicyStatement[];
  readonly revisionId: string;
}

/** In the form that GetPolicy gives. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: object;
}

export const NOTHING_SHARED: FunctionShared = {
  changes: 0,
  versions: [],
  lastVersion: 0,
  tags: {},
  aliases: [],
  eventInvokes: [],
  policies: [],
};

/** Whether a version, an alias or `$LATEST` of that name is there. */
export function hasQualifier({ versions, aliases }: FunctionShared, qualifier: string): boolean {
  return (
    qualifier === LATEST || versions.includes(qualifier) || aliases.some((alias) => alias.name === qualifier)
  );
}

/** The version that an alias means for one invocation; `draw` is a random number in [0, 1). */
export function drawVersion({ version, additional }: FunctionAlias, draw: number): string {
  return additional !== undefined && draw < additional.weight ? additional.version : version;
}

/** What belongs to a version or an alias goes with it. */
export function withoutQualifier(shared: FunctionShared, qualifier: string): FunctionShared {
  const without = <T extends { readonly qualifier: string }>(list: readonly T[]) =>
    list.filter((one) => one.qualifier !== qualifier);
  return { ...shared, eventInvokes: without(shared.eventInvokes), policies: without(shared.policies) };
}
