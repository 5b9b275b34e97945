import type { ExecutionState } from "./state.ts";
import type { Operation, StatePage } from "./types.ts";

/** As in AWS's local servers: a page of state has at most this many operations and about this many characters. */
const PAGE_OPERATIONS = 1_000;
const PAGE_BYTES = 5 * 1024 * 1024;

/** The operation that stands for the execution itself; it is the first of the state, and carries the handler's input. */
function executionOperation(state: ExecutionState): Operation {
  const { identity, startedAtMs, inputPayload } = state.header;
  return {
    Id: identity.key.slice(identity.key.lastIndexOf("/") + 1),
    Type: "EXECUTION",
    Status: "STARTED",
    Name: identity.name,
    StartTimestamp: startedAtMs,
    ExecutionDetails: inputPayload === undefined ? {} : { InputPayload: inputPayload },
  };
}

/**
 * What a new invocation is told: the execution, then every operation but the descendants of closed contexts, whose
 * results make them needless, unless the context asked for them (ReplayChildren).
 */
export function invocationOperations(state: ExecutionState): Operation[] {
  const hidden = new Set<string>();
  const operations = [executionOperation(state)];
  // A parent is created before its children, so one pass in order of creation settles every descendant.
  for (const operation of state.operations.values()) {
    const parent = operation.ParentId === undefined ? undefined : state.operations.get(operation.ParentId);
    if (
      parent &&
      (hidden.has(parent.Id) || (parent.Status !== "STARTED" && !parent.ContextDetails?.ReplayChildren))
    ) {
      hidden.add(operation.Id);
    } else {
      operations.push(operation);
    }
  }
  return operations;
}

/** One page of operations from an index on; the marker of the next page is its index. */
export function pageOfState(
  operations: readonly Operation[],
  from: number,
  maxItems = PAGE_OPERATIONS,
): StatePage {
  const most = Math.min(maxItems || PAGE_OPERATIONS, PAGE_OPERATIONS);
  const page: Operation[] = [];
  let bytes = 0;
  for (let i = from; i < operations.length; i++) {
    const operation = operations[i]!;
    bytes += payloadBytes(operation);
    if (page.length === most || (page.length > 0 && bytes > PAGE_BYTES)) {
      return { Operations: page, NextMarker: Buffer.from(String(i)).toString("base64") };
    }
    page.push(operation);
  }
  return { Operations: page };
}

/** The index that a marker stands for, or undefined when it is none of ours. */
export function markerIndex(marker: string): number | undefined {
  const text = Buffer.from(marker, "base64").toString("latin1");
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function payloadBytes(operation: Operation): number {
  const details =
    operation.StepDetails ??
    operation.ContextDetails ??
    operation.CallbackDetails ??
    operation.ChainedInvokeDetails;
  return (
    200 +
    (details?.Result?.length ?? 0) +
    (operation.ExecutionDetails?.InputPayload?.length ?? 0) +
    (details?.Error?.ErrorMessage?.length ?? 0)
  );
}
