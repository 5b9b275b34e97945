import type { ExecutionState } from "../../durable/machine.ts";

/** When an execution next has something to do by itself, in epoch milliseconds; Infinity where there is nothing. */
export interface NextTimes {
  /** The end of a wait, a step's next attempt, the repetition of an invocation that failed. */
  readonly progressMs: number;
  /** The timeout of a callback, or of its heartbeat. */
  readonly callbackTimeoutMs: number;
  readonly executionTimeoutMs: number;
}

/** What time will bring to some running executions first. */
export function nextTimes(states: Iterable<ExecutionState>): NextTimes {
  let progressMs = Number.POSITIVE_INFINITY;
  let callbackTimeoutMs = Number.POSITIVE_INFINITY;
  let executionTimeoutMs = Number.POSITIVE_INFINITY;
  for (const { header, deadlines } of states) {
    const endMs = header.startedAtMs + header.identity.executionTimeoutSeconds * 1000;
    executionTimeoutMs = Math.min(executionTimeoutMs, endMs);
    if (header.retryAtMs !== undefined) progressMs = Math.min(progressMs, header.retryAtMs);
    for (const { dueAtMs, timeoutAtMs, heartbeatAtMs } of deadlines.values()) {
      if (dueAtMs !== undefined) progressMs = Math.min(progressMs, dueAtMs);
      const timeoutMs = Math.min(timeoutAtMs ?? Infinity, heartbeatAtMs ?? Infinity);
      callbackTimeoutMs = Math.min(callbackTimeoutMs, timeoutMs);
    }
  }
  return { progressMs, callbackTimeoutMs, executionTimeoutMs };
}
