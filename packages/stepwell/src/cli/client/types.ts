import type { ErrorObject, ExecutionStatus } from "../../durable/types.ts";

/**
 * The calls that the command line makes, in AWS's shapes with timestamps in epoch milliseconds and payloads as bytes
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). Only members that a command reads are here.
 */
export interface LambdaCalls {
  readonly Invoke: {
    readonly input: {
      readonly FunctionName: string;
      readonly Qualifier?: string;
      readonly InvocationType?: "RequestResponse" | "Event";
      readonly LogType?: "None" | "Tail";
      readonly DurableExecutionName?: string;
      readonly Payload?: Uint8Array;
    };
    readonly output: InvocationResponse;
  };
  readonly ListFunctions: {
    readonly input: { readonly Marker?: string };
    readonly output: { readonly Functions?: readonly FunctionConfiguration[]; readonly NextMarker?: string };
  };
  readonly ListDurableExecutionsByFunction: {
    readonly input: {
      readonly FunctionName: string;
      readonly DurableExecutionName?: string;
      readonly Statuses?: readonly string[];
      readonly MaxItems?: number;
      readonly Marker?: string;
    };
    readonly output: { readonly DurableExecutions?: readonly Execution[]; readonly NextMarker?: string };
  };
  readonly GetDurableExecution: {
    readonly input: { readonly DurableExecutionArn: string };
    readonly output: ExecutionDescription;
  };
  readonly GetDurableExecutionHistory: {
    readonly input: {
      readonly DurableExecutionArn: string;
      readonly ReverseOrder?: boolean;
      readonly MaxItems?: number;
      readonly Marker?: string;
    };
    readonly output: { readonly Events: readonly HistoryEvent[]; readonly NextMarker?: string };
  };
  readonly SendDurableExecutionCallbackSuccess: {
    readonly input: { readonly CallbackId: string; readonly Result?: Uint8Array };
    readonly output: object;
  };
  readonly SendDurableExecutionCallbackFailure: {
    readonly input: { readonly CallbackId: string; readonly Error?: ErrorObject };
    readonly output: object;
  };
  readonly SendDurableExecutionCallbackHeartbeat: {
    readonly input: { readonly CallbackId: string };
    readonly output: object;
  };
}

export interface InvocationResponse {
  readonly StatusCode: number;
  /** Set when the function failed. */
  readonly FunctionError?: string;
  /** The end of its log in base64. */
  readonly LogResult?: string;
  readonly Payload?: Uint8Array;
  readonly DurableExecutionArn?: string;
}

export interface FunctionConfiguration {
  readonly FunctionName: string;
  /** Set for a durable function. */
  readonly DurableConfig?: object;
}

export interface Execution {
  readonly DurableExecutionArn: string;
  readonly DurableExecutionName: string;
  readonly FunctionArn: string;
  readonly Status: ExecutionStatus;
  readonly StartTimestamp: number;
  readonly EndTimestamp?: number;
}

export interface ExecutionDescription extends Execution {
  readonly InputPayload?: string;
  readonly Result?: string;
  readonly Error?: ErrorObject;
}

interface Shown<T> {
  readonly Payload?: T;
  readonly Truncated?: boolean;
}

/** The members of all `…Details` of history events; each type of event uses its own few. */
export interface EventDetails {
  readonly Input?: Shown<string>;
  readonly Result?: Shown<string>;
  readonly Error?: Shown<ErrorObject>;
  readonly RetryDetails?: { readonly CurrentAttempt?: number; readonly NextAttemptDelaySeconds?: number };
  readonly ExecutionTimeout?: number;
  readonly Duration?: number;
  readonly ScheduledEndTimestamp?: number;
  readonly CallbackId?: string;
  /** Seconds, as is HeartbeatTimeout. */
  readonly Timeout?: number;
  readonly HeartbeatTimeout?: number;
  readonly FunctionName?: string;
  readonly DurableExecutionArn?: string;
  readonly StartTimestamp?: number;
  readonly EndTimestamp?: number;
  readonly RequestId?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Event.html */
export interface HistoryEvent {
  readonly EventType: string;
  readonly EventId: number;
  readonly EventTimestamp: number;
  /** Those of the operation concerned, if any. */
  readonly Id?: string;
  readonly Name?: string;
  readonly SubType?: string;
  readonly ParentId?: string;
  readonly [details: `${string}Details`]: EventDetails | undefined;
}

/** What an event says beyond its type and operation. */
export function detailsOf(event: HistoryEvent): EventDetails {
  return event[`${event.EventType}Details`] ?? {};
}
