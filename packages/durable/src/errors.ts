import type { CompletionReason } from "./types/batch.ts";
import type { SchemaIssue } from "./types/schema.ts";
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
    const { ErrorMessage = "", ErrorData } = stored;
    const cause = storedCause(stored);
    const known = knownType(stored);
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
  override name = "StepError";
  readonly errorType = "StepError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Step failed", cause, errorData);
  }
}

/** A callback did not succeed. */
export class CallbackError extends DurableOperationError {
  override name = "CallbackError";
  readonly errorType: string = "CallbackError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback failed", cause, errorData);
  }
}

/** The outside world reported a callback as failed. */
export class CallbackExternalError extends CallbackError {
  override name = "CallbackExternalError";
  override readonly errorType = "CallbackExternalError";
}

/** Nobody completed a callback, or sent its heartbeat, in time. */
export class CallbackTimeoutError extends CallbackError {
  override name = "CallbackTimeoutError";
  override readonly errorType = "CallbackTimeoutError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback timed out", cause, errorData);
  }
}

/** The submitter of a waitForCallback failed and is not retried again. */
export class CallbackSubmitterError extends CallbackError {
  override name = "CallbackSubmitterError";
  override readonly errorType = "CallbackSubmitterError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Callback submitter failed", cause, errorData);
  }
}

/** An invoked function failed, timed out or was stopped. */
export class InvokeError extends DurableOperationError {
  override name = "InvokeError";
  readonly errorType = "InvokeError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Invoke failed", cause, errorData);
  }
}

/** The body of a child context, map item or branch threw; `cause` is what it threw. */
export class ChildContextError extends DurableOperationError {
  override name = "ChildContextError";
  readonly errorType = "ChildContextError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Child context failed", cause, errorData);
  }
}

/** A promise given to `context.promise` failed; `cause` is its error. */
export class PromiseCombinatorError extends DurableOperationError {
  override name = "PromiseCombinatorError";
  readonly errorType = "PromiseCombinatorError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Promise combinator failed", cause, errorData);
  }
}

/** A condition could not be waited for. */
export class WaitForConditionError extends DurableOperationError {
  override name = "WaitForConditionError";
  readonly errorType = "WaitForConditionError";
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Wait for condition failed", cause, errorData);
  }
}

/** `shouldComplete` ended a batch as failed although no item threw. */
export class BatchCompletionError extends DurableOperationError {
  override name = "BatchCompletionError";
  readonly errorType = "BatchCompletionError";
  readonly completionReason: CompletionReason;
  constructor(completionReason: CompletionReason, message?: string, cause?: Error, errorData?: string) {
    super(message || `Batch completed as failed by shouldComplete (${completionReason})`, cause, errorData);
    this.completionReason = completionReason;
  }
}

/** An undo step that failed. */
export interface CompensationFailure {
  readonly name?: string | undefined;
  /** What it failed with, when its retry strategy had given up. */
  readonly error: ErrorObject;
}

/** A handler or child context failed, and so did some of its undo steps. `cause` is what it failed with. */
export class CompensationError extends DurableOperationError {
  override name = "CompensationError";
  readonly errorType = "CompensationError";
  /** The undo steps that failed, in the order in which they ran. */
  readonly failures: readonly CompensationFailure[];

  /** `errorData` is the JSON of `cause` and `failures`: so they survive replay. */
  constructor(message?: string, cause?: Error, errorData?: string) {
    const data = parsed(errorData) as { cause?: ErrorObject; failures?: unknown } | undefined;
    super(message || "Compensation failed", data?.cause ? restoredError(data.cause) : cause, errorData);
    this.failures = Array.isArray(data?.failures) ? data.failures : [];
  }

  static of(cause: ErrorObject, failures: readonly CompensationFailure[]): CompensationError {
    const told = failures.map(({ name = "without a name", error }) => `${name} (${textOf(error)})`);
    const message = `${textOf(cause)}; and these undo steps failed, so what they should undo remains: ${told.join(", ")}`;
    return new CompensationError(message, undefined, JSON.stringify({ cause, failures }));
  }
}

/** A value is not what its schema says. */
export class SchemaValidationError extends DurableOperationError {
  override name = "SchemaValidationError";
  readonly errorType = "SchemaValidationError";
  /** What the schema found. */
  readonly issues: readonly SchemaIssue[];

  /** `errorData` is the JSON of `issues`: so they survive replay. */
  constructor(message?: string, cause?: Error, errorData?: string) {
    super(message || "Schema validation failed", cause, errorData);
    const issues = parsed(errorData);
    this.issues = Array.isArray(issues) ? issues : [];
  }

  /** `what` begins the message, such as `The event`. */
  static of(what: string, issues: readonly SchemaIssue[]): SchemaValidationError {
    const told = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    const message = `${what} does not match its schema: ${told.join("; ")}`;
    return new SchemaValidationError(message, undefined, JSON.stringify(issues));
  }
}

/** A step was started by an invocation that was lost: whether its effect happened is unknown. */
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

/** The error that a stored one was: one of the classes here, or a plain Error. */
export function restoredError(stored: ErrorObject): Error {
  return knownType(stored) ? DurableOperationError.fromErrorObject(stored) : storedCause(stored);
}

function knownType({ ErrorType = "", ErrorData }: ErrorObject): RebuiltType | undefined {
  // An error of the user's own may have such a name too, but then it has no such data.
  return REBUILT[ErrorType] ?? (parsed(ErrorData) === undefined ? undefined : REBUILT_FROM_DATA[ErrorType]);
}

function textOf({ ErrorType, ErrorMessage = "" }: ErrorObject): string {
  return ErrorType === undefined ? ErrorMessage : `${ErrorType}: ${ErrorMessage}`;
}

function dataOf(error: unknown): string | undefined {
  // Ten levels, so that a cause chain that loops ends.
  for (let depth = 0; depth < 10 && error instanceof Error; depth++) {
    if (error instanceof DurableOperationError && typeof error.errorData === "string") return error.errorData;
    error = error.cause;
  }
  return undefined;
}

/** JSON as a value; undefined for anything else. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

type RebuiltType = new (message?: string, cause?: Error, errorData?: string) => DurableOperationError;

const REBUILT: Partial<Record<string, RebuiltType>> = {
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

const REBUILT_FROM_DATA: Partial<Record<string, RebuiltType>> = { CompensationError, SchemaValidationError };
