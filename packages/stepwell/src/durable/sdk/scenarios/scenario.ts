import type * as sdk from "@stepwell/durable";
import type { BatchResult, DurableContext } from "@stepwell/durable";
import type { ErrorObject } from "../../types.ts";
import type { DriverOptions, LambdaHandler, SimulatedExecution } from "../driver.ts";

/** What both SDKs export. */
export type Sdk = Pick<
  typeof sdk,
  | "withDurableExecution"
  | "withRetry"
  | "createRetryStrategy"
  | "createLinearRetryStrategy"
  | "createWaitStrategy"
  | "retryPresets"
  | "createClassSerdesWithDates"
  | "completeBatch"
  | "continueBatch"
  | "JitterStrategy"
  | "StepSemantics"
  | "NestingType"
  | "StepError"
>;

/** Something handlers do, in a way whose history does not depend on timing. */
export interface Scenario {
  readonly handler: (sdk: Sdk) => LambdaHandler;
  readonly options?: DriverOptions;
  /** A crash may change the outcome, because it counts as an attempt. */
  readonly crashCounts?: true;
}

/** The scenario of a handler that has no use for its event. */
export function scenario(
  body: (context: DurableContext, sdk: Sdk) => Promise<unknown>,
  options?: DriverOptions,
): Scenario {
  const handler = (sdk: Sdk) =>
    sdk.withDurableExecution(async (_event: unknown, context: DurableContext) => body(context, sdk));
  return { handler, ...(options && { options }) };
}

/** A retry strategy: this many attempts, always as far apart. */
export const fixed = (seconds: number, attempts: number) => (_error: Error, attempt: number) =>
  attempt < attempts ? { shouldRetry: true, delay: { seconds } } : { shouldRetry: false };

export const once = { retryStrategy: fixed(1, 1) };

/** A step's body that throws before the given attempt. */
export const failingUntil = (attempt: number) => async (context: { attempt: number }) => {
  if (context.attempt < attempt) throw new TypeError(`attempt ${context.attempt} failed`);
  return `attempt ${context.attempt}`;
};

export const fail = async (): Promise<never> => {
  throw new RangeError("it failed");
};

/**
 * Lets what was begun reach the service: turns of the event loop, since both SDKs send in its next one. A time would
 * not do: on a busy machine it passes within one turn.
 */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** More than a context may store. */
export const LARGE = "x".repeat(300 * 1024);

/** All that user code can see of an error, but its stack. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause, errorType, errorData } = error as Error & {
    errorType?: string;
    errorData?: string;
  };
  return {
    name,
    message,
    errorType,
    errorData,
    cause: cause === undefined ? undefined : describeError(cause),
  };
}

/** How a promise settled, as data. */
export async function caught(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { returned: await promise };
  } catch (error) {
    return { thrown: describeError(error) };
  }
}

/** All that user code can see of a batch; texts above 100 characters by their length. */
export function batch(result: BatchResult<unknown>): object {
  const { completionReason, status, hasFailure } = result;
  const { successCount, failureCount, startedCount, totalCount } = result;
  const short = (value: unknown) => (typeof value === "string" && value.length > 100 ? value.length : value);
  return {
    ...{ completionReason, status, hasFailure, successCount, failureCount, startedCount, totalCount },
    all: result.all.map((item) => ({
      ...{ index: item.index, status: item.status },
      ...{ result: short(item.result), error: describeError(item.error) },
    })),
    results: result.getResults().map(short),
    errors: result.getErrors().map(describeError),
    succeeded: result.succeeded().map(({ index }) => index),
    failed: result.failed().map(({ index }) => index),
    started: result.started().map(({ index }) => index),
  };
}

/** What `throwIfError` of a batch does. */
export const raised = (result: BatchResult<unknown>): Promise<unknown> =>
  caught((async () => result.throwIfError())());

type Outside = (execution: SimulatedExecution) => boolean;

function withOpen(type: string, act: (execution: SimulatedExecution, id: string) => void): Outside {
  return (execution) => {
    const open = execution.operations.find(
      (operation) => operation.Type === type && operation.Status === "STARTED",
    );
    if (open) act(execution, open.Id);
    return open !== undefined;
  };
}

/** Completes the open callbacks one by one. */
export const callbackSucceeds =
  (result?: string): Outside =>
  (execution) =>
    execution.completeCallback(result);

/** Fails the open callbacks one by one. */
export const callbackFails = (error: ErrorObject = {}): Outside =>
  withOpen("CALLBACK", (execution, operationId) =>
    execution.happen({ type: "callback-failed", operationId, error }),
  );

/** Fails callback after callback, each as the next one of `errors` says. */
export function callbacksFail(...errors: readonly ErrorObject[]): Outside {
  return (execution) => {
    const ended = execution.operations.filter(
      ({ Type, Status }) => Type === "CALLBACK" && Status === "FAILED",
    );
    return callbackFails(errors[ended.length])(execution);
  };
}

/** Ends the open invokes one by one. */
export const invokeEnds = (end: {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";
  readonly result?: string;
  readonly error?: ErrorObject;
}): Outside =>
  withOpen("CHAINED_INVOKE", (execution, operationId) =>
    execution.happen({ type: "chained-invoke-ended", operationId, ...end }),
  );

/** Lets something happen just before the success of the named step is stored. */
export const whileStepRuns = (name: string, outside: Outside): DriverOptions => ({
  onIdle: outside,
  beforeCheckpoint: (execution, { Updates = [] }) => {
    if (Updates.some((update) => update.Name === name && update.Action === "SUCCEED")) outside(execution);
  },
});
