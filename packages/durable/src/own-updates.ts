import type { Operation, OperationUpdate, StepDetails } from "./types/wire.ts";

/**
 * Whether an update alone, with what is known of its operation, tells what the service makes of it. The others have
 * something that only the service knows: when a wait or a retry ends, a callback's id.
 */
export function isSelfEvident({ Type, Action }: OperationUpdate): boolean {
  return (Type === "STEP" || Type === "CONTEXT") && Action !== "RETRY";
}

/** An operation after a self-evident update of it, stored at `atMs`, as the service would tell it. */
export function afterUpdate(before: Operation | undefined, update: OperationUpdate, atMs: number): Operation {
  const { Id, Type, Name, SubType, ParentId, Action } = update;
  const known = before ?? { Id, Type, Name, SubType, ParentId, StartTimestamp: atMs, Status: undefined };
  if (Action === "START") {
    const started = { ...known, Status: "STARTED" } as const;
    return Type === "STEP" ? { ...started, StepDetails: beforeAttempt(before?.StepDetails) } : started;
  }
  const outcome = Action === "SUCCEED" ? { Result: update.Payload } : { Error: update.Error };
  const ended = {
    ...known,
    Status: Action === "SUCCEED" ? ("SUCCEEDED" as const) : ("FAILED" as const),
    EndTimestamp: atMs,
  };
  return Type === "STEP"
    ? { ...ended, StepDetails: { Attempt: (before?.StepDetails?.Attempt ?? 0) + 1, ...outcome } }
    : { ...ended, ContextDetails: { ReplayChildren: update.ContextOptions?.ReplayChildren, ...outcome } };
}

/** A further attempt keeps what the last one left. */
function beforeAttempt(details: StepDetails | undefined): StepDetails {
  const { NextAttemptTimestamp: _, ...kept } = details ?? {};
  return kept;
}
