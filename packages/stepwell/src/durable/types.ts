/**
 * The durable execution protocol's shapes, named as in AWS's model
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html), with one difference: timestamps are epoch
 * milliseconds. The wire turns them into seconds or Dates at its edge.
 */

export type OperationType = "EXECUTION" | "CONTEXT" | "STEP" | "WAIT" | "CALLBACK" | "CHAINED_INVOKE";
export type OperationAction = "START" | "SUCCEED" | "FAIL" | "RETRY" | "CANCEL";
export type OperationStatus =
  | "STARTED"
  | "PENDING"
  | "READY"
  | "SUCCEEDED"
  | "FAILED"
  | "CANCELLED"
  | "TIMED_OUT"
  | "STOPPED";
export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";

export interface ErrorObject {
  readonly ErrorMessage?: string;
  readonly ErrorType?: string;
  readonly ErrorData?: string;
  readonly StackTrace?: readonly string[];
}

export interface Operation {
  readonly Id: string;
  readonly Type: OperationType;
  readonly Status: OperationStatus;
  /** Epoch milliseconds, as every timestamp here. */
  readonly StartTimestamp: number;
  readonly EndTimestamp?: number;
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly SubType?: string | undefined;
  readonly ExecutionDetails?: { readonly InputPayload?: string };
  readonly ContextDetails?: {
    readonly ReplayChildren?: boolean;
    readonly Result?: string;
    readonly Error?: ErrorObject;
  };
  readonly StepDetails?: {
    /** Attempts that have ended. */
    readonly Attempt?: number;
    readonly NextAttemptTimestamp?: number;
    readonly Result?: string;
    readonly Error?: ErrorObject;
  };
  readonly WaitDetails?: { readonly ScheduledEndTimestamp?: number };
  readonly CallbackDetails?: {
    readonly CallbackId?: string;
    readonly Result?: string;
    readonly Error?: ErrorObject;
  };
  readonly ChainedInvokeDetails?: { readonly Result?: string; readonly Error?: ErrorObject };
}

export interface OperationUpdate {
  readonly Id: string;
  readonly Type: OperationType;
  readonly Action: OperationAction;
  readonly ParentId?: string;
  readonly Name?: string;
  readonly SubType?: string;
  readonly Payload?: string;
  readonly Error?: ErrorObject;
  readonly ContextOptions?: { readonly ReplayChildren?: boolean };
  readonly StepOptions?: { readonly NextAttemptDelaySeconds?: number };
  readonly WaitOptions?: { readonly WaitSeconds?: number };
  readonly CallbackOptions?: { readonly TimeoutSeconds?: number; readonly HeartbeatTimeoutSeconds?: number };
  readonly ChainedInvokeOptions?: {
    readonly FunctionName: string;
    readonly TenantId?: string;
    readonly XAmznTraceId?: string;
  };
}

/** What a handler's host needs of the service while an invocation runs. Both calls are fenced by the token. */
export interface DurablePort {
  checkpoint(request: PortCheckpoint): Promise<CheckpointReply>;
  getState(request: StateRequest): Promise<StatePage>;
  /** Has `listener` called when an operation has changed that the handler has not heard of; one listener at most. */
  onNews?(listener: () => void): void;
  /** How many updates a checkpoint may hold. */
  readonly mostUpdates?: number | undefined;
  /** Leaves a last checkpoint, to be stored in one commit with the end of the invocation, which follows. */
  leave?(request: PortCheckpoint): void;
}

export interface CheckpointRequest {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly Updates?: readonly OperationUpdate[] | undefined;
  readonly ClientToken?: string | undefined;
}

/** A checkpoint through a port, which knows whose it is. */
export interface PortCheckpoint extends Omit<CheckpointRequest, "DurableExecutionArn"> {
  /** The reply leaves out what the sender can tell from its own updates (@stepwell/durable's own-updates.ts). */
  readonly Briefly?: boolean | undefined;
}

export interface CheckpointReply {
  readonly CheckpointToken: string;
  readonly NewExecutionState: StatePage;
  /** In a brief reply: the time of the updates, in epoch milliseconds. */
  readonly At?: number;
}

export interface StateRequest {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface StatePage {
  readonly Operations: readonly Operation[];
  readonly NextMarker?: string;
}

/** The event a durable function is invoked with. */
export interface InvocationEnvelope {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly InitialExecutionState: StatePage;
  /** Operations that changed outside since the handler's last checkpoint. */
  readonly UpdatedOperationIds?: readonly string[];
}

/** What a durable function returns. */
export interface InvocationOutput {
  readonly Status: "SUCCEEDED" | "FAILED" | "PENDING";
  readonly Result?: string;
  readonly Error?: ErrorObject;
}
