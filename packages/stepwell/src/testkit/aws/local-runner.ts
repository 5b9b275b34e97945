import type { InlineHandler } from "../../lambda/host/inline.ts";
import { FlowingClock } from "../engine/clocks.ts";
import { ExecutionFailedError } from "../errors.ts";
import type { TestRun } from "../run.ts";
import { DurableTest } from "../test-durable.ts";
import { delayed } from "./checkpoint-delay.ts";
import { type OperationSource, operationById, operationByIndex, operationByName } from "./operation.ts";
import { awsEvent, ExecutionRecord } from "./record.ts";
import { testResult } from "./result.ts";
import type { DurableOperation, DurableTestRunner, InvokeRequest, TestResult } from "./types.ts";

export interface LocalDurableTestRunnerParameters {
  /** What withDurableExecution made, of either SDK. */
  handlerFunction: InlineHandler;
}

export interface LocalDurableTestRunnerSetupParameters {
  /**
   * Whether waits, retries and timeouts of callbacks are skipped; they take their time otherwise. Timers of handlers
   * and tests themselves are never touched, which differs from AWS's library.
   */
  skipTime?: boolean;
  /** How many milliseconds each checkpoint takes, as if it went over a network. */
  checkpointDelay?: number;
}

/**
 * How long nothing may happen before a callback times out with skipTime: a test that sleeps for less before it
 * completes one, as it may with AWS's library, goes on working.
 */
const TIMEOUT_PATIENCE_MS = 2000;

/**
 * AWS's local runner with the same methods, on Stepwell's engine: no fake timers, no worker, no pause after a run.
 * New tests are better off with `testDurable`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in AWS's library.
export class LocalDurableTestRunner<TResult = any> implements DurableTestRunner<DurableOperation, TResult> {
  static #setup: LocalDurableTestRunnerSetupParameters = {};
  readonly #handler: InlineHandler;
  readonly #functions: Record<string, InlineHandler> = {};
  readonly #durableFunctions: Record<string, InlineHandler> = {};
  #source = new LocalSource();

  constructor({ handlerFunction }: LocalDurableTestRunnerParameters) {
    this.#handler = handlerFunction;
  }

  /** Holds for the runs that begin after it. */
  static async setupTestEnvironment(params: LocalDurableTestRunnerSetupParameters = {}): Promise<void> {
    LocalDurableTestRunner.#setup = params;
  }

  static async teardownTestEnvironment(): Promise<void> {
    LocalDurableTestRunner.#setup = {};
  }

  /** Runs an execution to its end. Rejects when the handler fails as no durable handler should. */
  async run(params?: InvokeRequest): Promise<TestResult<TResult>> {
    const { skipTime = false, checkpointDelay = 0 } = LocalDurableTestRunner.#setup;
    const test = new DurableTest<unknown, TResult>({
      handler: this.#handler,
      options: { functions: this.#functions, durableFunctions: this.#durableFunctions },
      clock: () => new FlowingClock(),
      synchronous: true,
      rules: { skips: skipTime, timeoutPatienceMs: TIMEOUT_PATIENCE_MS, stallMs: Number.POSITIVE_INFINITY },
      ...(checkpointDelay > 0 ? { faults: delayed(checkpointDelay) } : {}),
    });
    const source = this.#source;
    const run = test.start(params?.payload);
    source.begin(test, run);
    await run.result().catch((error) => {
      if (!(error instanceof ExecutionFailedError)) throw error;
    });
    return testResult(source, source.record!);
  }

  /** Adds a function, under the name that the handler invokes it by. */
  registerDurableFunction(functionName: string, durableHandler: InlineHandler): this {
    delete this.#functions[functionName];
    this.#durableFunctions[functionName] = durableHandler;
    return this;
  }

  registerFunction(functionName: string, handler: InlineHandler): this {
    delete this.#durableFunctions[functionName];
    this.#functions[functionName] = handler;
    return this;
  }

  // biome-ignore-start lint/suspicious/noExplicitAny: as in AWS's library.
  getOperation<T = any>(name: string, index?: number): DurableOperation<T> {
    return operationByName<T>(this.#source, name, index);
  }
  getOperationByIndex<T = any>(index: number): DurableOperation<T> {
    return operationByIndex<T>(this.#source, index);
  }
  getOperationByNameAndIndex<T = any>(name: string, index: number): DurableOperation<T> {
    return operationByName<T>(this.#source, name, index);
  }
  getOperationById<T = any>(id: string): DurableOperation<T> {
    return operationById<T>(this.#source, id);
  }
  // biome-ignore-end lint/suspicious/noExplicitAny: as in AWS's library.

  /** Operations that were got before belong to the runs before; those that are got from now on to the next run. */
  reset(): void {
    this.#source = new LocalSource();
  }
}

/** The newest run of a runner. */
class LocalSource implements OperationSource {
  #test: DurableTest<unknown, unknown> | undefined;
  #run: TestRun<unknown> | undefined;
  #record = new ExecutionRecord([]);
  readonly #begun: Promise<void>;
  #begin!: () => void;

  constructor() {
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  begin(test: DurableTest<unknown, unknown>, run: TestRun<unknown>): void {
    this.#test = test;
    this.#run = run;
    this.#begin();
  }

  get record(): ExecutionRecord | undefined {
    const history = this.#run?.history;
    if (!history) return undefined;
    const known = this.#record.events;
    const isSame = known.length === history.length;
    if (!isSame) this.#record = new ExecutionRecord([...known, ...history.slice(known.length).map(awsEvent)]);
    return this.#record;
  }

  async until(reached: () => boolean, status: string): Promise<void> {
    await this.#begun;
    await this.#run!.until(
      reached,
      `operation was not found after execution completion. Expected status: ${status}. It has not come to that`,
    );
  }

  async complete(
    how: "Success" | "Failure" | "Heartbeat",
    { CallbackId, Result, Error: failure }: Parameters<OperationSource["complete"]>[1],
  ): Promise<object> {
    const callback = this.#test!.callback(CallbackId);
    if (how === "Success") await callback.succeed(Result && Buffer.from(Result).toString());
    else if (how === "Failure") await callback.fail(failure);
    else await callback.heartbeat();
    return {};
  }
}
