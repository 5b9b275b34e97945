import type { DurablePromise } from "../durable-promise.ts";
import type { Duration } from "../duration.ts";
import type { DurableOperationError } from "../errors.ts";
import type { Serdes } from "../serdes.ts";
import type { DurableContext } from "./context.ts";
import type { DurableContextLogger, DurableLogger } from "./logger.ts";
import type { AnySchema, SchemaOutput, StandardSchema } from "./schema.ts";

/** What a retry strategy decides. */
export interface RetryDecision {
  shouldRetry: boolean;
  /** Time until the next attempt. @defaultValue 1 second */
  delay?: Duration;
}

/** Asked after each failed attempt; `attemptCount` is 1 after the first. */
export interface RetryStrategy {
  (error: Error, attemptCount: number): RetryDecision;
  /**
   * An attempt whose invocation was lost (a crash, a timeout of the function) counts as a failed one: the strategy is
   * asked, with a StepInterruptedError. The start of each attempt is then stored before its body runs. Otherwise such
   * an attempt is repeated without counting, unless the step has AtMostOncePerRetry.
   */
  readonly countsCrashes?: boolean;
}

/** What a crash between the start and the end of a step's body means. Both hold per attempt, not per step. */
export const StepSemantics = {
  /** The start is stored before the body runs; an attempt that was interrupted counts as failed, with a StepInterruptedError. */
  AtMostOncePerRetry: "AT_MOST_ONCE_PER_RETRY",
  /** The body of an interrupted attempt runs again. The default. */
  AtLeastOncePerRetry: "AT_LEAST_ONCE_PER_RETRY",
} as const;
export type StepSemantics = (typeof StepSemantics)[keyof typeof StepSemantics];

export interface OperationContext<Logger extends DurableLogger> {
  logger: Logger;
}

/** What the body of a step is given. */
export interface StepContext<Logger extends DurableLogger = DurableLogger>
  extends OperationContext<DurableContextLogger<Logger>> {
  /** 1 for the first attempt. */
  attempt: number;
  /**
   * The same for every attempt and replay of this step, different for every other step of any execution: give it to
   * an API that takes an idempotency key, and a repeated body has one effect. 32 hex digits.
   */
  readonly idempotencyKey: string;
  /** Aborted when the step's `timeout` has passed. */
  readonly signal: AbortSignal;
}

export interface WaitForConditionContext<Logger extends DurableLogger>
  extends OperationContext<DurableContextLogger<Logger>> {
  /** 1 for the first check. */
  attempt: number;
}

export type WaitForCallbackContext<Logger extends DurableLogger> = OperationContext<
  DurableContextLogger<Logger>
>;

export type StepFunc<T, Logger extends DurableLogger = DurableLogger> = (
  context: StepContext<Logger>,
) => Promise<T>;

export interface StepConfig<T> {
  /** @defaultValue retryPresets.default */
  retryStrategy?: RetryStrategy;
  /** @defaultValue AtLeastOncePerRetry */
  semantics?: StepSemantics;
  serdes?: Serdes<T>;
  /** Time for one attempt; then it fails with a StepTimeoutError, which the retry strategy sees as any error. */
  timeout?: Duration;
}

/** For a step whose result is checked: what the schema gives back is stored, and is the step's result. */
export interface ValidatedStepConfig<Schema extends AnySchema> extends StepConfig<SchemaOutput<Schema>> {
  /** An attempt whose result does not match fails with a SchemaValidationError, which the retry strategy sees. */
  schema: Schema;
}

export interface InvokeConfig<I, O> {
  payloadSerdes?: Serdes<I>;
  resultSerdes?: Serdes<O>;
  /** For the result; when it does not match, the invoke throws a SchemaValidationError. */
  schema?: StandardSchema<unknown, O>;
  tenantId?: string;
}

export type ChildFunc<T, Logger extends DurableLogger = DurableLogger> = (
  context: DurableContext<Logger>,
) => Promise<T>;

export interface ChildConfig<T> {
  serdes?: Serdes<T>;
  /** Label of the operation. @defaultValue "RunInChildContext" */
  subType?: string;
  /** What is stored of a result above 256 KiB; the result itself is then made again by running the body on replay. */
  summaryGenerator?: (result: T) => string;
  /** What the caller catches in place of a ChildContextError. */
  errorMapper?: (originalError: DurableOperationError) => DurableOperationError;
  /** Groups operations without an operation of its own: nothing is stored for the context itself. */
  virtualContext?: boolean;
}

export interface CreateCallbackConfig<TOutput = string> {
  /** Time for somebody to complete it. Without one it waits as long as the execution may run. */
  timeout?: Duration;
  /** Longest time between two heartbeats. */
  heartbeatTimeout?: Duration;
  /** @defaultValue the raw string; with a schema the value of its JSON, or the raw string where it is none */
  serdes?: Pick<Serdes<TOutput>, "deserialize">;
  /** For the result; when it does not match, the callback throws a SchemaValidationError. */
  schema?: StandardSchema<unknown, TOutput>;
}

export interface WaitForCallbackConfig<TOutput = string> extends CreateCallbackConfig<TOutput> {
  /** For the submitter. @defaultValue retryPresets.default */
  retryStrategy?: RetryStrategy;
}

/** The promise of the callback's result, and the id to give to whoever completes it. */
export type CreateCallbackResult<T = string> = [DurablePromise<T>, string];

export type WaitForCallbackSubmitterFunc<TLogger extends DurableLogger = DurableLogger> = (
  callbackId: string,
  context: WaitForCallbackContext<TLogger>,
) => Promise<void>;

export type WaitForConditionCheckFunc<T, Logger extends DurableLogger = DurableLogger> = (
  state: T,
  context: WaitForConditionContext<Logger>,
) => Promise<T>;

export type WaitForConditionDecision = { shouldContinue: true; delay: Duration } | { shouldContinue: false };

/** How far a condition has been waited for. */
export interface WaitProgress {
  /** Since the operation started, in milliseconds. */
  elapsedMs: number;
}

/** Asked after each check; `attempt` is 1 after the first. */
export type WaitForConditionWaitStrategyFunc<T> = (
  state: T,
  attempt: number,
  progress?: WaitProgress,
) => WaitForConditionDecision;

export interface WaitForConditionConfig<T> {
  waitStrategy: WaitForConditionWaitStrategyFunc<T>;
  /** What the first check is given. */
  initialState: T;
  serdes?: Serdes<T>;
}
