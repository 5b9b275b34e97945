import { type Duration, durationToSeconds } from "./duration.ts";
import { type JitterStrategy, jittered } from "./retry.ts";
import type { WaitForConditionDecision, WaitProgress } from "./types/operations.ts";

export interface WaitStrategyConfig<T> {
  shouldContinuePolling: (result: T) => boolean;
  /** Checks in all. @defaultValue 60 */
  maxAttempts?: number;
  /** @defaultValue 5 seconds */
  initialDelay?: Duration;
  /** @defaultValue 5 minutes */
  maxDelay?: Duration;
  /** @defaultValue 1.5 */
  backoffRate?: number;
  /** @defaultValue FULL */
  jitter?: JitterStrategy;
  /** Give up when the condition is not met this long after the first check; the last check is made at that moment. */
  timeoutSeconds?: number;
}

/**
 * A wait strategy for waitForCondition: polls with growing delays, and throws when the attempts or the time are used
 * up, which fails the operation.
 */
export function createWaitStrategy<T>(
  config: WaitStrategyConfig<T>,
): (result: T, attemptsMade: number, progress?: WaitProgress) => WaitForConditionDecision {
  const {
    maxAttempts = 60,
    initialDelay = { seconds: 5 },
    maxDelay = { minutes: 5 },
    backoffRate = 1.5,
  } = config;
  const { timeoutSeconds = Number.POSITIVE_INFINITY } = config;
  return (result, attemptsMade, progress) => {
    if (!config.shouldContinuePolling(result)) return { shouldContinue: false };
    if (attemptsMade >= maxAttempts)
      throw new Error(`waitForCondition exceeded maximum attempts (${maxAttempts})`);
    const secondsLeft = timeoutSeconds - (progress?.elapsedMs ?? 0) / 1000;
    if (secondsLeft <= 0)
      throw new Error(`waitForCondition exceeded its timeout (${timeoutSeconds} seconds)`);
    const delay = Math.min(
      durationToSeconds(initialDelay) * backoffRate ** (attemptsMade - 1),
      durationToSeconds(maxDelay),
    );
    const seconds = Math.min(jittered(delay, config.jitter), Math.max(1, Math.ceil(secondsLeft)));
    return { shouldContinue: true, delay: { seconds } };
  };
}
