import type { ChildContextError } from "../errors.ts";
import type { Serdes } from "../serdes.ts";
import type { DurableContext } from "./context.ts";
import type { DurableLogger } from "./logger.ts";

/** Whether each item of a batch has an operation of its own. */
export const NestingType = {
  /** Each item is a stored context. The default. */
  NESTED: "NESTED",
  /** Items store nothing of their own; their operations are children of the batch. Fewer operations, less to see. */
  FLAT: "FLAT",
} as const;
export type NestingType = (typeof NestingType)[keyof typeof NestingType];

export const BatchItemStatus = {
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  /** Still running when the batch completed early. */
  STARTED: "STARTED",
} as const;
export type BatchItemStatus = (typeof BatchItemStatus)[keyof typeof BatchItemStatus];

export interface BatchItem<TResult> {
  result?: TResult;
  error?: ChildContextError;
  /** Where the item stands in the list that was given. */
  index: number;
  status: BatchItemStatus;
}

export type CompletionReason =
  | "ALL_COMPLETED"
  | "MIN_SUCCESSFUL_REACHED"
  | "FAILURE_TOLERANCE_EXCEEDED"
  | "CUSTOM_COMPLETION_SUCCEEDED"
  | "CUSTOM_COMPLETION_FAILED";

/** What map and parallel return. Items that were never started are absent. */
export interface BatchResult<TResult> {
  /** By index. */
  all: Array<BatchItem<TResult>>;
  succeeded(): Array<BatchItem<TResult> & { result: TResult }>;
  failed(): Array<BatchItem<TResult> & { error: ChildContextError }>;
  /**
   * Items still running when the batch completed early. Only the completed ones are certain to be the same on
   * replay: do not branch on these.
   */
  started(): Array<BatchItem<TResult> & { status: "STARTED" }>;
  status: "SUCCEEDED" | "FAILED";
  completionReason: CompletionReason;
  hasFailure: boolean;
  /** Throws the first item's error, or a BatchCompletionError when `shouldComplete` failed the batch. */
  throwIfError(): void;
  /** Results of the items that succeeded, by index. */
  getResults(): Array<TResult>;
  getErrors(): Array<ChildContextError>;
  successCount: number;
  failureCount: number;
  startedCount: number;
  totalCount: number;
}

export const CompletionOutcome = { SUCCEEDED: "SUCCEEDED", FAILED: "FAILED" } as const;
export type CompletionOutcome = (typeof CompletionOutcome)[keyof typeof CompletionOutcome];

export type CompletionDecision = { complete: false } | { complete: true; outcome?: CompletionOutcome };

/** For `shouldComplete`: go on. */
export const continueBatch = (): CompletionDecision => ({ complete: false });

/** For `shouldComplete`: the batch is complete, as a success unless said otherwise. */
export const completeBatch = (
  outcome: CompletionOutcome = CompletionOutcome.SUCCEEDED,
): CompletionDecision => ({
  complete: true,
  outcome,
});

/** Ends a batch by counts. With none of them the first failure ends it. */
export interface ThresholdCompletionConfig {
  /** This many successes are enough. */
  minSuccessful?: number;
  /** More failures than this end the batch. */
  toleratedFailureCount?: number;
  /** More failures than this percentage of all items (0 to 100) end the batch. */
  toleratedFailurePercentage?: number;
  shouldComplete?: never;
}

/** Ends a batch by a predicate, asked whenever an item finishes. It must depend on nothing but the status given. */
export interface CustomCompletionConfig {
  shouldComplete: (status: CompletionStatus) => CompletionDecision;
  minSuccessful?: never;
  toleratedFailureCount?: never;
  toleratedFailurePercentage?: never;
}

export type CompletionConfig = ThresholdCompletionConfig | CustomCompletionConfig;

export interface CompletionItemStatus {
  index: number;
  name?: string | undefined;
  /** Absent when the item has not been started. */
  status?: BatchItemStatus | undefined;
}

export interface CompletionStatus {
  successCount: number;
  failureCount: number;
  /** Successes and failures. */
  completedCount: number;
  totalCount: number;
  /** By index. */
  items: readonly CompletionItemStatus[];
}

export interface ParallelConfig<TResult> {
  /** How many items run at once. @defaultValue all */
  maxConcurrency?: number;
  /** For the whole result. */
  serdes?: Serdes<BatchResult<TResult>>;
  /** For each item's result. */
  itemSerdes?: Serdes<TResult>;
  completionConfig?: CompletionConfig;
  /** What is stored in addition when the result is above 256 KiB. */
  summaryGenerator?: (result: BatchResult<TResult>) => string;
  /** @defaultValue NESTED */
  nesting?: NestingType;
}

export interface MapConfig<TItem, TResult> extends ParallelConfig<TResult> {
  itemNamer?: (item: TItem, index: number) => string;
}

/** Runs for each item, in a context of its own. */
export type MapFunc<TInput, TOutput, Logger extends DurableLogger = DurableLogger> = (
  context: DurableContext<Logger>,
  item: TInput,
  index: number,
  array: TInput[],
) => Promise<TOutput>;

export type ParallelFunc<TResult, Logger extends DurableLogger = DurableLogger> = (
  context: DurableContext<Logger>,
) => Promise<TResult>;

export interface NamedParallelBranch<TResult, Logger extends DurableLogger = DurableLogger> {
  name?: string;
  func: ParallelFunc<TResult, Logger>;
}

/** An item of a batch. Exported as AWS's SDK does; no method takes it. */
export interface ConcurrentExecutionItem<T> {
  id: string;
  data: T;
  index: number;
  name?: string;
}

/** Runs an item of a batch. Exported as AWS's SDK does; no method takes it. */
export type ConcurrentExecutor<TItem, TResult, Logger extends DurableLogger = DurableLogger> = (
  item: ConcurrentExecutionItem<TItem>,
  childContext: DurableContext<Logger>,
) => Promise<TResult>;

/** What map and parallel have in common. Exported as AWS's SDK does; no method takes it. */
export interface ConcurrencyConfig<TResult> extends ParallelConfig<TResult> {
  topLevelSubType?: string;
  iterationSubType?: string;
}

/** The results that the branches of a parallel can have. */
export type BranchResult<Branch, Logger extends DurableLogger> =
  Branch extends ParallelFunc<infer R, Logger>
    ? R
    : Branch extends NamedParallelBranch<infer R, Logger>
      ? R
      : never;
