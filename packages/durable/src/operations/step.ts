import { hash } from "node:crypto";
import type { Claim } from "../claim.ts";
import type { Context } from "../context.ts";
import { DurablePromise, neverDurable } from "../durable-promise.ts";
import { type Duration, durationToSeconds } from "../duration.ts";
import { toError, toErrorObject } from "../error-object.ts";
import { DurableOperationError, StepInterruptedError, StepTimeoutError } from "../errors.ts";
import { retryPresets } from "../retry.ts";
import { after } from "../timers.ts";
import type { DurableLogger } from "../types/logger.ts";
import type { StepConfig, StepContext, StepFunc } from "../types/operations.ts";
import type { StandardSchema } from "../types/schema.ts";
import { validatedResult } from "../validation.ts";
import { splitName } from "./arguments.ts";
import { Attempts } from "./attempts.ts";

type AnyStepConfig<T> = StepConfig<T> & { readonly schema?: StandardSchema<unknown, T> };

/** `context.step`. `label` names it for plugins when it has no name on the wire. */
export function step(context: Context, args: unknown[], label?: string): DurablePromise<unknown> {
  const [name, [fn, config = {}]] = splitName(args);
  return claimedStep(context.claim("step", { type: "STEP", subType: "Step", name }), fn, config, label);
}

/** Runs a step at the place that was claimed for it. */
export function claimedStep<T>(
  claim: Claim | undefined,
  fn: StepFunc<T>,
  config: AnyStepConfig<T>,
  label?: string,
): DurablePromise<T> {
  if (!claim) return neverDurable();
  const attempts = new Attempts(claim, label);
  const outcome = runStep(claim, attempts, fn, config);
  outcome.catch(() => {}); // It is reported to whoever awaits the step, not as an unhandled rejection.
  return new DurablePromise(() => outcome, attempts);
}

async function runStep<T>(
  claim: Claim,
  attempts: Attempts,
  fn: StepFunc<T>,
  config: AnyStepConfig<T>,
): Promise<T> {
  const { settings } = claim.context;
  const serdes = config.serdes ?? settings.serdes;
  const countsCrashes =
    config.semantics === "AT_MOST_ONCE_PER_RETRY" || config.retryStrategy?.countsCrashes === true;
  const { stored } = claim;
  if (stored?.Status === "SUCCEEDED") return claim.deserialize(serdes, stored.StepDetails?.Result);
  if (stored?.Status === "FAILED") {
    throw DurableOperationError.fromErrorObject(stored.StepDetails?.Error ?? { ErrorType: "StepError" });
  }
  if (stored?.Status === "PENDING") await attempts.untilDue();
  if (stored?.Status === "STARTED" && countsCrashes) {
    await afterFailure(attempts, config, new StepInterruptedError(claim.position, claim.asked.name));
  }
  for (;;) {
    const isFound = claim.stored?.Status === "STARTED";
    if (!isFound) {
      const start = claim.update("START");
      // Unless crashes count the body need not wait until its start is stored, so a quick step is one checkpoint in all.
      if (countsCrashes) await claim.commit(start);
      else claim.enqueue(start);
    }
    await attempts.started(isFound);
    const attempt = attempts.number;
    let result: T;
    try {
      const stepContext = new StepContextOf(claim, attempt, settings.logger);
      await attempts.begin(attempt);
      result = await attempts.run(attempt, () => withinTimeout(config.timeout, stepContext, fn));
      if (config.schema) result = await validatedResult(config.schema, result, "step", claim.asked.name);
    } catch (error) {
      attempts.end();
      await afterFailure(attempts, config, error);
      continue;
    }
    attempts.end();
    const update = claim.update("SUCCEED");
    const data = await claim.serialize(serdes, result);
    if (data !== undefined) update.Payload = data;
    await attempts.conclude(update, true);
    return claim.deserialize(serdes, data);
  }
}

/** Stores a failed attempt. Returns when the next one is due; throws when there is none. */
async function afterFailure<T>(attempts: Attempts, config: StepConfig<T>, error: unknown): Promise<void> {
  const { claim, number: attempt } = attempts;
  const reason = toError(error);
  const decision = config.retryStrategy?.(reason, attempt) ?? retryPresets.default(reason, attempt);
  const update = claim.update(decision.shouldRetry ? "RETRY" : "FAIL");
  update.Error = toErrorObject(error);
  if (!decision.shouldRetry) {
    await attempts.conclude(update, true, { error });
    throw DurableOperationError.fromErrorObject(update.Error);
  }
  update.StepOptions = { NextAttemptDelaySeconds: decision.delay ? durationToSeconds(decision.delay) : 1 };
  await attempts.conclude(update, false, { error });
  await attempts.untilDue();
}

class StepContextOf implements StepContext {
  readonly attempt: number;
  readonly logger: DurableLogger;
  readonly #claim: Claim;
  #abort: AbortController | undefined;

  constructor(claim: Claim, attempt: number, logger: DurableLogger) {
    this.#claim = claim;
    this.attempt = attempt;
    this.logger = logger;
  }

  get idempotencyKey(): string {
    return hash("md5", `${this.#claim.context.execution.arn}#${this.#claim.id}`);
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  get stepName(): string | undefined {
    return this.#claim.asked.name;
  }
}

function withinTimeout<T>(
  timeout: Duration | undefined,
  context: StepContextOf,
  fn: StepFunc<T>,
): Promise<T> {
  if (!timeout) return fn(context);
  const seconds = durationToSeconds(timeout);
  return new Promise((resolve, reject) => {
    const cancel = after(seconds * 1000, () => {
      const error = new StepTimeoutError(context.stepName, seconds);
      context.abort(error);
      reject(error);
    });
    // A body may throw before it returns a promise: that too has to take the timer back.
    const body = async (): Promise<T> => fn(context);
    void body().then(resolve, reject).finally(cancel);
  });
}
