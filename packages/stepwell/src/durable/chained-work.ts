import { work } from "../kernel/work.ts";
import type { Change } from "../store/store.ts";
import { workKey } from "./keys.ts";
import type { OutsideEvent } from "./outside.ts";
import { change } from "./tables.ts";

/** The kind of work items that carry chained invokes out. */
export const CHAINED_WORK = "chained-invoke";

/** The chained invoke that somebody waits for. */
export interface ChainedParent {
  readonly execution: string;
  readonly operationId: string;
}

export type ChainedEnd = Omit<
  Extract<OutsideEvent, { readonly type: "chained-invoke-ended" }>,
  "type" | "operationId"
>;

/** The work item that carries a chained invoke out, made in the commit that records it. */
export function chainedWork(
  execution: string,
  operationId: string,
  functionName: string,
  nowMs: number,
): Change {
  const parent: ChainedParent = { execution, operationId };
  return work.insert({
    key: execution.replace(/\/([^/]+)$/, `/${CHAINED_WORK}/$1.${operationId}`),
    kind: CHAINED_WORK,
    dueAtMs: nowMs,
    availableAtMs: nowMs,
    lane: functionName,
    data: JSON.stringify(parent),
  });
}

/** A chained invoke's success; a failure when its result is larger than such may be. */
export function chainedSuccess(result: string, most: number): ChainedEnd {
  if (Buffer.byteLength(result) <= most) return { status: "SUCCEEDED", result };
  const ErrorMessage = `The function's result is larger than the ${most} bytes that a chained invoke may have.`;
  return { status: "FAILED", error: { ErrorType: "Function.ResponseSizeTooLarge", ErrorMessage } };
}

/** Leaves how a chained invoke ended for the execution that waits, and makes that execution due. */
export function leaveForParent(parent: ChainedParent, nowMs: number, end: ChainedEnd): readonly Change[] {
  const event: OutsideEvent = { type: "chained-invoke-ended", operationId: parent.operationId, ...end };
  return [
    change.insertInbox(parent.execution, `chained.${parent.operationId}`, nowMs, JSON.stringify(event)),
    work.markDirty(workKey(parent.execution), nowMs),
  ];
}
