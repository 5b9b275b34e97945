/** How an invocation ends when its handler does not end it by returning or throwing. The first one counts. */
export type Ending =
  /** The execution waits for something outside. */
  | { readonly kind: "suspended" }
  /** Another invocation has the execution now; nothing this one says counts. */
  | { readonly kind: "superseded" }
  /** The execution cannot go on: it has failed. */
  | { readonly kind: "failed"; readonly error: Error }
  /** This invocation cannot go on, another may: the error is thrown to the runtime, and the service invokes again. */
  | { readonly kind: "interrupted"; readonly error: Error };

/** The handler does not repeat what it did before. */
export class NonDeterministicExecutionError extends Error {
  override readonly name = "NonDeterministicExecutionError";
}

/** A durable operation was called on a context that must not be used there. */
export class ContextUsageError extends Error {
  override readonly name = "ContextUsageError";
}

/** A value could not be serialized or deserialized; the invocation ends and the service invokes again. */
export class SerdesFailedError extends Error {
  override readonly name = "SerdesFailedError";
}

/** The service refused a checkpoint, or could not be reached. `cause` is the client's error. Named as in AWS's SDK. */
export class CheckpointFailedError extends Error {
  constructor(cause: Error, isFatal: boolean) {
    super(`Checkpoint failed: ${cause.message}`, { cause });
    this.name = isFatal ? "CheckpointUnrecoverableExecutionError" : "CheckpointUnrecoverableInvocationError";
  }
}
