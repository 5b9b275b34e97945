import type { ErrorObject, ExecutionStatus } from "../durable/types.ts";

/** An execution has not succeeded. The message has its error, its timeline, and what it logged last. */
export class ExecutionFailedError extends Error {
  override readonly name = "ExecutionFailedError";
  readonly status: Exclude<ExecutionStatus, "RUNNING" | "SUCCEEDED">;
  /** What the execution failed with, if it did so with an error. */
  readonly error: ErrorObject | undefined;

  constructor(
    message: string,
    status: Exclude<ExecutionStatus, "RUNNING" | "SUCCEEDED">,
    error: ErrorObject | undefined,
  ) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

/** A test asked for something that cannot come, or has not: the message says what there is instead. */
export class DurableTestError extends Error {
  override readonly name = "DurableTestError";
}
