import type { Change } from "../store/store.ts";
import { chainedSuccess, chainedWork, leaveForParent } from "./chained-work.ts";
import type { Draft } from "./draft.ts";
import type { DurableLimits } from "./limits.ts";
import { expiresAtMs, retentionWork } from "./retention.ts";
import { change } from "./tables.ts";

/**
 * What a draft's rows mean for the tables beside the journal. `settled` names callbacks whose own row was updated
 * already, by the node that put their completion into the inbox.
 */
export function sideChanges(
  execution: string,
  draft: Draft,
  limits: DurableLimits,
  settled?: ReadonlySet<string>,
): Change[] {
  const changes: Change[] = [];
  for (const { kind, data } of draft.rows) {
    switch (kind) {
      case "CallbackStarted":
        changes.push(change.insertCallback(execution, data.Id!, data.details!.CallbackId!));
        break;
      case "CallbackSucceeded":
      case "CallbackFailed":
      case "CallbackTimedOut":
        if (!settled?.has(data.Id!)) {
          const { Status, CallbackDetails } = draft.operation(data.Id!)!;
          changes.push(change.endCallback(execution, data.Id!, CallbackDetails!.CallbackId!, Status));
        }
        break;
      case "ChainedInvokeStarted":
        changes.push(chainedWork(execution, data.Id!, data.details!.FunctionName!, draft.nowMs));
        break;
      case "ExecutionSucceeded":
      case "ExecutionFailed":
      case "ExecutionTimedOut":
      case "ExecutionStopped":
        changes.push(...endChanges(execution, draft), ...tellParent(draft, limits));
    }
  }
  return changes;
}

function endChanges(execution: string, { header, nowMs }: Draft): readonly Change[] {
  const atMs = expiresAtMs(header.identity, nowMs);
  return [change.endExecution(execution, header.status, nowMs, atMs), retentionWork(atMs)];
}

/** An execution that a chained invoke waits for leaves its end in the waiting execution's inbox. */
function tellParent(draft: Draft, { operationPayloadBytes }: DurableLimits): readonly Change[] {
  const { identity, status, result, error } = draft.header;
  if (!identity.parent || status === "RUNNING") return [];
  const end =
    status === "SUCCEEDED" && result !== undefined
      ? chainedSuccess(result, operationPayloadBytes)
      : { status, ...(error === undefined ? {} : { error }) };
  return leaveForParent(identity.parent, draft.nowMs, end);
}
