import type { RowDetails } from "../../durable/journal-row.ts";
import type { ErrorObject, ExecutionStatus } from "../../durable/types.ts";
import type { DueKind } from "../../kernel/due.ts";

/**
 * The calls that the command line makes, by their names in the operation table, in AWS's shapes with timestamps in
 * epoch milliseconds and payloads as bytes (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html,
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html). Only members that a command
 * reads are here.
 */
export interface Calls {
  readonly "lambda.Invoke": {
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
  readonly "lambda.ListFunctions": {
    readonly input: { readonly Marker?: string };
    readonly output: { readonly Functions?: readonly FunctionConfiguration[]; readonly NextMarker?: string };
  };
  readonly "lambda.GetFunctionConfiguration": {
    readonly input: { readonly FunctionName: string; readonly Qualifier?: string };
    readonly output: FunctionConfiguration;
  };
  readonly "lambda.ListDurableExecutionsByFunction": {
    readonly input: {
      readonly FunctionName: string;
      readonly Qualifier?: string;
      readonly DurableExecutionName?: string;
      readonly Statuses?: readonly string[];
      readonly StartedAfter?: number;
      readonly StartedBefore?: number;
      readonly ReverseOrder?: boolean;
      readonly MaxItems?: number;
      readonly Marker?: string;
    };
    readonly output: { readonly DurableExecutions?: readonly Execution[]; readonly NextMarker?: string };
  };
  readonly "lambda.GetDurableExecution": {
    readonly input: { readonly DurableExecutionArn: string };
    readonly output: ExecutionDescription;
  };
  readonly "lambda.GetDurableExecutionHistory": {
    readonly input: {
      readonly DurableExecutionArn: string;
      readonly ReverseOrder?: boolean;
      readonly MaxItems?: number;
      readonly Marker?: string;
    };
    readonly output: { readonly Events: readonly HistoryEvent[]; readonly NextMarker?: string };
  };
  readonly "lambda.StopDurableExecution": {
    readonly input: { readonly DurableExecutionArn: string; readonly Error?: ErrorObject };
    readonly output: { readonly StopTimestamp: number };
  };
  readonly "lambda.SendDurableExecutionCallbackSuccess": {
    readonly input: { readonly CallbackId: string; readonly Result?: Uint8Array };
    readonly output: object;
  };
  readonly "lambda.SendDurableExecutionCallbackFailure": {
    readonly input: { readonly CallbackId: string; readonly Error?: ErrorObject };
    readonly output: object;
  };
  readonly "lambda.SendDurableExecutionCallbackHeartbeat": {
    readonly input: { readonly CallbackId: string };
    readonly output: object;
  };
  readonly "logs.CreateLogGroup": {
    readonly input: { readonly logGroupName: string };
    readonly output: object;
  };
  readonly "logs.FilterLogEvents": {
    readonly input: {
      readonly logGroupName: string;
      readonly startTime?: number;
      readonly endTime?: number;
      readonly filterPattern?: string;
      readonly startFromHead?: boolean;
      readonly nextToken?: string;
    };
    readonly output: { readonly events?: readonly StoredLogEvent[]; readonly nextToken?: string };
  };
  readonly "stepwell.GetTime": {
    readonly input: { readonly MaxItems?: number };
    readonly output: {
      readonly Now: number;
      readonly Virtual: boolean;
      /** Functions whose handlers run. */
      readonly Running: readonly string[];
      readonly Due: readonly DueThing[];
    };
  };
  readonly "stepwell.AdvanceTime": {
    readonly input: { readonly Milliseconds?: number; readonly To?: number };
    readonly output: TimeMoved;
  };
  readonly "stepwell.SkipTime": { readonly input: object; readonly output: TimeMoved };
  readonly "stepwell.BackupData": {
    readonly input: { readonly Folder: string };
    readonly output: { readonly Folder: string };
  };
  readonly "stepwell.ListExecutionInvocations": {
    readonly input: { readonly DurableExecutionArn: string };
    readonly output: {
      readonly Invocations: readonly { readonly RequestId: string; readonly StartTimestamp: number }[];
    };
  };
}

/** Calls whose answer is a stream of events; each event has one of these members. */
export interface StreamCalls {
  readonly "logs.StartLiveTail": {
    readonly input: {
      readonly logGroupIdentifiers: readonly string[];
      readonly logEventFilterPattern?: string;
    };
    readonly event: {
      readonly sessionStart?: object;
      readonly sessionUpdate?: {
        readonly sessionMetadata?: { readonly sampled?: boolean };
        readonly sessionResults?: readonly TailedLogEvent[];
      };
    };
  };
}

export interface StoredLogEvent {
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
  readonly eventId: string;
}

export interface TailedLogEvent {
  readonly logGroupIdentifier: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
}

/** Something that happens by itself at a time. */
export interface DueThing {
  readonly At: number;
  readonly Kind: DueKind;
  readonly FunctionName?: string;
  readonly ResourceArn?: string;
  readonly DurableExecutionArn?: string;
  readonly OperationId?: string;
  readonly OperationName?: string;
}

export interface TimeMoved {
  readonly Now: number;
  /** False when there was nothing to skip to. */
  readonly Moved: boolean;
  readonly Fired: readonly DueThing[];
  /** More happened than is told. */
  readonly MoreFired: boolean;
  readonly Next?: DueThing;
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
  readonly FunctionArn: string;
  readonly Version?: string;
  readonly Description?: string;
  readonly Runtime?: string;
  readonly Handler?: string;
  /** Seconds. */
  readonly Timeout?: number;
  /** Megabytes. */
  readonly MemorySize?: number;
  /** ISO 8601. */
  readonly LastModified?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly LoggingConfig?: { readonly LogGroup?: string };
  /** Set for a durable function: seconds and days. */
  readonly DurableConfig?: { readonly ExecutionTimeout?: number; readonly RetentionPeriodInDays?: number };
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
  readonly [details: `${string}Details`]: RowDetails | undefined;
}

/** What an event says beyond its type and operation. */
export function detailsOf(event: HistoryEvent): RowDetails {
  return event[`${event.EventType}Details`] ?? {};
}
