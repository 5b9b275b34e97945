import type { DurablePromise } from "../durable-promise.ts";
import type { Duration } from "../duration.ts";
import type { SerdesConfig } from "../serdes.ts";
import type {
  BatchResult,
  BranchResult,
  MapConfig,
  MapFunc,
  NamedParallelBranch,
  ParallelConfig,
  ParallelFunc,
} from "./batch.ts";
import type { LambdaContext } from "./lambda.ts";
import type { DurableContextLogger, DurableLogger, LoggerConfig } from "./logger.ts";
import type {
  ChildConfig,
  ChildFunc,
  CreateCallbackConfig,
  CreateCallbackResult,
  InvokeConfig,
  StepConfig,
  StepFunc,
  ValidatedStepConfig,
  WaitForCallbackConfig,
  WaitForCallbackSubmitterFunc,
  WaitForConditionCheckFunc,
  WaitForConditionConfig,
} from "./operations.ts";
import type { AnySchema, SchemaOutput } from "./schema.ts";

/**
 * What a durable handler works with. Each method starts a durable operation, whose place in the handler identifies
 * it: on replay the same calls have to come in the same order. Operations that are complete return what is stored
 * without running again. Every method takes an optional name first.
 */
export interface DurableContext<TLogger extends DurableLogger = DurableLogger> {
  /** The Lambda context of the present invocation. */
  readonly lambdaContext: LambdaContext;

  /** Writes JSON lines that carry the execution and the operation; silent while the handler replays. */
  readonly logger: DurableContextLogger<TLogger>;

  readonly executionContext: { readonly durableExecutionArn: string };

  /**
   * Runs a function once and stores its result. The function must not use the durable context: to group operations
   * use `runInChildContext`.
   * @throws StepError when it failed and is not retried again
   */
  step<TOutput>(
    name: string | undefined,
    fn: StepFunc<TOutput, TLogger>,
    config?: StepConfig<TOutput>,
  ): DurablePromise<TOutput>;
  step<TOutput>(fn: StepFunc<TOutput, TLogger>, config?: StepConfig<TOutput>): DurablePromise<TOutput>;
  step<Schema extends AnySchema>(
    name: string | undefined,
    fn: StepFunc<unknown, TLogger>,
    config: ValidatedStepConfig<Schema>,
  ): DurablePromise<SchemaOutput<Schema>>;
  step<Schema extends AnySchema>(
    fn: StepFunc<unknown, TLogger>,
    config: ValidatedStepConfig<Schema>,
  ): DurablePromise<SchemaOutput<Schema>>;

  /**
   * Invokes another function, durable or not, and waits for its result. Names of durable functions need a version
   * or an alias. With two strings the first is the operation's name.
   * @throws InvokeError when it failed, timed out or was stopped
   */
  invoke<TInput, TOutput>(
    name: string,
    funcId: string,
    input?: TInput,
    config?: InvokeConfig<TInput, TOutput>,
  ): DurablePromise<TOutput>;
  invoke<TInput, TOutput>(
    funcId: string,
    input?: TInput,
    config?: InvokeConfig<TInput, TOutput>,
  ): DurablePromise<TOutput>;

  /**
   * Runs a function that makes durable operations of its own, on the context it is given.
   * @throws ChildContextError when it throws; `cause` is what it threw
   */
  runInChildContext<TOutput>(
    name: string | undefined,
    fn: ChildFunc<TOutput, TLogger>,
    config?: ChildConfig<TOutput>,
  ): DurablePromise<TOutput>;
  runInChildContext<TOutput>(
    fn: ChildFunc<TOutput, TLogger>,
    config?: ChildConfig<TOutput>,
  ): DurablePromise<TOutput>;

  /** Waits. The invocation ends meanwhile when nothing else runs, so waiting costs nothing. */
  wait(name: string, duration: Duration): DurablePromise<void>;
  wait(duration: Duration): DurablePromise<void>;

  /**
   * Checks again and again until the wait strategy is content; each check is given what the last one returned.
   * @throws the error of a check or of the strategy, as a StepError
   */
  waitForCondition<TOutput>(
    name: string | undefined,
    checkFunc: WaitForConditionCheckFunc<TOutput, TLogger>,
    config: WaitForConditionConfig<TOutput>,
  ): DurablePromise<TOutput>;
  waitForCondition<TOutput>(
    checkFunc: WaitForConditionCheckFunc<TOutput, TLogger>,
    config: WaitForConditionConfig<TOutput>,
  ): DurablePromise<TOutput>;

  /**
   * Makes a callback that something outside completes by its id. The promise in the pair rejects with a
   * CallbackExternalError when it is reported as failed, and with a CallbackTimeoutError when nobody does in time.
   */
  createCallback<TOutput = string>(
    name: string | undefined,
    config?: CreateCallbackConfig<TOutput>,
  ): DurablePromise<CreateCallbackResult<TOutput>>;
  createCallback<TOutput = string>(
    config?: CreateCallbackConfig<TOutput>,
  ): DurablePromise<CreateCallbackResult<TOutput>>;

  /**
   * Makes a callback, gives its id to the submitter (a step, retried as one), and waits for the result.
   * @throws CallbackExternalError, CallbackTimeoutError, or CallbackSubmitterError when the submitter failed
   */
  waitForCallback<TOutput = string>(
    name: string | undefined,
    submitter: WaitForCallbackSubmitterFunc<TLogger>,
    config?: WaitForCallbackConfig<TOutput>,
  ): DurablePromise<TOutput>;
  waitForCallback<TOutput = string>(
    submitter: WaitForCallbackSubmitterFunc<TLogger>,
    config?: WaitForCallbackConfig<TOutput>,
  ): DurablePromise<TOutput>;

  /**
   * Runs a function for every item, each in a child context, and returns what became of each. It does not throw for
   * failed items: see `throwIfError`. Without a completionConfig no further item is started after a failure.
   */
  map<TInput, TOutput>(
    name: string | undefined,
    items: TInput[],
    mapFunc: MapFunc<TInput, TOutput, TLogger>,
    config?: MapConfig<TInput, TOutput>,
  ): DurablePromise<BatchResult<TOutput>>;
  map<TInput, TOutput>(
    items: TInput[],
    mapFunc: MapFunc<TInput, TOutput, TLogger>,
    config?: MapConfig<TInput, TOutput>,
  ): DurablePromise<BatchResult<TOutput>>;

  /** As `map`, for functions that differ. */
  parallel<TOutput>(
    name: string | undefined,
    branches: (ParallelFunc<TOutput, TLogger> | NamedParallelBranch<TOutput, TLogger>)[],
    config?: ParallelConfig<TOutput>,
  ): DurablePromise<BatchResult<TOutput>>;
  parallel<TOutput>(
    branches: (ParallelFunc<TOutput, TLogger> | NamedParallelBranch<TOutput, TLogger>)[],
    config?: ParallelConfig<TOutput>,
  ): DurablePromise<BatchResult<TOutput>>;
  parallel<Branches extends readonly unknown[]>(
    name: string | undefined,
    branches: Branches,
    config?: ParallelConfig<BranchResult<Branches[number], TLogger>>,
  ): DurablePromise<BatchResult<BranchResult<Branches[number], TLogger>>>;
  parallel<Branches extends readonly unknown[]>(
    branches: Branches,
    config?: ParallelConfig<BranchResult<Branches[number], TLogger>>,
  ): DurablePromise<BatchResult<BranchResult<Branches[number], TLogger>>>;

  /** Promise.all and its kin, with an outcome that is stored, so that a race has the same winner on replay. */
  readonly promise: DurablePromiseCombinators;

  /**
   * Registers a step that undoes what was done, such as a booking. When the handler, or the child context it is called
   * on, fails, its undo steps run in reverse order, each retried by its own strategy, and then it fails with its own
   * error; when some of them fail, with a CompensationError that tells all of them. Nothing runs when it succeeds:
   * undo steps of a child that succeeded are then its parent's. Steps that run at the same time need names of their own.
   */
  compensate(name: string | undefined, undo: StepFunc<unknown, TLogger>, config?: StepConfig<void>): void;
  compensate(undo: StepFunc<unknown, TLogger>, config?: StepConfig<void>): void;

  /** The time in epoch milliseconds, taken once and stored. */
  now(): DurablePromise<number>;
  /** A number in [0, 1), drawn once and stored. */
  random(): DurablePromise<number>;
  /** A random UUID, drawn once and stored. */
  uuid(): DurablePromise<string>;

  /** Changes only what is given. Child contexts inherit it. */
  configureLogger(config: LoggerConfig<TLogger>): void;
  /** Changes only what is given. Child contexts inherit it. */
  configureSerdes(config: SerdesConfig): void;
}

type Awaitables<T extends readonly unknown[]> = { [K in keyof T]: DurablePromise<T[K]> };
type Settled<T extends readonly unknown[]> = { -readonly [K in keyof T]: PromiseSettledResult<T[K]> };

/** Each throws a PromiseCombinatorError where its namesake would reject. */
export interface DurablePromiseCombinators {
  all<TOutput>(name: string | undefined, promises: DurablePromise<TOutput>[]): DurablePromise<TOutput[]>;
  all<TOutput>(promises: DurablePromise<TOutput>[]): DurablePromise<TOutput[]>;
  all<T extends unknown[]>(
    name: string | undefined,
    promises: readonly [...Awaitables<T>],
  ): DurablePromise<T>;
  all<T extends unknown[]>(promises: readonly [...Awaitables<T>]): DurablePromise<T>;

  allSettled<TOutput>(
    name: string | undefined,
    promises: DurablePromise<TOutput>[],
  ): DurablePromise<PromiseSettledResult<TOutput>[]>;
  allSettled<TOutput>(promises: DurablePromise<TOutput>[]): DurablePromise<PromiseSettledResult<TOutput>[]>;
  allSettled<T extends unknown[]>(
    name: string | undefined,
    promises: readonly [...Awaitables<T>],
  ): DurablePromise<Settled<T>>;
  allSettled<T extends unknown[]>(promises: readonly [...Awaitables<T>]): DurablePromise<Settled<T>>;

  any<TOutput>(name: string | undefined, promises: DurablePromise<TOutput>[]): DurablePromise<TOutput>;
  any<TOutput>(promises: DurablePromise<TOutput>[]): DurablePromise<TOutput>;
  any<T extends unknown[]>(
    name: string | undefined,
    promises: readonly [...Awaitables<T>],
  ): DurablePromise<T[number]>;
  any<T extends unknown[]>(promises: readonly [...Awaitables<T>]): DurablePromise<T[number]>;

  race<TOutput>(name: string | undefined, promises: DurablePromise<TOutput>[]): DurablePromise<TOutput>;
  race<TOutput>(promises: DurablePromise<TOutput>[]): DurablePromise<TOutput>;
  race<T extends unknown[]>(
    name: string | undefined,
    promises: readonly [...Awaitables<T>],
  ): DurablePromise<T[number]>;
  race<T extends unknown[]>(promises: readonly [...Awaitables<T>]): DurablePromise<T[number]>;
}
