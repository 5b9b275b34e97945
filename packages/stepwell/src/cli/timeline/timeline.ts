import type { RowDetails } from "../../durable/journal-row.ts";
import type { ErrorObject, ExecutionStatus, OperationStatus, OperationType } from "../../durable/types.ts";
import { detailsOf, type HistoryEvent } from "../client/types.ts";

/** What an execution did, as its history tells it. Times are epoch milliseconds. */
export interface Timeline {
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs?: number;
  readonly status: ExecutionStatus;
  /** Those without a parent, in order of their first event. */
  readonly operations: readonly TimelineOperation[];
  /** Those that have ended: a history does not show the running one. */
  readonly invocations: readonly TimelineInvocation[];
}

export interface TimelineInvocation {
  readonly requestId: string;
  /** How long before its start there was something to do for it. */
  readonly queuedMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly error?: ErrorObject;
}

export interface TimelineOperation {
  readonly id: string;
  readonly type: Exclude<OperationType, "EXECUTION">;
  readonly name?: string;
  readonly subType?: string;
  readonly startMs: number;
  endMs?: number;
  status: OperationStatus;
  /** Of a step: when each attempt ran. */
  readonly attempts: TimelineAttempt[];
  result?: string;
  error?: ErrorObject;
  /** The end of an open wait, or the next attempt of a pending step. */
  dueAtMs?: number;
  callback?: { readonly id: string; readonly timeoutAtMs?: number; readonly heartbeatTimeoutMs?: number };
  invoked?: { readonly functionName: string; readonly executionArn?: string };
  readonly parent?: TimelineOperation;
  readonly children: TimelineOperation[];
}

export interface TimelineAttempt {
  readonly startMs: number;
  endMs?: number;
}

const EXECUTION_END = /^Execution(Succeeded|Failed|TimedOut|Stopped)$/;
const OPERATION_EVENT =
  /^(Context|Step|Wait|Callback|ChainedInvoke)(Started|Succeeded|Failed|TimedOut|Stopped|Cancelled)$/;

const TYPES = {
  Context: "CONTEXT",
  Step: "STEP",
  Wait: "WAIT",
  Callback: "CALLBACK",
  ChainedInvoke: "CHAINED_INVOKE",
} as const;

const STATUSES = {
  Started: "STARTED",
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  TimedOut: "TIMED_OUT",
  Stopped: "STOPPED",
  Cancelled: "CANCELLED",
} as const;

/** Folds a history, oldest event first. Types of events that are not known here are passed over. */
export function buildTimeline(events: readonly HistoryEvent[]): Timeline {
  const byId = new Map<string, TimelineOperation>();
  const operations: TimelineOperation[] = [];
  const invocations: TimelineInvocation[] = [];
  /** The first thing, since the last invocation, that the next one has to do with. */
  let readyAtMs: number | undefined = events[0]?.EventTimestamp;
  const ready = (atMs: number): void => {
    readyAtMs = Math.min(readyAtMs ?? atMs, atMs);
  };
  let end: { readonly status: ExecutionStatus; readonly endMs: number } | undefined;
  for (const event of events) {
    const details = detailsOf(event);
    const operationEvent = OPERATION_EVENT.exec(event.EventType);
    const executionEnd = EXECUTION_END.exec(event.EventType);
    if (operationEvent && event.Id !== undefined) {
      const type = TYPES[operationEvent[1] as keyof typeof TYPES];
      let operation = byId.get(event.Id);
      if (!operation) {
        operation = begin(event, event.Id, type, byId);
        byId.set(event.Id, operation);
        (operation.parent?.children ?? operations).push(operation);
      }
      const readyMs = readinessOf(operation, event);
      if (readyMs !== undefined) ready(readyMs);
      apply(operation, STATUSES[operationEvent[2] as keyof typeof STATUSES], details, event.EventTimestamp);
    } else if (event.EventType === "InvocationCompleted") {
      invocations.push(invocationOf(details, readyAtMs));
      readyAtMs = undefined;
    } else if (executionEnd) {
      end = { status: STATUSES[executionEnd[1] as "Failed"], endMs: event.EventTimestamp };
    }
  }
  return { startMs: events[0]?.EventTimestamp ?? 0, status: "RUNNING", ...end, operations, invocations };
}

/** A step or context may be ended without a start: then it starts with its first event. */
function begin(
  { Name, SubType, ParentId, EventTimestamp }: HistoryEvent,
  id: string,
  type: TimelineOperation["type"],
  byId: ReadonlyMap<string, TimelineOperation>,
): TimelineOperation {
  const parent = ParentId === undefined ? undefined : byId.get(ParentId);
  return {
    id,
    type,
    status: "STARTED",
    startMs: EventTimestamp,
    ...(Name === undefined ? {} : { name: Name }),
    ...(SubType === undefined ? {} : { subType: SubType }),
    ...(parent ? { parent } : {}),
    attempts: [],
    children: [],
  };
}

function apply(
  operation: TimelineOperation,
  status: OperationStatus,
  details: RowDetails,
  atMs: number,
): void {
  operation.status = status;
  if (status === "STARTED") return start(operation, details, atMs);
  const { Result, Error: failure, RetryDetails } = details;
  if (operation.type === "STEP") endAttempt(operation, atMs);
  delete operation.dueAtMs;
  if (Result?.Payload !== undefined) operation.result = Result.Payload;
  if (failure?.Payload) operation.error = failure.Payload;
  else delete operation.error;
  if (RetryDetails?.NextAttemptDelaySeconds !== undefined) {
    // A failed attempt that is retried, or a condition that does not hold yet.
    operation.status = "PENDING";
    operation.dueAtMs = atMs + RetryDetails.NextAttemptDelaySeconds * 1000;
  } else {
    operation.endMs = atMs;
  }
}

function start(operation: TimelineOperation, details: RowDetails, atMs: number): void {
  if (operation.type === "STEP") operation.attempts.push({ startMs: atMs });
  delete operation.dueAtMs;
  if (details.ScheduledEndTimestamp !== undefined) operation.dueAtMs = details.ScheduledEndTimestamp;
  if (details.CallbackId !== undefined) {
    operation.callback = {
      id: details.CallbackId,
      ...(details.Timeout ? { timeoutAtMs: atMs + details.Timeout * 1000 } : {}),
      ...(details.HeartbeatTimeout ? { heartbeatTimeoutMs: details.HeartbeatTimeout * 1000 } : {}),
    };
  }
  if (details.FunctionName !== undefined) {
    operation.invoked = {
      functionName: details.FunctionName,
      ...(details.DurableExecutionArn === undefined ? {} : { executionArn: details.DurableExecutionArn }),
    };
  }
}

function endAttempt({ attempts }: TimelineOperation, atMs: number): void {
  const last = attempts.at(-1);
  if (last && last.endMs === undefined) last.endMs = atMs;
  else attempts.push({ startMs: atMs, endMs: atMs });
}

/** When an event gave the handler something to do: a timer that was due, or what came from outside. */
function readinessOf({ dueAtMs }: TimelineOperation, event: HistoryEvent): number | undefined {
  if (dueAtMs !== undefined) return Math.min(dueAtMs, event.EventTimestamp);
  return /^(Callback|ChainedInvoke)(?!Started)/.test(event.EventType) ? event.EventTimestamp : undefined;
}

function invocationOf(details: RowDetails, readyAtMs: number | undefined): TimelineInvocation {
  const error = details.Error?.Payload;
  const startMs = details.StartTimestamp ?? 0;
  return {
    requestId: details.RequestId ?? "",
    queuedMs: Math.max(startMs - (readyAtMs ?? startMs), 0),
    startMs,
    endMs: details.EndTimestamp ?? 0,
    ...(error ? { error } : {}),
  };
}
