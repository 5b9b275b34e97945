/**
 * The durable execution protocol as an SDK sees it, named as in AWS's model
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html).
 */

/** What kind of work an operation is. */
export const OperationType = {
  CALLBACK: "CALLBACK",
  CHAINED_INVOKE: "CHAINED_INVOKE",
  CONTEXT: "CONTEXT",
  EXECUTION: "EXECUTION",
  STEP: "STEP",
  WAIT: "WAIT",
} as const;
export type OperationType = (typeof OperationType)[keyof typeof OperationType];

/** How far an operation has come. */
export const OperationStatus = {
  CANCELLED: "CANCELLED",
  FAILED: "FAILED",
  PENDING: "PENDING",
  READY: "READY",
  STARTED: "STARTED",
  STOPPED: "STOPPED",
  SUCCEEDED: "SUCCEEDED",
  TIMED_OUT: "TIMED_OUT",
} as const;
export type OperationStatus = (typeof OperationStatus)[keyof typeof OperationStatus];

/** What an update asks of an operation. */
export const OperationAction = {
  CANCEL: "CANCEL",
  FAIL: "FAIL",
  RETRY: "RETRY",
  START: "START",
  SUCCEED: "SUCCEED",
} as const;
export type OperationAction = (typeof OperationAction)[keyof typeof OperationAction];

/** Which method of the durable context made an operation. The service treats it as an opaque label. */
export const OperationSubType = {
  STEP: "Step",
  WAIT: "Wait",
  CALLBACK: "Callback",
  RUN_IN_CHILD_CONTEXT: "RunInChildContext",
  MAP: "Map",
  MAP_ITERATION: "MapIteration",
  PARALLEL: "Parallel",
  PARALLEL_BRANCH: "ParallelBranch",
  WAIT_FOR_CALLBACK: "WaitForCallback",
  WAIT_FOR_CONDITION: "WaitForCondition",
  CHAINED_INVOKE: "ChainedInvoke",
} as const;
export type OperationSubType = (typeof OperationSubType)[keyof typeof OperationSubType];

/** How an invocation of a durable function ended, as it tells the service. */
export const InvocationStatus = {
  /** The execution is over and has a result. */
  SUCCEEDED: "SUCCEEDED",
  /** The execution is over and has an error. */
  FAILED: "FAILED",
  /** The execution waits for something; the service invokes again when it has happened. */
  PENDING: "PENDING",
} as const;
export type InvocationStatus = (typeof InvocationStatus)[keyof typeof InvocationStatus];

/** A moment as transports deliver it: epoch milliseconds, an ISO 8601 string, or a Date. */
export type WireTimestamp = number | string | Date;

/** An error as it is stored and sent. */
export interface ErrorObject {
  ErrorMessage?: string | undefined;
  ErrorType?: string | undefined;
  ErrorData?: string | undefined;
  StackTrace?: readonly string[] | undefined;
}

export interface ExecutionDetails {
  /** The execution's input as JSON text. */
  InputPayload?: string | undefined;
}

export interface ContextDetails {
  /** The result was too large to store: the context's body is run again over its stored children. */
  ReplayChildren?: boolean | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}

export interface StepDetails {
  /** Attempts that have ended. */
  Attempt?: number | undefined;
  NextAttemptTimestamp?: WireTimestamp | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}

export interface WaitDetails {
  ScheduledEndTimestamp?: WireTimestamp | undefined;
}

export interface CallbackDetails {
  CallbackId?: string | undefined;
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}

export interface ChainedInvokeDetails {
  Result?: string | undefined;
  Error?: ErrorObject | undefined;
}

/** One operation of an execution, as the service knows it. */
export interface Operation {
  Id: string | undefined;
  ParentId?: string | undefined;
  Name?: string | undefined;
  Type: OperationType | undefined;
  SubType?: string | undefined;
  StartTimestamp: WireTimestamp | undefined;
  EndTimestamp?: WireTimestamp | undefined;
  Status: OperationStatus | undefined;
  ExecutionDetails?: ExecutionDetails | undefined;
  ContextDetails?: ContextDetails | undefined;
  StepDetails?: StepDetails | undefined;
  WaitDetails?: WaitDetails | undefined;
  CallbackDetails?: CallbackDetails | undefined;
  ChainedInvokeDetails?: ChainedInvokeDetails | undefined;
}

export interface ContextOptions {
  ReplayChildren?: boolean | undefined;
}

export interface StepOptions {
  NextAttemptDelaySeconds?: number | undefined;
}

export interface WaitOptions {
  WaitSeconds?: number | undefined;
}

export interface CallbackOptions {
  TimeoutSeconds?: number | undefined;
  HeartbeatTimeoutSeconds?: number | undefined;
}

export interface ChainedInvokeOptions {
  FunctionName: string | undefined;
  TenantId?: string | undefined;
}

/** A change the SDK asks of one operation. */
export interface OperationUpdate {
  Id: string | undefined;
  ParentId?: string | undefined;
  Name?: string | undefined;
  Type: OperationType | undefined;
  SubType?: string | undefined;
  Action: OperationAction | undefined;
  Payload?: string | undefined;
  Error?: ErrorObject | undefined;
  ContextOptions?: ContextOptions | undefined;
  StepOptions?: StepOptions | undefined;
  WaitOptions?: WaitOptions | undefined;
  CallbackOptions?: CallbackOptions | undefined;
  ChainedInvokeOptions?: ChainedInvokeOptions | undefined;
}

/** Operations that changed since the handler last heard of them. */
export interface CheckpointUpdatedExecutionState {
  Operations?: readonly Operation[] | undefined;
  NextMarker?: string | undefined;
}

export interface CheckpointDurableExecutionRequest {
  DurableExecutionArn: string | undefined;
  CheckpointToken: string | undefined;
  Updates?: OperationUpdate[] | undefined;
  ClientToken?: string | undefined;
}

export interface CheckpointDurableExecutionResponse {
  CheckpointToken?: string | undefined;
  NewExecutionState: CheckpointUpdatedExecutionState | undefined;
}

export interface GetDurableExecutionStateRequest {
  DurableExecutionArn: string | undefined;
  CheckpointToken: string | undefined;
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

export interface GetDurableExecutionStateResponse {
  Operations: readonly Operation[] | undefined;
  NextMarker?: string | undefined;
}

/** The event that the service invokes a durable function with. */
export interface DurableExecutionInvocationInput {
  DurableExecutionArn: string;
  /** Fences this invocation: each checkpoint consumes one token and returns the next. */
  CheckpointToken: string;
  InitialExecutionState: { Operations: readonly Operation[]; NextMarker?: string | undefined };
  /** Operations that changed outside since the handler's last checkpoint. */
  UpdatedOperationIds?: readonly string[] | undefined;
}

/** What a durable function answers to the service. */
export type DurableExecutionInvocationOutput =
  | { Status: "SUCCEEDED"; Result?: string | undefined }
  | { Status: "FAILED"; Error: ErrorObject }
  | { Status: "PENDING" };

/** AWS's SDK tells operations as received from operations with Dates; here they are the same. */
export type WireOperation = Operation;
export type WireStepDetails = StepDetails;
export type WireWaitDetails = WaitDetails;
