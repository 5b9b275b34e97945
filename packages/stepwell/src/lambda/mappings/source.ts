import type { CallContext } from "../../kernel/context.ts";
import type { FunctionRecord } from "../record.ts";
import type { Mapping, MappingSettings } from "./mapping.ts";

/** What requests say of a mapping's settings. */
export interface MappingInput {
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: MappingSettings["FilterCriteria"];
  readonly ScalingConfig?: MappingSettings["ScalingConfig"];
  readonly KMSKeyArn?: string;
  readonly StartingPosition?: string;
  readonly StartingPositionTimestamp?: number;
  readonly ParallelizationFactor?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly MaximumRetryAttempts?: number;
  readonly TumblingWindowInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnSuccess?: { readonly Destination?: string };
    readonly OnFailure?: { readonly Destination?: string };
  };
}

/** A kind of source: queues, later streams. */
export interface EventSource {
  /**
   * The settings of a new mapping, or of one that has `before`. Throws InvalidParameterValueException in AWS's words
   * for what does not suit the source or the function.
   */
  settings(
    context: CallContext,
    wanted: Wanted,
    input: MappingInput,
    before?: MappingSettings,
  ): Promise<MappingSettings>;
  /** The refusal of a mapping that is there already, under the UUID `uuid`. */
  duplicate(mapping: Mapping, uuid: string): string;
  /** Begins to carry events, in at most `mostConcurrent` batches at a time. */
  run(mapping: Mapping, caller: BatchCaller, mostConcurrent: number): Running;
}

/** What a mapping is between. */
export interface Wanted {
  readonly sourceArn: string;
  readonly fn: FunctionRecord;
}

/** A mapping at work on this node. */
export interface Running {
  /** Takes nothing more, and gives back what no function has been handed. Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** How a batch fared. */
export type BatchResult =
  /** The function answered with this JSON text. */
  | { readonly type: "answered"; readonly payload: string }
  /** It failed, or is not there. */
  | { readonly type: "failed"; readonly why: string }
  /** Its host was stopped or killed: not its own failure. */
  | { readonly type: "lost" }
  /** It has as many invocations as are reserved for it, none perhaps, and never got this one. */
  | { readonly type: "throttled"; readonly isSwitchedOff: boolean };

/** Hands a batch to the mapping's function and waits for its answer. */
export type BatchCaller = (mapping: Mapping, event: string, onStart: () => void) => Promise<BatchResult>;
