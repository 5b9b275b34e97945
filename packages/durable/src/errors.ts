import type { CompletionReason } from "./types/batch.ts";
import type { ErrorObject } from "./types/wire.ts";

/**
 * An operation failed. What user code catches is the same live and on replay: it is always rebuilt from what is
 * stored (type, message, data), never the original object.
 */
export abstract class DurableOperationError extends Error {
  abstract readonly errorType: string;
  declare cause?: Error;
  /** Data that travels with the error, as text. */
  errorData?: string | undefined;
  stackTrace?: string[];

  constructor(message: string, cause?: Error, errorData?: string) {
    super(message);
    if (cause !== undefined) this.cause = cause;
    this.errorData = errorData;
  }

  /** The error that a stored error object stands for; an unknown type becomes a StepError whose cause names it. */
  static fromErrorObject(stored: ErrorObject): DurableOperationError {
    const { ErrorType, ErrorMessage = "", ErrorData } = stored;
    const cause = storedCause(stored);
    const known = ErrorType === undefined ? undefined : REBUILT[ErrorType];
    if (known) return new known(ErrorMessage, cause, ErrorData);
    return new StepError(ErrorMessage || "Unknown error", cause, ErrorData);
  }

  /** How the error is stored. Data of a cause is kept when the error itself has none. */
  toErrorObject(): ErrorObject {
    return {
      ErrorType: this.errorType,
      ErrorMessage: this.message,
      ErrorData: this.errorData ?? dataOf(this.cause),
    };
  }
}

/** A step failed and is not retried again. */
export class StepError extends DurableOperationError {
  readonly errorType = "StepError";
  override name = "StepError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Step failed", cause, errorData);
  }
}

/** A callback did not succeed. */
export class CallbackError extends DurableOperationError {
  readonly errorType: string = "CallbackError";
  override name = "CallbackError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback failed", cause, errorData);
  }
}

/** The outside world reported a callback as failed. */
export class CallbackExternalError extends CallbackError {
  override readonly errorType = "CallbackExternalError";
  override name = "CallbackExternalError";
}

/** Nobody completed a callback, or sent its heartbeat, in time. */
export class CallbackTimeoutError extends CallbackError {
  override readonly errorType = "CallbackTimeoutError";
  override name = "CallbackTimeoutError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback timed out", cause, errorData);
  }
}

/** The submitter of a waitForCallback failed and is not retried again. */
export class CallbackSubmitterError extends CallbackError {
  override readonly errorType = "CallbackSubmitterError";
  override name = "CallbackSubmitterError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback submitter failed", cause, errorData);
  }
}

/** An invoked function failed, timed out or was stopped. */
export class InvokeError extends DurableOperationError {
  readonly errorType = "InvokeError";
  override name = "InvokeError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Invoke failed", cause, errorData);
  }
}

/** The body of a child context, map item or branch threw; `cause` is what it threw. */
export class ChildContextError extends DurableOperationError {
  readonly errorType = "ChildContextError";
  override name = "ChildContextError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Child context failed", cause, errorData);
  }
}

/** A promise given to `context.promise` failed; `cause` is its error. */
export class PromiseCombinatorError extends DurableOperationError {
  readonly errorType = "PromiseCombinatorError";
  override name = "PromiseCombinatorError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Promise combinator failed", cause, errorData);
  }
}

/** A condition could not be waited for. */
export class WaitForConditionError extends DurableOperationError {
  readonly errorType = "WaitForConditionError";
  override name = "WaitForConditionError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Wait for condition failed", cause, errorData);
  }
}

/** `shouldComplete` ended a batch as failed although no item threw. */
export class BatchCompletionError extends DurableOperationError {
  readonly errorType = "BatchCompletionError";
  override name = "BatchCompletionError";
  readonly completionReason: CompletionReason;
  constructor(completionReason: CompletionReason, message?: string, cause?: Error, errorData?: string) {
    super(message || `Batch completed as failed by shouldComplete (${completionReason})`, cause, errorData);
    this.completionReason = completionReason;
  }
}

/** An at-most-once step was started by an invocation that died: whether its effect happened is unknown. */
export class StepInterruptedError extends Error {
  constructor(_stepId: string, _stepName?: string) {
    super("The step execution process was initiated but failed to reach completion due to an interruption.");
    this.name = "StepInterruptedError";
  }
}

/** A step ran longer than its `timeout`. */
export class StepTimeoutError extends Error {
  constructor(stepName: string | undefined, timeoutSeconds: number) {
    super(
      `Step ${stepName === undefined ? "" : `"${stepName}" `}did not finish within its timeout of ${timeoutSeconds} s.`,
    );
    this.name = "StepTimeoutError";
  }
}

/** The Error that a stored error object was made of, as far as it is known. */
export function storedCause(stored: ErrorObject): Error {
  const cause = new Error(stored.ErrorMessage);
  cause.name = stored.ErrorType || "Error";
  if (stored.StackTrace) cause.stack = stored.StackTrace.join("\n");
  return cause;
}

function dataOf(error: unknown): string | undefined {
  // Ten levels, so that a cause chain that loops ends.
  for (let depth = 0; depth < 10 && error instanceof Error; depth++) {
    if (error instanceof DurableOperationError && typeof error.errorData === "string") return error.errorData;
    error = error.cause;
  }
  return undefined;
}

const REBUILT: Partial<
  Record<string, new (message?: string, cause?: Error, errorData?: string) => DurableOperationError>
> = {
  StepError,
  CallbackError,
  CallbackExternalError,
  CallbackTimeoutError,
  CallbackSubmitterError,
  InvokeError,
  ChildContextError,
  WaitForConditionError,
  PromiseCombinatorError,
};
