import type { ErrorObject } from "./types.ts";

/** Rows that AWS shows as history events, named by their EventType. */
const EVENT_KINDS = [
  "ExecutionStarted",
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionTimedOut",
  "ExecutionStopped",
  "ContextStarted",
  "ContextSucceeded",
  "ContextFailed",
  "StepStarted",
  "StepSucceeded",
  "StepFailed",
  "WaitStarted",
  "WaitSucceeded",
  "WaitCancelled",
  "CallbackStarted",
  "CallbackSucceeded",
  "CallbackFailed",
  "CallbackTimedOut",
  "ChainedInvokeStarted",
  "ChainedInvokeSucceeded",
  "ChainedInvokeFailed",
  "ChainedInvokeTimedOut",
  "ChainedInvokeStopped",
  "InvocationCompleted",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Rows that AWS does not show, but that the state is folded from. */
const PRIVATE_KINDS = [
  /** A handler is about to be called: a new epoch, which makes older checkpoint tokens stale. */
  "InvocationStarted",
  /** The delay before a step's next attempt has passed. */
  "StepReady",
  /** A callback's heartbeat timer was reset. */
  "CallbackHeartbeat",
  /** The handler handed in its result ahead of returning, because it is too large to return. */
  "OutcomeRecorded",
] as const;
export type PrivateKind = (typeof PRIVATE_KINDS)[number];

export type RowKind = EventKind | PrivateKind;

/** The version of a record's data; a reader that meets a newer one must not go on (docs/operations.md, "Rolling upgrades"). */
export const ROW_VERSION = 1;

/**
 * What a row says. `details` is what AWS shows under `<kind>Details`, with timestamps in epoch milliseconds;
 * `internal` is never shown.
 */
export interface RowData {
  readonly Id?: string | undefined;
  readonly Name?: string | undefined;
  readonly SubType?: string | undefined;
  readonly ParentId?: string | undefined;
  readonly details?: RowDetails | undefined;
  readonly internal?: RowInternal | undefined;
}

interface Shown<T> {
  readonly Payload?: T;
  readonly Truncated?: boolean;
}

/** The members of all `…Details` structures; each kind uses its own few. */
export interface RowDetails {
  readonly Input?: Shown<string>;
  readonly Result?: Shown<string>;
  readonly Error?: Shown<ErrorObject>;
  readonly RetryDetails?: { readonly CurrentAttempt?: number; readonly NextAttemptDelaySeconds?: number };
  readonly ExecutionTimeout?: number;
  readonly Duration?: number;
  readonly ScheduledEndTimestamp?: number;
  readonly CallbackId?: string;
  readonly Timeout?: number;
  readonly HeartbeatTimeout?: number;
  readonly FunctionName?: string;
  readonly TenantId?: string;
  readonly ExecutedVersion?: string;
  readonly DurableExecutionArn?: string;
  readonly StartTimestamp?: number;
  readonly EndTimestamp?: number;
  readonly RequestId?: string;
}

export interface RowInternal {
  readonly identity?: ExecutionIdentity;
  readonly replayChildren?: boolean;
  readonly epoch?: number;
  readonly requestId?: string;
  /** On InvocationCompleted: whether it counts as a failure, and how long to wait before the next try. */
  readonly retryDelayMs?: number;
  /** On InvocationCompleted: operations that changed outside before its last checkpoint, and that it has not heard of. */
  readonly unheard?: readonly string[];
  readonly outcome?: {
    readonly Status: "SUCCEEDED" | "FAILED";
    readonly Result?: string;
    readonly Error?: ErrorObject;
  };
}

/** What never changes about an execution. */
export interface ExecutionIdentity {
  /** The short key of its journal. */
  readonly number: number;
  /** `ACCOUNT/REGION/UUID`: the key of everything that belongs to it. */
  readonly key: string;
  readonly arn: string;
  readonly name: string;
  readonly functionName: string;
  /** `$LATEST` or the number of a version. */
  readonly version: string;
  readonly executionTimeoutSeconds: number;
  /** For how many days after its end it can be looked at. */
  readonly retentionDays: number;
  /** Whether its caller waits for the result, which may then be larger. */
  readonly synchronous: boolean;
  readonly tenantId?: string;
  readonly traceHeader?: string;
  /** The chained invoke that waits for this execution. */
  readonly parent?: { readonly execution: string; readonly operationId: string };
}

export interface JournalRow {
  /** Dense over all rows of an execution, from 1: the fence between writers. */
  readonly seq: number;
  /** Dense over the rows AWS would show, from 1: the public EventId. */
  readonly eventId: number | null;
  readonly kind: RowKind;
  readonly atMs: number;
  readonly data: RowData;
}

const PRIVATE: ReadonlySet<string> = new Set(PRIVATE_KINDS);
const KNOWN: ReadonlySet<string> = new Set([...EVENT_KINDS, ...PRIVATE_KINDS]);

export function isPrivate(kind: RowKind): kind is PrivateKind {
  return PRIVATE.has(kind);
}

/** Whether this version knows a kind of row: a newer one may have written others. */
export function isRowKind(kind: string): kind is RowKind {
  return KNOWN.has(kind);
}
