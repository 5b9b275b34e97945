import { Claim } from "./claim.ts";
import { contextLogger } from "./context-logger.ts";
import { contextMisuse } from "./context-misuse.ts";
import { type Asked, mismatch } from "./determinism.ts";
import type { DurablePromise } from "./durable-promise.ts";
import type { Duration } from "./duration.ts";
import { type Execution, isTerminal } from "./execution.ts";
import { operationId } from "./ids.ts";
import { logData } from "./log-data.ts";
import { createCallback } from "./operations/callback.ts";
import { runInChildContext } from "./operations/child-context.ts";
import { combinators } from "./operations/combinators.ts";
import { compensating } from "./operations/compensate.ts";
import { invoke } from "./operations/invoke.ts";
import { map } from "./operations/map.ts";
import { parallel } from "./operations/parallel.ts";
import { recordedNow, recordedRandom, recordedUuid } from "./operations/recorded.ts";
import { step } from "./operations/step.ts";
import { Undos } from "./operations/undos.ts";
import { wait } from "./operations/wait.ts";
import { waitForCallback } from "./operations/wait-for-callback.ts";
import { waitForCondition } from "./operations/wait-for-condition.ts";
import { currentScope, runInScope, type Scope } from "./scope.ts";
import { type AnySerdes, type AnySerdesDeserializer, defaultSerdes, type SerdesConfig } from "./serdes.ts";
import type { OpenBranch } from "./suspension.ts";
import type { DurableContext, DurablePromiseCombinators } from "./types/context.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type { DurableContextLogger, DurableLogger, LoggerConfig } from "./types/logger.ts";

/**
 * How far a context is: running what no invocation ran before, repeating what is stored, or made again as a whole
 * because its result was too large to store.
 */
export type Mode = "execution" | "replay" | "rebuild";

/** What child contexts inherit. */
interface Settings {
  readonly logger: DurableLogger;
  readonly modeAware: boolean;
  readonly serdes: AnySerdes;
  readonly callbackDeserializer: AnySerdesDeserializer | undefined;
}

interface ContextPlace {
  readonly parent?: Context;
  /** The operation that the context is; the handler's own context is none. */
  readonly claim?: Claim;
  /** It has no stored operation of its own. */
  readonly isVirtual?: boolean;
  readonly mode: Mode;
  /** How many levels of contexts below keep their operations; see DurableExecutionConfig.pluginsConfig. */
  readonly keepDepth: number;
}

/** A durable context: the handler's own, or that of a child. */
export class Context implements DurableContext, OpenBranch {
  readonly execution: Execution;
  readonly executionContext: { readonly durableExecutionArn: string };
  readonly scope: Scope;
  /** The stored context that operations made here belong to. */
  readonly parentId: string | undefined;
  readonly keepDepth: number;
  mode: Mode;
  settings: Settings;
  /** The body has ended: what it left running no longer counts. */
  finished = false;
  /** What is to be undone when the body fails. */
  readonly undos = new Undos();
  readonly parent: Context | undefined;
  /** Such as "2-1"; empty for the handler's own context. */
  readonly position: string;
  /** Its body is the SDK's own, and does nothing but await. */
  isCombinator = false;
  #counter = 0;
  #logger: DurableContextLogger<DurableLogger> | undefined;
  #promise: DurablePromiseCombinators | undefined;

  constructor(execution: Execution, place: ContextPlace, logger: DurableLogger) {
    const { parent, claim, isVirtual, mode, keepDepth } = place;
    this.execution = execution;
    this.executionContext = { durableExecutionArn: execution.arn };
    this.parent = parent;
    this.position = claim?.position ?? "";
    this.parentId = isVirtual ? parent?.parentId : claim?.id;
    this.keepDepth = keepDepth;
    this.mode = mode;
    this.settings = parent
      ? parent.settings
      : { logger, modeAware: true, serdes: defaultSerdes, callbackDeserializer: undefined };
    const context = this;
    this.scope = {
      context,
      operationId: claim?.id,
      operationName: claim?.asked.name,
      get replaying() {
        return context.mode !== "execution";
      },
    };
  }

  /**
   * Takes the next position for an operation. Undefined when the operation must not go on: the invocation is ending
   * because of it, or it was left behind when the context that is being made again completed. `key` stands for the
   * position of an operation that has no place among the handler's calls.
   */
  claim(method: string, asked: Asked, isVirtual = false, key?: string): Claim | undefined {
    if (this.#isMisused(method)) return undefined;
    const position = this.#positionOf(key ?? ++this.#counter);
    const claim = new Claim(this, asked, position, operationId(position));
    const { stored } = claim;
    const error = stored && mismatch(position, stored, asked, this[method as keyof this]);
    if (error) {
      this.execution.end({ kind: "failed", error });
      return undefined;
    }
    if (this.mode === "rebuild") return isVirtual || isTerminal(stored?.Status) ? claim : undefined;
    if (this.mode === "replay" && !(stored ? isTerminal(stored.Status) : this.#isStored(position))) {
      this.mode = "execution";
    }
    return claim;
  }

  /** Passes over the next position, for a batch item that is not made again. */
  skip(): void {
    this.#counter++;
  }

  /** A stored operation that something outside completed was the last one known: what follows is new. */
  passedReplayedOutcome(): void {
    if (this.mode === "replay" && !this.#isStored(this.#positionOf(this.#counter + 1)))
      this.mode = "execution";
  }

  #positionOf(place: number | string): string {
    return this.position === "" ? `${place}` : `${this.position}-${place}`;
  }

  /** Whether a method is called on a context that must not be used there, which fails the execution. */
  #isMisused(method: string): boolean {
    const error = contextMisuse(this, method);
    if (error) this.execution.end({ kind: "failed", error });
    return error !== undefined;
  }

  /** Whether anything is stored at a position, or right below it when the operation there is a virtual context. */
  #isStored(position: string): boolean {
    const { operations } = this.execution;
    return operations.has(operationId(position)) || operations.has(operationId(`${position}-1`));
  }

  /** Runs what the context is for. */
  runBody<T>(body: (context: Context) => Promise<T>): Promise<T> {
    const { suspension } = this.execution;
    suspension.opened(this);
    const closed = (): void => suspension.closed(this);
    try {
      // Made a promise once: a body may return a query, say, that runs each time somebody asks for its outcome.
      const outcome = Promise.resolve(runInScope(this.scope, () => body(this)));
      outcome.then(closed, closed);
      return outcome;
    } catch (error) {
      closed();
      throw error;
    }
  }

  /** Runs what the context is for, and its undo steps when that fails. */
  run<T>(body: (context: Context) => Promise<T>): Promise<T> {
    return compensating(this, () => this.runBody(body));
  }

  /** A child's context, with this one's settings. */
  child(claim: Claim, place: { isVirtual: boolean; mode: Mode; keepDepth: number }): Context {
    return new Context(this.execution, { parent: this, claim, ...place }, this.settings.logger);
  }

  get abandoned(): boolean {
    return this.finished || (this.parent?.abandoned ?? false);
  }

  get lambdaContext(): LambdaContext {
    return this.execution.lambdaContext;
  }

  get logger(): DurableContextLogger<DurableLogger> {
    this.#logger ??= contextLogger(
      this.settings.logger,
      () => !this.settings.modeAware || !currentScope()?.replaying,
    );
    return this.#logger;
  }

  configureLogger(config: LoggerConfig<DurableLogger>): void {
    const { customLogger, modeAware } = config;
    if (customLogger !== undefined) {
      customLogger.configureDurableLoggingContext?.({ getDurableLogData: () => logData(this.execution) });
      this.settings = { ...this.settings, logger: customLogger };
      this.#logger = undefined;
    }
    if (modeAware !== undefined) this.settings = { ...this.settings, modeAware };
  }

  configureSerdes(config: SerdesConfig): void {
    this.settings = {
      ...this.settings,
      serdes: config.defaultSerdes ?? this.settings.serdes,
      callbackDeserializer: config.defaultCallbackDeserializer ?? this.settings.callbackDeserializer,
    };
  }

  get promise(): DurablePromiseCombinators {
    this.#promise ??= combinators(this);
    return this.#promise;
  }

  // biome-ignore-start lint/suspicious/noExplicitAny: DurableContext states the types; the operations sort the arguments.
  step(...args: any[]): DurablePromise<any> {
    return step(this, args);
  }
  invoke(...args: any[]): DurablePromise<any> {
    return invoke(this, args);
  }
  runInChildContext(...args: any[]): DurablePromise<any> {
    return runInChildContext(this, args);
  }
  wait(nameOrDuration: string | Duration, duration?: Duration): DurablePromise<void> {
    return wait(this, nameOrDuration, duration);
  }
  waitForCondition(...args: any[]): DurablePromise<any> {
    return waitForCondition(this, args);
  }
  createCallback(...args: any[]): DurablePromise<any> {
    return createCallback(this, args);
  }
  waitForCallback(...args: any[]): DurablePromise<any> {
    return waitForCallback(this, args);
  }
  map(...args: any[]): DurablePromise<any> {
    return map(this, args);
  }
  parallel(...args: any[]): DurablePromise<any> {
    return parallel(this, args);
  }
  compensate(...args: any[]): void {
    if (!this.#isMisused("compensate")) this.undos.add(this.position, args);
  }
  // biome-ignore-end lint/suspicious/noExplicitAny: DurableContext states the types; the operations sort the arguments.
  now(): DurablePromise<number> {
    return recordedNow(this);
  }
  random(): DurablePromise<number> {
    return recordedRandom(this);
  }
  uuid(): DurablePromise<string> {
    return recordedUuid(this);
  }
}
