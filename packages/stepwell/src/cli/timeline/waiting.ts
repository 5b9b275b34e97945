import type { Timeline, TimelineOperation } from "./timeline.ts";

/** Something that a running execution waits for. */
export type Waiting =
  | { readonly for: "callback"; readonly operation: TimelineOperation; readonly callbackId: string }
  | { readonly for: "timer" | "retry"; readonly operation: TimelineOperation; readonly dueAtMs: number }
  | {
      readonly for: "function";
      readonly operation: TimelineOperation;
      readonly functionName: string;
      readonly executionArn?: string;
    }
  | { readonly for: "step"; readonly operation: TimelineOperation };

/** What a running execution waits for, newest operation last; contexts wait for what is in them. */
export function waitingFor(timeline: Timeline): Waiting[] {
  if (timeline.status !== "RUNNING") return [];
  return [...openOperations(timeline.operations)].sort((a, b) => a.startMs - b.startMs).flatMap(waitOf);
}

/** Of an ended context nothing is waited for any more, whatever was left open in it. */
function* openOperations(operations: readonly TimelineOperation[]): Iterable<TimelineOperation> {
  for (const operation of operations) {
    if (operation.endMs !== undefined) continue;
    yield operation;
    yield* openOperations(operation.children);
  }
}

function waitOf(operation: TimelineOperation): Waiting[] {
  const { type, status, dueAtMs, callback, invoked } = operation;
  if (callback) return [{ for: "callback", operation, callbackId: callback.id }];
  if (invoked) return [{ for: "function", operation, ...invoked }];
  if (dueAtMs !== undefined) return [{ for: status === "PENDING" ? "retry" : "timer", operation, dueAtMs }];
  return type === "STEP" ? [{ for: "step", operation }] : [];
}

/** The newest callback that is open, if the execution waits for any. */
export function newestCallback(timeline: Timeline): (Waiting & { readonly for: "callback" }) | undefined {
  return waitingFor(timeline).findLast((waiting) => waiting.for === "callback");
}

/** What people call an operation: its name, or that of the waitForCallback around it. */
export function labelOf({ name, parent, id }: TimelineOperation): string {
  return name ?? (parent?.subType === "WaitForCallback" ? parent.name : undefined) ?? id;
}
