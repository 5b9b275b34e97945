import type { RowData, RowKind } from "./journal-row.ts";
import type { ExecutionHeader } from "./state.ts";
import type { ExecutionStatus } from "./types.ts";

/** Folds a row that concerns the execution as a whole into its header. */
export function foldHeader(header: ExecutionHeader, kind: RowKind, data: RowData, atMs: number): void {
  switch (kind) {
    case "InvocationStarted": {
      const { epoch, requestId } = data.internal!;
      header.epoch = epoch!;
      header.invocation = { epoch: epoch!, requestId: requestId!, startedAtMs: atMs };
      header.interrupted = false;
      header.retryAtMs = undefined;
      break;
    }
    case "InvocationCompleted": {
      const retryDelayMs = data.internal?.retryDelayMs;
      header.invocation = undefined;
      header.failures = retryDelayMs === undefined ? 0 : header.failures + 1;
      header.retryAtMs = retryDelayMs === undefined ? undefined : atMs + retryDelayMs;
      break;
    }
    case "OutcomeRecorded":
      header.outcome = data.internal!.outcome!;
      break;
    default: {
      const { Result, Error: error } = data.details ?? {};
      header.status = END_STATUS[kind as keyof typeof END_STATUS];
      header.endedAtMs = atMs;
      if (Result?.Payload !== undefined) header.result = Result.Payload;
      if (error?.Payload !== undefined) header.error = error.Payload;
    }
  }
}

/** What an execution is after the row that closes its journal. */
export const END_STATUS = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionStopped: "STOPPED",
} as const satisfies Partial<Record<RowKind, ExecutionStatus>>;

/** Characters of the payloads that a row adds. */
export function payloadLength(data: RowData): number {
  const { Input, Result, Error: error } = data.details ?? {};
  return (
    (Input?.Payload?.length ?? 0) +
    (Result?.Payload?.length ?? 0) +
    (error?.Payload?.ErrorMessage?.length ?? 0) +
    (error?.Payload?.ErrorData?.length ?? 0) +
    (data.internal?.outcome?.Result?.length ?? 0)
  );
}
