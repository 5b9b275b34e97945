import type { DurableHandlerTypes, Duration } from "@stepwell/durable";
import { keyOfArn } from "../durable/keys.ts";
import { DEFAULT_LIMITS, type DurableLimits } from "../durable/limits.ts";
import { RealClock, VirtualClock } from "../kernel/clock.ts";
import type { LambdaFunction } from "../lambda/function.ts";
import type { LogLine } from "../lambda/host/host.ts";
import type { InlineHandler } from "../lambda/host/inline.ts";
import { bytesOf, type CallbackFailure, errorObjectOf, jsonOf } from "./callback.ts";
import type { MovableClock } from "./engine/clocks.ts";
import { Engine, type Faults } from "./engine/engine.ts";
import { LONGEST_EXECUTION_SECONDS, TestFunctions } from "./engine/functions.ts";
import { Patience, type TimeRules } from "./engine/patience.ts";
import { StallWatch } from "./engine/stall-watch.ts";
import { TimeKeeper } from "./engine/time-keeper.ts";
import { DurableTestError } from "./errors.ts";
import { type LogEntry, logEntry } from "./logs.ts";
import { TestRun } from "./run.ts";

/** A handler made by withDurableExecution, of either SDK; types of event and result are inferred from Stepwell's. */
export type DurableHandler<TEvent, TResult> = InlineHandler & DurableHandlerTypes<TEvent, TResult>;

export interface DurableTestOptions {
  /** Functions that the handler invokes, by the names that it uses. */
  readonly functions?: Readonly<Record<string, InlineHandler>>;
  /** Durable ones among them. */
  readonly durableFunctions?: Readonly<Record<string, InlineHandler>>;
  /**
   * `auto`, the default: while the test awaits something and nothing else can happen, time moves to the next end of a
   * wait or retry, else to the next timeout of a callback. `manual`: only `advance` and `skip` move it.
   */
  readonly time?: "auto" | "manual";
  /** When virtual time begins: now, by default. */
  readonly startTime?: Date;
  /** How long an execution may run, waits included; 366 days by default. It is reached by `advance` and `skip` only. */
  readonly executionTimeout?: Duration;
  readonly limits?: Partial<DurableLimits>;
  /** How long, in real time, nothing may happen before something awaited is given up: 4500, by default. */
  readonly stallMs?: number;
  /** What ids are drawn from: the same seed gives the same ids. */
  readonly seed?: number;
}

export interface StartOptions {
  /** Starting twice with one name and event is one execution, as on AWS. */
  readonly name?: string;
  readonly tenantId?: string;
}

/** Vitest's and Jest's tests may take 5 s: what waits in vain is to be told before that. */
const STALL_MS = 4500;
/** A synchronous invocation takes no longer, so what runs longer is started asynchronously. */
const LONGEST_SYNCHRONOUS_SECONDS = 900;

/**
 * Begins a test of a durable handler: a real engine in this process, with a store in memory and a virtual clock.
 * Nothing has to be closed, and tests do not see each other.
 *
 *     const test = testDurable(handler);
 *     const run = test.start({ id: "7" });
 *     await run.callback("approve").succeed("yes");
 *     expect(await run.result()).toEqual({ approved: true });
 */
export function testDurable<
  // biome-ignore-start lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
  TEvent = any,
  TResult = any,
  // biome-ignore-end lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
>(handler: DurableHandler<TEvent, TResult>, options: DurableTestOptions = {}): DurableTest<TEvent, TResult> {
  const { time = "auto", stallMs = STALL_MS } = options;
  const rules = { skips: time === "auto", timeoutPatienceMs: 0, stallMs };
  const startMs = options.startTime?.getTime() ?? new RealClock().now();
  const clock = () => new VirtualClock(startMs);
  return new DurableTest<TEvent, TResult>({ handler, options, clock, rules });
}

export interface DurableTestParts {
  readonly handler: InlineHandler;
  readonly options: DurableTestOptions;
  readonly clock: () => MovableClock;
  readonly rules: TimeRules;
  /** Whether executions are started as if their caller waited for them, and may be larger; by their timeout if absent. */
  readonly synchronous?: boolean;
  readonly faults?: Faults;
}

/** A handler under test, and the virtual time that it runs in. Made by `testDurable`. */
export class DurableTest<TEvent, TResult> {
  readonly #parts: DurableTestParts;
  readonly #engine: Engine;
  readonly #time: TimeKeeper;
  readonly #patience: Patience;
  readonly #fn: LambdaFunction;
  readonly #lines: LogLine[] = [];

  constructor(parts: DurableTestParts) {
    this.#parts = parts;
    const { handler, options, clock, rules, faults } = parts;
    const timeoutSeconds = options.executionTimeout
      ? secondsOf(options.executionTimeout)
      : LONGEST_EXECUTION_SECONDS;
    const functions = new TestFunctions();
    for (const [name, fn] of Object.entries(options.functions ?? {})) functions.add(name, fn);
    for (const [name, fn] of Object.entries(options.durableFunctions ?? {})) {
      functions.add(name, fn, LONGEST_EXECUTION_SECONDS);
    }
    this.#fn = functions.addTested(handler, timeoutSeconds);
    this.#engine = new Engine({
      clock: clock(),
      functions,
      seed: options.seed ?? 1,
      log: (lines) => this.#lines.push(...lines),
      ...(options.limits ? { limits: options.limits } : {}),
      ...(faults ? { faults } : {}),
    });
    this.#time = new TimeKeeper(this.#engine);
    this.#patience = new Patience(this.#engine, this.#time, rules);
  }

  /** Starts an execution. It runs whether or not anything of it is awaited, but time moves only while something is. */
  start(event?: TEvent, options: StartOptions = {}): TestRun<TResult> {
    const engine = this.#engine;
    return new TestRun<TResult>({
      engine,
      patience: this.#patience,
      started: this.#start(event, options),
      logsOf: (requestIds) => this.#logs(({ requestId }) => requestIds.has(requestId)),
    });
  }

  /** A callback by its id, as a mock gets it from the handler. It is completed at once, and refused as AWS refuses. */
  callback(id: string) {
    const call = (how: string, input: object) =>
      this.#engine.call(`SendDurableExecutionCallback${how}`, { CallbackId: id, ...input }).then(() => {});
    return {
      succeed: (result?: unknown) => call("Success", result === undefined ? {} : { Result: bytesOf(result) }),
      fail: (failure: CallbackFailure = {}) => call("Failure", { Error: errorObjectOf(failure) }),
      heartbeat: () => call("Heartbeat", {}),
    };
  }

  /** Moves time on: everything that falls due on the way happens, each at its own time. Resolves when it has. */
  advance(duration: Duration): Promise<void> {
    return this.#moving((signal) => this.#time.advance(secondsOf(duration) * 1000, signal));
  }

  /** Moves time to whatever comes next: a wait, a retry, a timeout of a callback or of a whole execution. */
  async skip(): Promise<void> {
    const moved = await this.#moving((signal) =>
      this.#time.skip(
        (next) => Math.min(next.progressMs, next.callbackTimeoutMs, next.executionTimeoutMs),
        signal,
      ),
    );
    if (!moved) throw new DurableTestError("There is nothing to skip to: no execution is running.");
  }

  /** Where virtual time stands. */
  get now(): Date {
    return new Date(this.#engine.clock.now());
  }

  /** What all handlers of the test logged, those of invoked functions too, oldest first. */
  get logs(): readonly LogEntry[] {
    return this.#logs(() => true);
  }

  /** What each operation of the test's executions is, by execution and id. */
  operationSummary(): ReadonlyMap<string, string> {
    return this.#engine.executions.summary();
  }

  /** The same test from its beginning, with something that goes wrong. */
  again(faults: Faults): DurableTest<TEvent, TResult> {
    return new DurableTest<TEvent, TResult>({ ...this.#parts, faults });
  }

  async #start(event: TEvent | undefined, { name = this.#engine.ids.uuid(), tenantId }: StartOptions) {
    const payload = jsonOf(event, "The event") ?? "{}";
    const isShort = this.#fn.durable!.executionTimeoutSeconds <= LONGEST_SYNCHRONOUS_SECONDS;
    const { synchronous = isShort } = this.#parts;
    this.#checkSize(payload, synchronous);
    const arn = await this.#engine.start({
      fn: this.#fn,
      payload,
      executionName: name,
      synchronous,
      ...(tenantId === undefined ? {} : { tenantId }),
    });
    const execution = this.#engine.executions.get(keyOfArn(arn)!);
    await this.#engine.refresh(execution);
    return execution;
  }

  #checkSize(payload: string, synchronous: boolean): void {
    const limits = { ...DEFAULT_LIMITS, ...this.#parts.options.limits };
    const most = synchronous ? limits.synchronousResultBytes : limits.operationPayloadBytes;
    const bytes = Buffer.byteLength(payload);
    if (bytes <= most) return;
    const why = synchronous
      ? ""
      : " (6 MB with an executionTimeout of 15 minutes or less, which can be invoked synchronously)";
    throw new DurableTestError(
      `The event has ${bytes} bytes as JSON; an execution takes at most ${most}${why}.`,
    );
  }

  async #moving<T>(move: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const watch = new StallWatch(this.#engine, this.#parts.rules.stallMs);
    try {
      const moved = await move(watch.signal);
      await this.#engine.refresh();
      return moved;
    } catch (error) {
      if (!watch.signal.aborted) throw error;
      throw new DurableTestError(
        `Time cannot move while a handler runs, and this is still running: ${this.#engine.busy().join(", ")}.`,
      );
    } finally {
      watch.stop();
    }
  }

  #logs(which: (line: LogLine) => boolean): LogEntry[] {
    return this.#lines.filter(which).flatMap((line) => logEntry(line) ?? []);
  }
}

function secondsOf(duration: Duration): number {
  const {
    days = 0,
    hours = 0,
    minutes = 0,
    seconds = 0,
  } = duration as {
    readonly [unit in "days" | "hours" | "minutes" | "seconds"]?: number;
  };
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
}
