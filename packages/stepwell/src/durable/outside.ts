import { AwsError } from "../kernel/errors.ts";
import { nameOf } from "./deadlines.ts";
import type { Draft } from "./draft.ts";
import { invalidParameter } from "./errors.ts";
import type { RowKind } from "./journal-row.ts";
import type { ErrorObject } from "./types.ts";
import { shown } from "./updates.ts";

/** Something that happens to an execution from outside its handler. */
export type OutsideEvent =
  | { readonly type: "callback-succeeded"; readonly operationId: string; readonly result?: string }
  | { readonly type: "callback-failed"; readonly operationId: string; readonly error: ErrorObject }
  | { readonly type: "callback-heartbeat"; readonly operationId: string }
  | {
      readonly type: "chained-invoke-ended";
      readonly operationId: string;
      readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";
      readonly result?: string;
      readonly error?: ErrorObject;
    }
  | { readonly type: "stop"; readonly error?: ErrorObject };

/** Applies an outside event. Throws AWS's error when it comes too late: then the draft must be dropped. */
export function applyOutside(draft: Draft, event: OutsideEvent): void {
  switch (event.type) {
    case "callback-succeeded":
      return endCallback(draft, event.operationId, "CallbackSucceeded", { Result: shown(event.result) });
    case "callback-failed":
      return endCallback(draft, event.operationId, "CallbackFailed", { Error: shown(event.error) });
    case "callback-heartbeat":
      return void draft.append("CallbackHeartbeat", nameOf(openCallback(draft, event.operationId)));
    case "chained-invoke-ended": {
      const operation = draft.operation(event.operationId);
      // The same result may be delivered twice, and the execution may have ended meanwhile: both change nothing.
      if (operation?.Status !== "STARTED" || draft.header.status !== "RUNNING") return;
      const details =
        event.status === "SUCCEEDED" ? { Result: shown(event.result) } : { Error: shown(event.error) };
      return draft.append(CHAINED[event.status], { ...nameOf(operation), details });
    }
    case "stop":
      // Stopping again answers with the first stop's time; the caller reads it from the header.
      if (draft.header.status === "RUNNING") {
        draft.append("ExecutionStopped", { details: { Error: shown(event.error) } });
      }
  }
}

const CHAINED = {
  SUCCEEDED: "ChainedInvokeSucceeded",
  FAILED: "ChainedInvokeFailed",
  TIMED_OUT: "ChainedInvokeTimedOut",
  STOPPED: "ChainedInvokeStopped",
} as const satisfies Record<string, RowKind>;

function endCallback(
  draft: Draft,
  operationId: string,
  kind: "CallbackSucceeded" | "CallbackFailed",
  details: object,
): void {
  draft.append(kind, { ...nameOf(openCallback(draft, operationId)), details });
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html, "Errors". */
function openCallback(draft: Draft, operationId: string) {
  const operation = draft.operation(operationId);
  if (operation?.Type !== "CALLBACK") {
    throw new AwsError("ResourceNotFoundException", "The callback does not exist.", {
      httpStatus: 404,
      fields: { Type: "User" },
    });
  }
  if (operation.Status === "TIMED_OUT") throw callbackTimeout("The callback has timed out.");
  if (operation.Status !== "STARTED") throw invalidParameter("The callback has been completed already.");
  if (draft.header.status !== "RUNNING")
    throw callbackTimeout("The durable execution of the callback has ended.");
  return operation;
}

function callbackTimeout(message: string): AwsError {
  return new AwsError("CallbackTimeoutException", message, { fields: { Type: "User" } });
}
