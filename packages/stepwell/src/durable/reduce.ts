import type { RowData, RowKind } from "./journal-row.ts";
import type { Operation, OperationStatus, OperationType } from "./types.ts";

type OperationKind = Exclude<RowKind, `Execution${string}` | `Invocation${string}` | "OutcomeRecorded">;

const OF_THE_EXECUTION: ReadonlySet<RowKind> = new Set<Exclude<RowKind, OperationKind>>([
  "ExecutionStarted",
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionTimedOut",
  "ExecutionStopped",
  "InvocationStarted",
  "InvocationCompleted",
  "OutcomeRecorded",
]);

/** Whether a row of this kind changes one operation. */
export function concernsOperation(kind: RowKind): kind is OperationKind {
  return !OF_THE_EXECUTION.has(kind);
}

const OPEN: ReadonlySet<OperationStatus> = new Set(["STARTED", "PENDING", "READY"]);

export function isOpen(operation: Operation): boolean {
  return OPEN.has(operation.Status);
}

/** The operation after a row, from the operation before it. Pure; a row is trusted, since a decision made it. */
export function reduceOperation(
  before: Operation | undefined,
  kind: OperationKind,
  data: RowData,
  atMs: number,
): Operation {
  switch (kind) {
    case "ContextStarted":
      return begun(before, "CONTEXT", data, atMs);
    case "ContextSucceeded":
    case "ContextFailed":
      return {
        ...ended(before, "CONTEXT", kind === "ContextSucceeded" ? "SUCCEEDED" : "FAILED", data, atMs),
        ContextDetails: {
          ...(data.internal?.replayChildren ? { ReplayChildren: true } : {}),
          ...outcome(data),
        },
      };
    case "StepStarted":
      // A further attempt keeps what the last one left, as waitForCondition's state needs.
      return { ...begun(before, "STEP", data, atMs), StepDetails: kept(before) };
    case "StepSucceeded":
    case "StepFailed":
      return stepEnded(before, kind, data, atMs);
    case "StepReady":
      return { ...before!, Status: "READY", StepDetails: kept(before) };
    case "WaitStarted":
      return {
        ...begun(before, "WAIT", data, atMs),
        WaitDetails: { ScheduledEndTimestamp: data.details!.ScheduledEndTimestamp! },
      };
    case "WaitSucceeded":
      return ended(before, "WAIT", "SUCCEEDED", data, atMs);
    case "WaitCancelled":
      return ended(before, "WAIT", "CANCELLED", data, atMs);
    case "CallbackStarted":
      return {
        ...begun(before, "CALLBACK", data, atMs),
        CallbackDetails: { CallbackId: data.details!.CallbackId! },
      };
    case "CallbackHeartbeat":
      return before!;
    case "CallbackSucceeded":
    case "CallbackFailed":
    case "CallbackTimedOut":
      return {
        ...ended(before, "CALLBACK", CLOSED[kind], data, atMs),
        CallbackDetails: { ...before?.CallbackDetails, ...outcome(data) },
      };
    case "ChainedInvokeStarted":
      return begun(before, "CHAINED_INVOKE", data, atMs);
    case "ChainedInvokeSucceeded":
    case "ChainedInvokeFailed":
    case "ChainedInvokeTimedOut":
    case "ChainedInvokeStopped":
      return {
        ...ended(before, "CHAINED_INVOKE", CLOSED[kind], data, atMs),
        ChainedInvokeDetails: outcome(data),
      };
  }
}

const CLOSED = {
  CallbackSucceeded: "SUCCEEDED",
  CallbackFailed: "FAILED",
  CallbackTimedOut: "TIMED_OUT",
  ChainedInvokeSucceeded: "SUCCEEDED",
  ChainedInvokeFailed: "FAILED",
  ChainedInvokeTimedOut: "TIMED_OUT",
  ChainedInvokeStopped: "STOPPED",
} as const satisfies Partial<Record<RowKind, OperationStatus>>;

function begun(before: Operation | undefined, type: OperationType, data: RowData, atMs: number): Operation {
  return before
    ? { ...before, Status: "STARTED" }
    : { ...named(type, data), Status: "STARTED", StartTimestamp: atMs };
}

function ended(
  before: Operation | undefined,
  type: OperationType,
  status: OperationStatus,
  data: RowData,
  atMs: number,
): Operation {
  const start = before ?? { ...named(type, data), StartTimestamp: atMs };
  return { ...start, Status: status, EndTimestamp: atMs };
}

function named(type: OperationType, data: RowData) {
  const { Id, Name, SubType, ParentId } = data;
  return { Id: Id!, Type: type, Name, SubType, ParentId };
}

function outcome(data: RowData) {
  const { Result, Error: error } = data.details ?? {};
  return {
    ...(Result?.Payload === undefined ? {} : { Result: Result.Payload }),
    ...(error?.Payload === undefined ? {} : { Error: error.Payload }),
  };
}

function kept(before: Operation | undefined): NonNullable<Operation["StepDetails"]> {
  const { NextAttemptTimestamp: _, ...rest } = before?.StepDetails ?? {};
  return rest;
}

/** RetryDetails with a delay mean that the step goes on: both retries and waitForCondition's polls end so. */
function stepEnded(
  before: Operation | undefined,
  kind: "StepSucceeded" | "StepFailed",
  data: RowData,
  atMs: number,
): Operation {
  const retry = data.details!.RetryDetails!;
  const details = { Attempt: retry.CurrentAttempt!, ...outcome(data) };
  if (retry.NextAttemptDelaySeconds === undefined) {
    const status = kind === "StepSucceeded" ? "SUCCEEDED" : "FAILED";
    return { ...ended(before, "STEP", status, data, atMs), StepDetails: details };
  }
  const start = before ?? { ...named("STEP", data), StartTimestamp: atMs };
  return {
    ...start,
    Status: "PENDING",
    StepDetails: {
      // A failed attempt of a waitForCondition keeps the state of the poll before it.
      ...(kind === "StepFailed" && before?.StepDetails?.Result !== undefined
        ? { Result: before.StepDetails.Result }
        : {}),
      ...details,
      NextAttemptTimestamp: atMs + retry.NextAttemptDelaySeconds * 1000,
    },
  };
}
