import type { Event } from "@aws-sdk/client-lambda";
import type { HistoryEvent } from "../../cli/client/types.ts";
import type { ErrorObject } from "../../durable/types.ts";
import type { ExecutionStatus, Invocation, Operation, TestResultError } from "./types.ts";

/** An operation with the events that made it. */
export interface RecordedOperation {
  readonly operation: Operation;
  readonly events: Event[];
}

/** How an execution has ended. */
export interface RecordedEnd {
  readonly status: ExecutionStatus;
  readonly result?: string;
  readonly error?: ErrorObject;
}

const OPERATION_EVENT =
  /^(Context|Step|Wait|Callback|ChainedInvoke)(Started|Succeeded|Failed|TimedOut|Stopped|Cancelled)$/;
const EXECUTION_END = /^Execution(Succeeded|Failed|TimedOut|Stopped)$/;
const TYPES = {
  Context: "CONTEXT",
  Step: "STEP",
  Wait: "WAIT",
  Callback: "CALLBACK",
  ChainedInvoke: "CHAINED_INVOKE",
};
const STATUSES = {
  Started: "STARTED",
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  TimedOut: "TIMED_OUT",
  Stopped: "STOPPED",
  Cancelled: "CANCELLED",
};

/** The members that the details of events have, each kind its own few. */
interface Details {
  readonly Result?: { readonly Payload?: string };
  readonly Error?: { readonly Payload?: ErrorObject };
  readonly RetryDetails?: { readonly CurrentAttempt?: number; readonly NextAttemptDelaySeconds?: number };
  readonly CallbackId?: string;
  readonly ScheduledEndTimestamp?: Date;
}

/** What an execution did, as its history tells it: AWS's events, with Dates, oldest first. */
export class ExecutionRecord {
  readonly events: Event[];
  /** In order of their first event. */
  readonly operations: readonly RecordedOperation[];
  readonly end: RecordedEnd | undefined;

  constructor(events: Event[]) {
    const operations = new Map<string, RecordedOperation>();
    for (const event of events) {
      const match = OPERATION_EVENT.exec(event.EventType!);
      if (!match) continue;
      const before = operations.get(event.Id!);
      const operation = applied(
        before?.operation,
        event,
        match as unknown as [string, keyof typeof TYPES, string],
      );
      operations.set(event.Id!, { operation, events: [...(before?.events ?? []), event] });
    }
    this.events = events;
    this.operations = [...operations.values()];
    this.end = endOf(events);
  }

  get invocations(): Invocation[] {
    return this.events.flatMap(({ InvocationCompletedDetails: details }, index) => {
      if (!details) return [];
      // In AWS's library the invocation that fails its execution has that error too.
      const { ExecutionFailedDetails: failed } = this.events[index + 1] ?? {};
      return {
        startTimestamp: details.StartTimestamp,
        endTimestamp: details.EndTimestamp,
        requestId: details.RequestId,
        error: resultError(details.Error?.Payload ?? failed?.Error?.Payload),
      };
    });
  }
}

/** A history event with its times as Dates. */
export function awsEvent(event: HistoryEvent): Event {
  return JSON.parse(JSON.stringify(event), (key, value) =>
    key.endsWith("Timestamp") && typeof value === "number" ? new Date(value) : value,
  );
}

export function resultError(error: ErrorObject | undefined): TestResultError | undefined {
  return (
    error && {
      errorData: error.ErrorData,
      errorMessage: error.ErrorMessage,
      errorType: error.ErrorType,
      stackTrace: error.StackTrace && [...error.StackTrace],
    }
  );
}

function applied(
  before: Operation | undefined,
  event: Event,
  [, kind, what]: [string, keyof typeof TYPES, string],
): Operation {
  const details = detailsOf(event);
  const at = event.EventTimestamp!;
  const starts = what === "Started";
  const delaySeconds = details.RetryDetails?.NextAttemptDelaySeconds;
  const retries = !starts && delaySeconds !== undefined;
  const member = `${kind}Details` as const;
  const attempt = details.RetryDetails?.CurrentAttempt;
  // What an attempt came to replaces what the one before it did.
  const { Error: _, ...kept } = (before?.[member] ?? {}) as { Error?: ErrorObject };
  const changes = {
    ...(details.Result?.Payload === undefined ? {} : { Result: details.Result.Payload }),
    ...(details.Error?.Payload === undefined ? {} : { Error: details.Error.Payload }),
    ...(details.CallbackId === undefined ? {} : { CallbackId: details.CallbackId }),
    ...(details.ScheduledEndTimestamp ? { ScheduledEndTimestamp: details.ScheduledEndTimestamp } : {}),
    ...(kind === "Step" && attempt !== undefined ? { Attempt: attempt } : {}),
    ...(retries ? { NextAttemptTimestamp: new Date(at.getTime() + delaySeconds * 1000) } : {}),
  };
  return {
    Id: event.Id,
    ParentId: event.ParentId,
    Name: event.Name,
    SubType: event.SubType,
    StartTimestamp: at,
    ...before,
    Type: TYPES[kind] as unknown as Operation["Type"],
    Status: (retries ? "PENDING" : STATUSES[what as "Started"]) as unknown as Operation["Status"],
    ...(starts || retries ? {} : { EndTimestamp: at }),
    [member]: { ...(starts ? before?.[member] : kept), ...changes },
  };
}

function endOf(events: readonly Event[]): RecordedEnd | undefined {
  const last = events.at(-1);
  const match = EXECUTION_END.exec(last?.EventType ?? "");
  if (!last || !match) return undefined;
  const { Result, Error: failure } = detailsOf(last);
  return {
    status: STATUSES[match[1] as "Failed"] as ExecutionStatus,
    ...(Result?.Payload === undefined ? {} : { result: Result.Payload }),
    ...(failure?.Payload === undefined ? {} : { error: failure.Payload }),
  };
}

function detailsOf(event: Event): Details {
  return (event as unknown as Record<string, Details | undefined>)[`${event.EventType}Details`] ?? {};
}
