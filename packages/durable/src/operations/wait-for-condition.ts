import type { Claim } from "../claim.ts";
import type { Context } from "../context.ts";
import { DurablePromise, neverDurable } from "../durable-promise.ts";
import { durationToSeconds } from "../duration.ts";
import { toErrorObject } from "../error-object.ts";
import { DurableOperationError } from "../errors.ts";
import { toMs } from "../operation-info.ts";
import type { AnySerdes } from "../serdes.ts";
import type { WaitForConditionCheckFunc, WaitForConditionConfig } from "../types/operations.ts";
import { splitName } from "./arguments.ts";
import { Attempts } from "./attempts.ts";

/** `context.waitForCondition`: a STEP whose attempts are checks; a retry stores the state for the next check. */
export function waitForCondition(context: Context, args: unknown[]): DurablePromise<unknown> {
  const [name, [check, config]] = splitName(args);
  if (!config?.waitStrategy || config.initialState === undefined) {
    throw new Error("waitForCondition requires config with waitStrategy and initialState");
  }
  const claim = context.claim("waitForCondition", { type: "STEP", subType: "WaitForCondition", name });
  if (!claim) return neverDurable();
  const attempts = new Attempts(claim);
  const outcome = runChecks(claim, attempts, check, config);
  outcome.catch(() => {}); // It is reported to whoever awaits the operation, not as an unhandled rejection.
  return new DurablePromise(() => outcome, attempts);
}

async function runChecks<T>(
  claim: Claim,
  attempts: Attempts,
  check: WaitForConditionCheckFunc<T>,
  config: WaitForConditionConfig<T>,
): Promise<T> {
  const serdes = config.serdes ?? claim.context.settings.serdes;
  const { stored } = claim;
  if (stored?.Status === "SUCCEEDED") return claim.deserialize(serdes, stored.StepDetails?.Result);
  if (stored?.Status === "FAILED") {
    throw DurableOperationError.fromErrorObject(
      stored.StepDetails?.Error ?? {
        ErrorType: "WaitForConditionError",
        ErrorMessage: "waitForCondition failed",
      },
    );
  }
  if (stored?.Status === "PENDING") await attempts.untilDue();
  return await poll(claim, attempts, check, config, serdes);
}

async function poll<T>(
  claim: Claim,
  attempts: Attempts,
  check: WaitForConditionCheckFunc<T>,
  config: WaitForConditionConfig<T>,
  serdes: AnySerdes,
): Promise<T> {
  const { settings, execution } = claim.context;
  const firstStartMs = execution.nowMs();
  for (;;) {
    const known = claim.stored;
    const isFound = known?.Status === "STARTED";
    const data = known?.StepDetails?.Result;
    const state: T = data ? await claim.deserialize(serdes, data) : config.initialState;
    if (!isFound) claim.enqueue(claim.update("START"));
    await attempts.started(isFound);
    const attempt = attempts.number;
    let update = claim.update("SUCCEED");
    let newState: T;
    try {
      await attempts.begin(attempt);
      const result = await attempts.run(attempt, () => check(state, { logger: settings.logger, attempt }));
      attempts.end();
      const newData = await claim.serialize(serdes, result);
      newState = await claim.deserialize(serdes, newData);
      const decision = config.waitStrategy(newState, attempt, { elapsedMs: elapsedMs(claim, firstStartMs) });
      if (decision.shouldContinue) {
        update = claim.update("RETRY");
        update.StepOptions = { NextAttemptDelaySeconds: durationToSeconds(decision.delay) };
      }
      if (newData !== undefined) update.Payload = newData;
    } catch (error) {
      attempts.end();
      const failure = claim.update("FAIL");
      failure.Error = toErrorObject(error);
      await attempts.conclude(failure, true, { error });
      throw DurableOperationError.fromErrorObject(failure.Error);
    }
    await attempts.conclude(update, update.Action === "SUCCEED");
    if (update.Action === "SUCCEED") return newState;
    await attempts.untilDue();
  }
}

/** How long the operation has been going on. */
function elapsedMs({ stored, context }: Claim, firstStartMs: number): number {
  return context.execution.nowMs() - (toMs(stored?.StartTimestamp) ?? firstStartMs);
}
