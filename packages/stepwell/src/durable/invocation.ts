import { fireDue } from "./deadlines.ts";
import type { Draft } from "./draft.ts";
import { isOpen } from "./reduce.ts";
import type { ErrorObject, InvocationOutput } from "./types.ts";
import { shown } from "./updates.ts";

/** How an invocation ended, as its host saw it. */
export type InvocationEnd =
  | { readonly type: "returned"; readonly output: unknown }
  | { readonly type: "failed"; readonly error: ErrorObject }
  /** The host or the server was lost: not the handler's failure, so it is called again without delay. */
  | { readonly type: "lost" };

/** The delay before a failed invocation is tried again: 1 s, doubling up to 60 s. */
function retryDelayMs(failuresBefore: number): number {
  return Math.min(1000 * 2 ** Math.min(failuresBefore, 6), 60_000);
}

/** Begins an invocation under a new epoch. */
export function beginInvocation(draft: Draft, requestId: string): void {
  draft.append("InvocationStarted", { internal: { epoch: draft.header.epoch + 1, requestId } });
  draft.markSeen();
}

/**
 * Records the end of the running invocation and, where its output says so, of the execution. `handedAtMs` is when an
 * instance was handed it: until then it was queued. `unheard` names the operations that changed outside before a
 * checkpoint which stands in the same draft, and so was never replied to.
 */
export function endInvocation(
  draft: Draft,
  end: InvocationEnd,
  handedAtMs = 0,
  unheard: ReadonlySet<string> = new Set(),
): void {
  const { invocation } = draft.header;
  if (!invocation) return;
  if (end.type === "lost") {
    // No row: AWS's history has no event for it, and the next InvocationStarted makes this epoch stale.
    draft.header.invocation = undefined;
    draft.header.interrupted = true;
    return;
  }
  fireDue(draft);
  if (draft.header.status !== "RUNNING") {
    // Stopped or timed out while the handler ran: the journal is closed.
    draft.header.invocation = undefined;
    return;
  }
  const verdict = judge(draft, end);
  const failed = verdict.type === "failed";
  draft.append("InvocationCompleted", {
    details: {
      StartTimestamp: Math.min(Math.max(handedAtMs, invocation.startedAtMs), draft.nowMs),
      EndTimestamp: draft.nowMs,
      RequestId: invocation.requestId,
      ...(failed ? { Error: shown(verdict.error) } : {}),
    },
    ...(failed || unheard.size > 0
      ? {
          internal: {
            ...(failed ? { retryDelayMs: retryDelayMs(draft.header.failures) } : {}),
            ...(unheard.size > 0 ? { unheard: [...unheard] } : {}),
          },
        }
      : {}),
  });
  if (failed) return;
  const { output } = verdict;
  if (output.Status === "SUCCEEDED") {
    draft.append("ExecutionSucceeded", { details: { Result: shown(output.Result ?? undefined) } });
  } else if (output.Status === "FAILED") {
    draft.append("ExecutionFailed", { details: { Error: shown(output.Error ?? {}) } });
  }
}

type Verdict =
  | { readonly type: "returned"; readonly output: InvocationOutput }
  | { readonly type: "failed"; readonly error: ErrorObject };

function judge(draft: Draft, end: Exclude<InvocationEnd, { type: "lost" }>): Verdict {
  const { outcome } = draft.header;
  // A result that was handed in durably is the execution's result, however the invocation ended after that.
  if (outcome) return { type: "returned", output: outcome };
  if (end.type === "failed") return end;
  const problem = malformed(end.output) ?? contradiction(draft, end.output as InvocationOutput);
  if (problem)
    return { type: "failed", error: { ErrorType: "InvalidParameterValueException", ErrorMessage: problem } };
  return { type: "returned", output: end.output as InvocationOutput };
}

/** The output may be that of any runtime. As on the wire, a member that is null is none. */
function malformed(output: unknown): string | undefined {
  const { Status, Result, Error: error } = (output ?? {}) as { readonly [member: string]: unknown };
  if (Status !== "SUCCEEDED" && Status !== "FAILED" && Status !== "PENDING") {
    return (
      "Invalid durable execution output: the function returned no Status of SUCCEEDED, FAILED or PENDING. " +
      "Wrap its handler in withDurableExecution."
    );
  }
  if (typeof (Result ?? "") !== "string")
    return "Invalid durable execution output: its Result is no string. It has to be the result as JSON.";
  if (!isErrorObject(error ?? {})) return "Invalid durable execution output: its Error is no ErrorObject.";
  return undefined;
}

function isErrorObject(error: unknown): boolean {
  if (typeof error !== "object" || Array.isArray(error)) return false;
  const { ErrorMessage, ErrorType, ErrorData, StackTrace } = error as { readonly [member: string]: unknown };
  const isTextOrNone = (value: unknown): boolean => typeof (value ?? "") === "string";
  const lines = StackTrace ?? [];
  return (
    [ErrorMessage, ErrorType, ErrorData].every(isTextOrNone) &&
    Array.isArray(lines) &&
    lines.every((line) => typeof line === "string")
  );
}

/** The texts are those of AWS's local servers. */
function contradiction(draft: Draft, output: InvocationOutput): string | undefined {
  if (output.Status === "SUCCEEDED" && output.Error) return "Cannot provide an Error for SUCCEEDED status.";
  if (output.Status === "FAILED" && (output.Result ?? undefined) !== undefined)
    return "Cannot provide a Result for FAILED status.";
  if (output.Status === "PENDING" && !anythingPending(draft)) {
    return "Cannot return PENDING status with no pending operations.";
  }
  return undefined;
}

/** Whether something can still call the handler back: an open operation, or news that it has not heard of. */
function anythingPending(draft: Draft): boolean {
  if (draft.unseen().size > 0) return true;
  for (const operation of draft.allOperations()) {
    if (operation.Type === "STEP" ? operation.Status !== "STARTED" && isOpen(operation) : waits(operation))
      return true;
  }
  return false;
}

function waits(operation: { readonly Type: string; readonly Status: string }): boolean {
  return operation.Type !== "CONTEXT" && operation.Status === "STARTED";
}

/** Whether the handler should be called now: nothing runs it, and it has news, or has never run, or is to be retried. */
export function wantsInvocation(draft: Draft): boolean {
  const { header } = draft;
  if (header.status !== "RUNNING" || header.invocation) return false;
  if (header.retryAtMs !== undefined) return header.retryAtMs <= draft.nowMs;
  return header.interrupted || header.epoch === 0 || draft.unseen().size > 0;
}
