import { DurableOperationError } from "./errors.ts";
import type { OperationInfo } from "./types/plugin.ts";
import type { ErrorObject, Operation, WireTimestamp } from "./types/wire.ts";

/** What plugins are told of an operation as it is stored. */
export function toOperationInfo(operation: Operation): OperationInfo {
  const stored = outcomeOf(operation);
  return {
    id: operation.Id ?? "",
    name: operation.Name,
    type: operation.Type ?? "",
    subType: operation.SubType,
    parentId: operation.ParentId,
    status: operation.Status,
    startTimestamp: toDate(operation.StartTimestamp),
    endTimestamp: toDate(operation.EndTimestamp),
    result: stored?.Result,
    error: stored?.Error && DurableOperationError.fromErrorObject(stored.Error),
    attempt: operation.StepDetails?.Attempt,
    isReplay: false,
  };
}

/** The same for many, by id. */
export function toOperationInfos(operations: Iterable<Operation>): Record<string, OperationInfo> {
  const infos: Record<string, OperationInfo> = {};
  for (const operation of operations) infos[operation.Id ?? ""] = toOperationInfo(operation);
  return infos;
}

/** A stored moment in epoch milliseconds; undefined when there is none or it cannot be read. */
export function toMs(timestamp: WireTimestamp | undefined): number | undefined {
  if (timestamp === undefined || typeof timestamp === "number") return timestamp;
  const ms = typeof timestamp === "string" ? Date.parse(timestamp) : timestamp.getTime();
  return Number.isNaN(ms) ? undefined : ms;
}

function toDate(timestamp: WireTimestamp | undefined): Date | undefined {
  const ms = toMs(timestamp);
  return ms === undefined ? undefined : new Date(ms);
}

function outcomeOf(
  operation: Operation,
): { Result?: string | undefined; Error?: ErrorObject | undefined } | undefined {
  return (
    operation.StepDetails ??
    operation.CallbackDetails ??
    operation.ContextDetails ??
    operation.ChainedInvokeDetails
  );
}
