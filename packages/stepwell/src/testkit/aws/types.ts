import type * as Sdk from "@aws/durable-execution-sdk-js";
import type * as Lambda from "@aws-sdk/client-lambda";

/*
 * The public types of `@aws/durable-execution-sdk-js-testing` 1.1, so that a suite written for it goes on working when
 * its import is changed. Values that are AWS's enums are the same texts; neither SDK is loaded for them.
 */

export type Operation = Sdk.Operation;
export type WireOperation = Sdk.WireOperation;
export type OperationStatus = Sdk.OperationStatus;
export type OperationType = Sdk.OperationType;
export type ExecutionStatus = Lambda.ExecutionStatus;
export type InvocationType = Lambda.InvocationType;

export const OperationStatus = named(
  "STARTED PENDING READY SUCCEEDED FAILED CANCELLED TIMED_OUT STOPPED",
) as unknown as typeof Sdk.OperationStatus;
export const OperationType = named(
  "EXECUTION CONTEXT STEP WAIT CALLBACK CHAINED_INVOKE",
) as unknown as typeof Sdk.OperationType;
export const ExecutionStatus = named(
  "FAILED RUNNING STOPPED SUCCEEDED TIMED_OUT",
) as unknown as typeof Lambda.ExecutionStatus;
export const InvocationType = named(
  "DryRun Event RequestResponse",
) as unknown as typeof Lambda.InvocationType;

/** What `waitForData` waits for. */
export const WaitingOperationStatus = {
  /** It has begun. */
  STARTED: "STARTED",
  /** The submitter of a waitForCallback is done; of anything else, as COMPLETED. */
  SUBMITTED: "SUBMITTED",
  /** It is over, whatever its outcome. */
  COMPLETED: "COMPLETED",
} as const;
export type WaitingOperationStatus = (typeof WaitingOperationStatus)[keyof typeof WaitingOperationStatus];

export interface InvokeRequest {
  payload?: unknown;
}

export interface TestResultError {
  errorMessage: string | undefined;
  errorType: string | undefined;
  errorData: string | undefined;
  stackTrace: string[] | undefined;
}

/** One call of the handler that has ended. */
export interface Invocation {
  startTimestamp: Date | undefined;
  endTimestamp: Date | undefined;
  requestId: string | undefined;
  error: TestResultError | undefined;
}

export interface ContextDetails<TResult = unknown> {
  readonly result: TResult | undefined;
  readonly error: TestResultError | undefined;
}

export interface StepDetails<TResult = unknown> {
  readonly attempt: number | undefined;
  readonly nextAttemptTimestamp: Date | undefined;
  readonly result: TResult | undefined;
  readonly error: TestResultError | undefined;
}

export interface CallbackDetails<TResult = unknown> {
  readonly callbackId: string;
  readonly error?: TestResultError;
  readonly result?: TResult;
}

export interface ChainedInvokeDetails<TResult = unknown> {
  readonly error?: TestResultError;
  readonly result?: TResult;
}

export interface WaitResultDetails {
  readonly waitSeconds?: number;
  readonly scheduledEndTimestamp?: Date;
}

/** An operation, which may be asked for before there is one: then it has no data. */
// biome-ignore lint/suspicious/noExplicitAny: as in AWS's library.
export interface DurableOperation<TResult = any> {
  /** Resolves once its status is reached. Rejects when the execution ends before. */
  waitForData(status?: WaitingOperationStatus): Promise<DurableOperation<TResult>>;
  getContextDetails(): ContextDetails<TResult> | undefined;
  getStepDetails(): StepDetails<TResult> | undefined;
  getChainedInvokeDetails(): ChainedInvokeDetails<TResult> | undefined;
  getCallbackDetails(): CallbackDetails<TResult> | undefined;
  getWaitDetails(): WaitResultDetails | undefined;
  getChildOperations(): DurableOperation[] | undefined;
  getOperationData(): Operation | undefined;
  getEvents(): Lambda.Event[] | undefined;
  getId(): string | undefined;
  getParentId(): string | undefined;
  getName(): string | undefined;
  getType(): OperationType | undefined;
  getSubType(): Sdk.OperationSubType | undefined;
  isWaitForCallback(): boolean;
  isCallback(): boolean;
  getStatus(): OperationStatus | undefined;
  getStartTimestamp(): Date | undefined;
  getEndTimestamp(): Date | undefined;
  sendCallbackSuccess(result?: string): Promise<Lambda.SendDurableExecutionCallbackSuccessResponse>;
  sendCallbackFailure(error?: Sdk.ErrorObject): Promise<Lambda.SendDurableExecutionCallbackFailureResponse>;
  sendCallbackHeartbeat(): Promise<Lambda.SendDurableExecutionCallbackHeartbeatResponse>;
}

/** How an execution ended, and what it did. */
// biome-ignore lint/suspicious/noExplicitAny: as in AWS's library.
export interface TestResult<TResult = any> {
  getOperations(params?: { status: OperationStatus }): DurableOperation[];
  getInvocations(): Invocation[];
  getStatus(): ExecutionStatus | undefined;
  /** Throws the execution's error when it has not succeeded. */
  getResult(): TResult | undefined;
  /** Throws when the execution has succeeded. */
  getError(): TestResultError;
  getHistoryEvents(): Lambda.Event[];
  /** Prints a table of the operations; a column that is false is left out. */
  print(config?: PrintColumns): void;
}

export interface PrintColumns {
  parentId?: boolean;
  name?: boolean;
  type?: boolean;
  subType?: boolean;
  status?: boolean;
  startTime?: boolean;
  endTime?: boolean;
  duration?: boolean;
}

export interface DurableTestRunner<TDurableOperation extends DurableOperation, ResultType> {
  run(params?: InvokeRequest): Promise<TestResult<ResultType>>;
  getOperation(name: string): TDurableOperation;
  getOperationByIndex(index: number): TDurableOperation;
  getOperationByNameAndIndex(name: string, index: number): TDurableOperation;
  getOperationById(id: string): TDurableOperation;
}

function named(names: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, name]));
}
