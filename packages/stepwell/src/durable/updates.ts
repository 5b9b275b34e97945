import type { Draft } from "./draft.ts";
import { invalidParameter } from "./errors.ts";
import type { RowData, RowDetails, RowKind } from "./journal-row.ts";
import type { DurableLimits } from "./limits.ts";
import type { Operation, OperationAction, OperationType, OperationUpdate } from "./types.ts";

/** What an update may need that the pure machine must not draw itself. */
export interface UpdateDraws {
  readonly limits: DurableLimits;
  /** A new callback id for an operation. */
  callbackId(operationId: string): string;
  /** What is known beforehand of the functions that chained invokes name, by operation. */
  readonly targets?: ReadonlyMap<string, ChainedTarget>;
}

export interface ChainedTarget {
  readonly executedVersion: string;
  /** The execution that the invoke will start, when the function is durable. */
  readonly executionArn?: string;
}

/** As the service model has them: 366 days, and a little over three years. */
const LONGEST_DELAY_SECONDS = 31_622_400;
const LONGEST_TIMEOUT_SECONDS = 99_999_999;

const ACTIONS: Readonly<Record<OperationType, readonly OperationAction[]>> = {
  STEP: ["START", "SUCCEED", "FAIL", "RETRY"],
  CONTEXT: ["START", "SUCCEED", "FAIL"],
  WAIT: ["START", "CANCEL"],
  CALLBACK: ["START", "CANCEL"],
  CHAINED_INVOKE: ["START", "CANCEL"],
  EXECUTION: ["SUCCEED", "FAIL"],
};

/**
 * Applies a checkpoint's updates to a draft, or throws InvalidParameterValueException: then the draft must be dropped,
 * so that a checkpoint applies as a whole or not at all. The order and the rules are those of AWS's own local
 * servers; the document is https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html.
 */
export function applyUpdates(draft: Draft, updates: readonly OperationUpdate[], draws: UpdateDraws): void {
  checkRequest(updates, draws.limits);
  for (const update of updates) {
    checkUpdate(draft, update, draws);
    applyOne(draft, update, draws);
    if (draft.operationCount() > draws.limits.operationsPerExecution) {
      throw invalidParameter(
        `The execution would have more than ${draws.limits.operationsPerExecution} operations. ` +
          "Split the work over chained executions, or raise the limit operationsPerExecution.",
      );
    }
  }
  if (draft.header.sizeBytes > draws.limits.bytesPerExecution) {
    throw invalidParameter(
      `The execution would hold more than ${draws.limits.bytesPerExecution} bytes of payloads. ` +
        "Keep large values elsewhere and pass references, or raise the limit bytesPerExecution.",
    );
  }
}

function checkRequest(updates: readonly OperationUpdate[], limits: DurableLimits): void {
  if (updates.length > limits.updatesPerCheckpoint) {
    throw invalidParameter(`A checkpoint may hold at most ${limits.updatesPerCheckpoint} updates.`);
  }
  const seen = new Map<string, OperationUpdate>();
  for (const [index, update] of updates.entries()) {
    if (update.Type === "EXECUTION") {
      if (updates.some((other, at) => at !== index && other.Type === "EXECUTION")) {
        throw invalidParameter("Cannot checkpoint multiple EXECUTION updates.");
      }
      if (index !== updates.length - 1)
        throw invalidParameter("EXECUTION checkpoint must be the last update.");
    }
    const before = seen.get(update.Id);
    if (before && !mayFollow(before, update)) {
      throw invalidParameter("Cannot update the same operation twice in a single request.");
    }
    seen.set(update.Id, update);
  }
}

/** Only a step or a context may be started and ended in one request. */
function mayFollow(before: OperationUpdate, update: OperationUpdate): boolean {
  return (
    (update.Type === "STEP" || update.Type === "CONTEXT") &&
    before.Action === "START" &&
    update.Action !== "START"
  );
}

function checkUpdate(draft: Draft, update: OperationUpdate, draws: UpdateDraws): void {
  // Whoever has no schema see it before may name something that every object has.
  if (!Object.hasOwn(ACTIONS, update.Type) || !ACTIONS[update.Type].includes(update.Action)) {
    throw invalidParameter("Invalid action for the given operation type.");
  }
  checkSeconds(update);
  checkPayload(update, draws.limits, draft.header.identity.synchronous);
  if (update.Type === "EXECUTION") return;
  if (update.ParentId !== undefined && draft.operation(update.ParentId)?.Type !== "CONTEXT") {
    throw invalidParameter("Invalid parent operation id.");
  }
  const existing = draft.operation(update.Id);
  if (existing) checkConsistency(existing, update);
}

/** As the schema has it for checkpoints: a time that is no number would wait for ever, or not at all. */
function checkSeconds({ WaitOptions, StepOptions, CallbackOptions }: OperationUpdate): void {
  inRange("WaitSeconds", WaitOptions?.WaitSeconds, 1, LONGEST_DELAY_SECONDS);
  inRange("NextAttemptDelaySeconds", StepOptions?.NextAttemptDelaySeconds, 1, LONGEST_DELAY_SECONDS);
  inRange("TimeoutSeconds", CallbackOptions?.TimeoutSeconds, 0, LONGEST_TIMEOUT_SECONDS);
  inRange("HeartbeatTimeoutSeconds", CallbackOptions?.HeartbeatTimeoutSeconds, 0, LONGEST_TIMEOUT_SECONDS);
}

function inRange(member: string, seconds: number | null | undefined, least: number, most: number): void {
  if (seconds === undefined) return;
  if (!Number.isInteger(seconds) || seconds! < least || seconds! > most) {
    throw invalidParameter(`${member} is ${seconds}; it must be a whole number from ${least} to ${most}.`);
  }
}

function checkPayload(update: OperationUpdate, limits: DurableLimits, synchronous: boolean): void {
  if (update.Action === "FAIL" && update.Payload !== undefined) {
    throw invalidParameter("Cannot provide a Payload for FAIL action.");
  }
  if (update.Action === "SUCCEED" && update.Error !== undefined) {
    throw invalidParameter("Cannot provide an Error for SUCCEED action.");
  }
  if (update.StepOptions && update.Action !== "RETRY") {
    throw invalidParameter("Invalid StepOptions for the given action.");
  }
  const most =
    update.Type === "EXECUTION" && synchronous ? limits.synchronousResultBytes : limits.operationPayloadBytes;
  // A character is at least one byte: most payloads need no counting.
  if (
    update.Payload !== undefined &&
    update.Payload.length * 3 > most &&
    Buffer.byteLength(update.Payload) > most
  ) {
    throw invalidParameter(`${update.Type} payload size must be less than or equal to ${most} bytes.`);
  }
  if (update.Error && errorBytes(update.Error) > limits.operationPayloadBytes) {
    throw invalidParameter(
      `Error object size must be less than or equal to ${limits.operationPayloadBytes} bytes.`,
    );
  }
}

function errorBytes(error: NonNullable<OperationUpdate["Error"]>): number {
  return [error.ErrorMessage, error.ErrorType, error.ErrorData, ...(error.StackTrace ?? [])].reduce(
    (sum, text) => sum + Buffer.byteLength(text ?? ""),
    0,
  );
}

function checkConsistency(existing: Operation, update: OperationUpdate): void {
  if (existing.Type !== update.Type) throw invalidParameter("Inconsistent operation type.");
  if (existing.SubType !== update.SubType) throw invalidParameter("Inconsistent operation subtype.");
  if (existing.Name !== update.Name) throw invalidParameter("Inconsistent operation name.");
  if (existing.ParentId !== update.ParentId) throw invalidParameter("Inconsistent parent operation id.");
}

function applyOne(draft: Draft, update: OperationUpdate, draws: UpdateDraws): void {
  switch (update.Type) {
    case "STEP":
      return applyStep(draft, update);
    case "CONTEXT":
      return applyContext(draft, update);
    case "WAIT":
      return applyWait(draft, update);
    case "CALLBACK":
      return applyCallback(draft, update, draws);
    case "CHAINED_INVOKE":
      return applyChainedInvoke(draft, update, draws);
    case "EXECUTION":
      return applyExecution(draft, update);
  }
}

function applyStep(draft: Draft, update: OperationUpdate): void {
  const existing = draft.operation(update.Id);
  if (update.Action === "START") {
    if (existing && existing.Status !== "READY")
      throw invalidParameter("Invalid current STEP state to start.");
    return append(draft, "StepStarted", update, {});
  }
  const verb = update.Action === "RETRY" ? "re-attempt" : "close";
  if (existing && existing.Status !== "STARTED" && existing.Status !== "READY") {
    throw invalidParameter(`Invalid current STEP state to ${verb}.`);
  }
  const attempt = { CurrentAttempt: (existing?.StepDetails?.Attempt ?? 0) + 1 };
  if (update.Action === "SUCCEED") {
    return append(draft, "StepSucceeded", update, { Result: shown(update.Payload), RetryDetails: attempt });
  }
  if (update.Action === "FAIL") {
    return append(draft, "StepFailed", update, { Error: shown(update.Error), RetryDetails: attempt });
  }
  if (update.Payload !== undefined && update.Error !== undefined) {
    throw invalidParameter("Cannot provide both error and payload to RETRY a STEP.");
  }
  const NextAttemptDelaySeconds = update.StepOptions?.NextAttemptDelaySeconds;
  if (NextAttemptDelaySeconds === undefined)
    throw invalidParameter("Invalid StepOptions for the given action.");
  const RetryDetails = { ...attempt, NextAttemptDelaySeconds };
  if (update.Error) append(draft, "StepFailed", update, { Error: shown(update.Error), RetryDetails });
  else append(draft, "StepSucceeded", update, { Result: shown(update.Payload), RetryDetails });
}

function applyContext(draft: Draft, update: OperationUpdate): void {
  const existing = draft.operation(update.Id);
  if (update.Action === "START") {
    if (existing) throw invalidParameter("Cannot start a CONTEXT that already exists.");
    return append(draft, "ContextStarted", update, {});
  }
  if (existing && existing.Status !== "STARTED")
    throw invalidParameter("Invalid current CONTEXT state to close.");
  const internal = update.ContextOptions?.ReplayChildren ? { replayChildren: true } : undefined;
  if (update.Action === "SUCCEED")
    append(draft, "ContextSucceeded", update, { Result: shown(update.Payload) }, internal);
  else append(draft, "ContextFailed", update, { Error: shown(update.Error) }, internal);
}

function applyWait(draft: Draft, update: OperationUpdate): void {
  if (update.Action === "CANCEL") return cancel(draft, update, "WaitCancelled");
  if (draft.operation(update.Id)) throw invalidParameter("Cannot start a WAIT that already exists.");
  const seconds = update.WaitOptions?.WaitSeconds;
  if (seconds === undefined)
    throw invalidParameter("WaitOptions with WaitSeconds are required to START a WAIT.");
  append(draft, "WaitStarted", update, {
    Duration: seconds,
    ScheduledEndTimestamp: draft.nowMs + seconds * 1000,
  });
}

function applyCallback(draft: Draft, update: OperationUpdate, draws: UpdateDraws): void {
  if (update.Action === "CANCEL") throw cancelUnavailable("CALLBACK");
  if (draft.operation(update.Id)) throw invalidParameter("Cannot start a CALLBACK that already exists.");
  const { TimeoutSeconds, HeartbeatTimeoutSeconds } = update.CallbackOptions ?? {};
  append(draft, "CallbackStarted", update, {
    CallbackId: draws.callbackId(update.Id),
    ...(HeartbeatTimeoutSeconds ? { HeartbeatTimeout: HeartbeatTimeoutSeconds } : {}),
    ...(TimeoutSeconds ? { Timeout: TimeoutSeconds } : {}),
  });
}

function applyChainedInvoke(draft: Draft, update: OperationUpdate, draws: UpdateDraws): void {
  if (update.Action === "CANCEL") throw cancelUnavailable("CHAINED_INVOKE");
  if (draft.operation(update.Id))
    throw invalidParameter("Cannot start a CHAINED_INVOKE that already exists.");
  const options = update.ChainedInvokeOptions;
  if (!options?.FunctionName) {
    throw invalidParameter(
      "ChainedInvokeOptions with a FunctionName are required to START a CHAINED_INVOKE.",
    );
  }
  const target = draws.targets?.get(update.Id);
  append(draft, "ChainedInvokeStarted", update, {
    FunctionName: options.FunctionName,
    ...(options.TenantId === undefined ? {} : { TenantId: options.TenantId }),
    Input: shown(update.Payload),
    ...(target ? { ExecutedVersion: target.executedVersion } : {}),
    ...(target?.executionArn === undefined ? {} : { DurableExecutionArn: target.executionArn }),
  });
}

/** Neither SDK cancels these, and AWS's history has no event for it. */
function cancelUnavailable(type: string): Error {
  return invalidParameter(`Cannot CANCEL a ${type}: Lambda's execution history has no event for it.`);
}

function cancel(draft: Draft, update: OperationUpdate, kind: RowKind): void {
  const existing = draft.operation(update.Id);
  if (existing?.Status !== "STARTED")
    throw invalidParameter(`Invalid current ${update.Type} state to cancel.`);
  append(draft, kind, update, {});
}

/** The SDK hands a large result in ahead of returning; its id is arbitrary, the execution is meant. */
function applyExecution(draft: Draft, update: OperationUpdate): void {
  if (draft.header.outcome) throw invalidParameter("The EXECUTION has been closed already.");
  draft.append("OutcomeRecorded", {
    internal: {
      outcome: {
        Status: update.Action === "SUCCEED" ? "SUCCEEDED" : "FAILED",
        ...(update.Payload === undefined ? {} : { Result: update.Payload }),
        ...(update.Error === undefined ? {} : { Error: update.Error }),
      },
    },
  });
}

function append(
  draft: Draft,
  kind: RowKind,
  update: OperationUpdate,
  details: RowDetails,
  internal?: RowData["internal"],
): void {
  const { Id, Name, SubType, ParentId } = update;
  draft.append(kind, { Id, Name, SubType, ParentId, details, internal });
}

/** AWS wraps payloads so that it can cut them short in a history; Stepwell never does. */
export function shown<T>(payload: T | undefined): { readonly Payload?: T; readonly Truncated: false } {
  return payload === undefined ? { Truncated: false } : { Payload: payload, Truncated: false };
}
