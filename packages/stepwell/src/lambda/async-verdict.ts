import type { NewWorkItem } from "../kernel/work.ts";
import type { InvocationResult } from "./host/host.ts";
import type { EventInvokeConfig } from "./shared.ts";
import type { FunctionKey } from "./table.ts";

/** The work item kind of asynchronous invocations. */
export const ASYNC_WORK = "lambda-async";

/** AWS's defaults (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). */
const RETRY_DELAYS_MS = [60_000, 120_000];
const OLDEST_MS = 6 * 3_600_000;
/** After an error that is not the function's: 1 s, growing with the event's age up to 5 minutes, as AWS does. */
const SHORTEST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;

/** The data of an asynchronous invocation's work item. */
export interface PendingInvocation {
  /** Names the invocation among all work, and refers to its blob. */
  readonly id: string;
  readonly key: FunctionKey;
  /** Stays the same in every attempt. */
  readonly requestId: string;
  readonly invokedArn: string;
  /** The version or alias that the caller named: its EventInvokeConfig is in force. */
  readonly qualifier?: string;
  readonly tenantId?: string;
  readonly event: { readonly json: string } | { readonly blob: string };
  readonly acceptedAtMs: number;
  /** Attempts that failed by the function's own fault. */
  readonly failures: number;
}

/**
 * How an attempt went: as the host reported it, or `unavailable` when it could not be made at all. A durable function's
 * execution has a life of its own once it is started.
 */
export type Attempt =
  | InvocationResult
  | "unavailable"
  | "function gone"
  | "switched off"
  | "too old"
  | "execution started";

/** AWS's words for how an asynchronous invocation is over. */
export type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

/** What of a configuration decides on retries. */
export type RetryPolicy = Pick<EventInvokeConfig, "maximumRetryAttempts" | "maximumEventAgeSeconds">;

export type Verdict =
  /** Nothing more to do; `dropped` says why when the function never took the event. */
  | { readonly type: "finish"; readonly condition?: Condition; readonly dropped?: string }
  /** Another attempt; `counts` when the one before was the function's own failure. */
  | { readonly type: "again"; readonly atMs: number; readonly counts: boolean };

/** Whether an event has waited for longer than it may. */
export function isTooOld(pending: PendingInvocation, policy: RetryPolicy, nowMs: number): boolean {
  return nowMs - pending.acceptedAtMs > oldestMs(policy);
}

/** What follows from an attempt. */
export function judge(
  pending: PendingInvocation,
  attempt: Attempt,
  policy: RetryPolicy,
  nowMs: number,
): Verdict {
  if (attempt === "execution started") return { type: "finish" };
  if (attempt === "function gone") return { type: "finish", dropped: "the function does not exist any more" };
  if (attempt === "switched off") {
    const dropped = "the function's reserved concurrency is 0";
    return { type: "finish", condition: "ZeroReservedConcurrency", dropped };
  }
  if (attempt === "too old") {
    const dropped = `it waited for more than ${duration(oldestMs(policy))}`;
    return { type: "finish", condition: "EventAgeExceeded", dropped };
  }
  if (attempt === "unavailable") {
    const ageMs = nowMs - pending.acceptedAtMs;
    const delayMs = Math.min(Math.max(ageMs, SHORTEST_BACKOFF_MS), LONGEST_BACKOFF_MS);
    return { type: "again", atMs: nowMs + delayMs, counts: false };
  }
  if (attempt.ok) return { type: "finish", condition: "Success" };
  if (attempt.kind === "lost") return { type: "again", atMs: nowMs, counts: false };
  const delayMs = RETRY_DELAYS_MS[pending.failures];
  const { maximumRetryAttempts = RETRY_DELAYS_MS.length } = policy;
  const { errorType, errorMessage } = attempt.error;
  const times = ["once", "twice", "three times"][pending.failures];
  const dropped = `it failed ${times}, last with ${errorType}: ${errorMessage}`;
  if (delayMs === undefined || pending.failures >= maximumRetryAttempts) {
    return { type: "finish", condition: "RetriesExhausted", dropped };
  }
  const atMs = nowMs + delayMs;
  if (!isTooOld(pending, policy, atMs)) return { type: "again", atMs, counts: true };
  return {
    type: "finish",
    condition: "EventAgeExceeded",
    dropped: `${dropped}; when it was tried next, it would have waited for more than ${duration(oldestMs(policy))}`,
  };
}

function oldestMs({ maximumEventAgeSeconds }: RetryPolicy): number {
  return maximumEventAgeSeconds === undefined ? OLDEST_MS : maximumEventAgeSeconds * 1000;
}

function duration(ms: number): string {
  return ms === OLDEST_MS ? "6 hours" : `${ms / 1000} seconds`;
}

/** The work item of the next attempt. Each counted attempt has a key of its own, for it replaces the one before. */
export function toItem(pending: PendingInvocation, availableAtMs: number): NewWorkItem {
  const { key, id, failures, acceptedAtMs } = pending;
  return {
    key: `${key.account}/${key.region}/${ASYNC_WORK}/${id}.${failures}`,
    kind: ASYNC_WORK,
    dueAtMs: acceptedAtMs,
    availableAtMs,
    lane: key.name,
    data: JSON.stringify(pending),
  };
}
