import type { Draft } from "./draft.ts";
import type { Deadlines, ExecutionHeader } from "./state.ts";
import type { Operation } from "./types.ts";

/** An execution as it is, or as a draft has it. */
interface Timed {
  readonly header: ExecutionHeader;
  allDeadlines(): Iterable<readonly [string, Deadlines]>;
}

/** When the execution as a whole times out. */
export function executionDeadlineMs({ header }: Timed): number {
  const { startedAtMs, identity } = header;
  return startedAtMs + identity.executionTimeoutSeconds * 1000;
}

/**
 * The earliest time at which the service must act by itself, or undefined for a closed execution. `retryAtMs` counts
 * only while no invocation runs.
 */
export function nextDeadlineMs(execution: Timed): number | undefined {
  const { header } = execution;
  if (header.status !== "RUNNING") return undefined;
  let earliest = executionDeadlineMs(execution);
  if (!header.invocation && header.retryAtMs !== undefined) earliest = Math.min(earliest, header.retryAtMs);
  for (const [, { dueAtMs, timeoutAtMs, heartbeatAtMs }] of execution.allDeadlines()) {
    earliest = Math.min(earliest, dueAtMs ?? Infinity, timeoutAtMs ?? Infinity, heartbeatAtMs ?? Infinity);
  }
  return earliest;
}

/** Does everything that has fallen due by the draft's time, in the order of the deadlines. */
export function fireDue(draft: Draft): void {
  if (draft.header.status !== "RUNNING") return;
  const due: { atMs: number; id: string; why: "due" | "timeout" | "heartbeat" }[] = [];
  for (const [id, { dueAtMs, timeoutAtMs, heartbeatAtMs }] of draft.allDeadlines()) {
    const reasons = [
      { atMs: dueAtMs ?? Infinity, id, why: "due" as const },
      { atMs: timeoutAtMs ?? Infinity, id, why: "timeout" as const },
      { atMs: heartbeatAtMs ?? Infinity, id, why: "heartbeat" as const },
    ];
    const first = reasons.reduce((a, b) => (b.atMs < a.atMs ? b : a));
    if (first.atMs <= draft.nowMs) due.push(first);
  }
  const endMs = executionDeadlineMs(draft);
  due.sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, id, why } of due) {
    if (atMs > endMs) break;
    fire(draft, draft.operation(id)!, why);
  }
  if (endMs <= draft.nowMs) timeOutExecution(draft);
}

function fire(draft: Draft, operation: Operation, why: "due" | "timeout" | "heartbeat"): void {
  const data = nameOf(operation);
  if (operation.Type === "WAIT") {
    const Duration = (operation.WaitDetails!.ScheduledEndTimestamp! - operation.StartTimestamp) / 1000;
    draft.append("WaitSucceeded", { ...data, details: { Duration } });
  } else if (operation.Type === "STEP") {
    draft.append("StepReady", data);
  } else {
    const Payload =
      why === "timeout"
        ? { ErrorType: "Callback.Timeout", ErrorMessage: "Callback timed out" }
        : { ErrorType: "Callback.Heartbeat", ErrorMessage: "Callback timed out on heartbeat" };
    draft.append("CallbackTimedOut", { ...data, details: { Error: { Payload, Truncated: false } } });
  }
}

function timeOutExecution(draft: Draft): void {
  draft.append("ExecutionTimedOut", { details: {} });
}

/** The members by which a history event names its operation. */
export function nameOf(operation: Operation) {
  const { Id, Name, SubType, ParentId } = operation;
  return { Id, Name, SubType, ParentId };
}
