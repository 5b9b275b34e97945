import { type Duration, durationToSeconds } from "./duration.ts";
import { StepInterruptedError } from "./errors.ts";
import { random } from "./timers.ts";
import type { RetryStrategy } from "./types/operations.ts";

/** How delays are spread, so that many that failed together do not come back together. */
export const JitterStrategy = {
  /** The delay as computed. */
  NONE: "NONE",
  /** Anything from nothing to the delay. */
  FULL: "FULL",
  /** Anything from half the delay to the delay. */
  HALF: "HALF",
} as const;
export type JitterStrategy = (typeof JitterStrategy)[keyof typeof JitterStrategy];

// biome-ignore lint/suspicious/noExplicitAny: only `instanceof` is asked of the class.
type ErrorType = abstract new (...args: any[]) => Error;

interface CommonRetryConfig {
  /** Attempts in all, the first included. */
  maxAttempts?: number;
  /** @defaultValue 5 minutes */
  maxDelay?: Duration;
  /** @defaultValue FULL */
  jitter?: JitterStrategy;
  /** Retry only errors whose message contains, or matches, one of these. */
  retryableErrors?: (string | RegExp)[];
  /** Retry only instances of these. With `retryableErrors` given too, either is enough. */
  retryableErrorTypes?: ErrorType[];
  /**
   * An attempt whose invocation was lost counts as a failed one, which may be retried whatever `retryableErrors` says;
   * see RetryStrategy. @defaultValue false: it is repeated without counting
   */
  countCrashes?: boolean;
}

export interface RetryStrategyConfig extends CommonRetryConfig {
  /** @defaultValue 5 seconds */
  initialDelay?: Duration;
  /** What each delay is multiplied with for the next. @defaultValue 2 */
  backoffRate?: number;
}

export interface LinearRetryStrategyConfig extends CommonRetryConfig {
  /** @defaultValue 1 second */
  initialDelay?: Duration;
  /** What is added to each delay for the next. @defaultValue 1 second */
  increment?: Duration;
}

/** Retries with delays that grow by a factor; 3 attempts unless said otherwise. Delays are whole seconds, at least 1. */
export function createRetryStrategy(config: RetryStrategyConfig = {}): RetryStrategy {
  const { maxAttempts = 3, initialDelay = { seconds: 5 }, backoffRate = 2 } = config;
  return strategy(config, maxAttempts, (made) => durationToSeconds(initialDelay) * backoffRate ** (made - 1));
}

/** Retries with delays that grow by the same span; 6 attempts unless said otherwise. Delays are whole seconds, at least 1. */
export function createLinearRetryStrategy(config: LinearRetryStrategyConfig = {}): RetryStrategy {
  const { maxAttempts = 6, initialDelay = { seconds: 1 }, increment = { seconds: 1 } } = config;
  return strategy(
    config,
    maxAttempts,
    (made) => durationToSeconds(initialDelay) + durationToSeconds(increment) * (made - 1),
  );
}

function strategy(
  config: CommonRetryConfig,
  maxAttempts: number,
  delaySeconds: (attemptsMade: number) => number,
): RetryStrategy {
  const mostSeconds = durationToSeconds(config.maxDelay ?? { minutes: 5 });
  const { countCrashes = false } = config;
  const decide: RetryStrategy = (error, attemptsMade) => {
    const mayRetry = isRetryable(error, config) || (countCrashes && error instanceof StepInterruptedError);
    if (attemptsMade >= maxAttempts || !mayRetry) return { shouldRetry: false };
    const seconds = jittered(Math.min(delaySeconds(attemptsMade), mostSeconds), config.jitter);
    return { shouldRetry: true, delay: { seconds } };
  };
  return countCrashes ? Object.assign(decide, { countsCrashes: true }) : decide;
}

function isRetryable(error: Error, { retryableErrors, retryableErrorTypes }: CommonRetryConfig): boolean {
  if (!retryableErrors && !retryableErrorTypes) return true;
  const { message } = error;
  return (
    (retryableErrors ?? []).some((p) =>
      typeof p === "string" ? message.includes(p) : message.search(p) >= 0,
    ) || (retryableErrorTypes ?? []).some((type) => error instanceof type)
  );
}

/** A delay in whole seconds, spread as asked; at least 1. */
export function jittered(seconds: number, jitter: JitterStrategy = JitterStrategy.FULL): number {
  const spread =
    jitter === "FULL"
      ? random() * seconds
      : jitter === "HALF"
        ? seconds / 2 + (random() * seconds) / 2
        : seconds;
  return Math.max(1, Math.round(spread));
}

/** Ready-made strategies. */
export const retryPresets = {
  /** 6 attempts, delays from 5 to 60 seconds, doubling, full jitter. Steps without a strategy use it. */
  default: createRetryStrategy({ maxAttempts: 6, maxDelay: { seconds: 60 } }),
  /** 6 attempts, delays of 1, 2, 3, 4 and 5 seconds. */
  linear: createLinearRetryStrategy({ jitter: JitterStrategy.NONE }),
  /** One attempt. */
  noRetry: createRetryStrategy({ maxAttempts: 1 }),
};
