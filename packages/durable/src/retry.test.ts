import { describe, expect, test, vi } from "vitest";
import { durationToSeconds } from "./duration.ts";
import { createLinearRetryStrategy, createRetryStrategy, JitterStrategy, retryPresets } from "./retry.ts";
import type { RetryStrategy } from "./types/operations.ts";
import { createWaitStrategy } from "./wait-strategy.ts";

const error = new Error("connection reset");

/** The delays in seconds that a strategy gives until it gives up. */
function delays(strategy: RetryStrategy): number[] {
  const seconds: number[] = [];
  for (let attempt = 1; ; attempt++) {
    const { shouldRetry, delay } = strategy(error, attempt);
    if (!shouldRetry) return seconds;
    seconds.push(durationToSeconds(delay!));
  }
}

describe("A retry strategy", () => {
  test("doubles its delays up to a limit, and gives up after so many attempts", () => {
    const config = { maxAttempts: 6, maxDelay: { seconds: 30 }, jitter: JitterStrategy.NONE };
    expect(delays(createRetryStrategy(config))).toEqual([5, 10, 20, 30, 30]);
    expect(
      delays(createRetryStrategy({ jitter: "NONE", initialDelay: { minutes: 1 }, backoffRate: 3 })),
    ).toEqual([60, 180]);
  });

  test("grows by the same span when it is linear", () => {
    expect(delays(retryPresets.linear)).toEqual([1, 2, 3, 4, 5]);
    const config = {
      maxAttempts: 4,
      initialDelay: { seconds: 10 },
      increment: { seconds: 20 },
      jitter: JitterStrategy.NONE,
    };
    expect(delays(createLinearRetryStrategy(config))).toEqual([10, 30, 50]);
  });

  test("spreads its delays, but never below a second", () => {
    const random = vi.spyOn(Math, "random");
    random.mockReturnValue(0);
    expect(delays(createRetryStrategy({ jitter: "FULL" }))).toEqual([1, 1]);
    expect(delays(createRetryStrategy({ jitter: "HALF" }))).toEqual([3, 5]);
    random.mockReturnValue(0.5);
    expect(delays(createRetryStrategy())).toEqual([3, 5]);
    random.mockRestore();
  });

  test("retries only the errors that are asked for", () => {
    const shouldRetry = (config: object, e: Error) => createRetryStrategy(config)(e, 1).shouldRetry;
    expect(shouldRetry({ retryableErrors: ["reset"] }, error)).toBe(true);
    expect(shouldRetry({ retryableErrors: [/RESET/] }, error)).toBe(false);
    expect(shouldRetry({ retryableErrorTypes: [RangeError] }, error)).toBe(false);
    expect(shouldRetry({ retryableErrorTypes: [RangeError], retryableErrors: [/reset/g] }, error)).toBe(true);
    expect(shouldRetry({ retryableErrorTypes: [RangeError] }, new RangeError("x"))).toBe(true);
    const global = { retryableErrors: [/reset/g] };
    expect([shouldRetry(global, error), shouldRetry(global, error)]).toEqual([true, true]);
  });

  test("never retries with the preset for that", () => {
    expect(delays(retryPresets.noRetry)).toEqual([]);
    expect(delays(retryPresets.default)).toHaveLength(5);
  });
});

describe("A wait strategy", () => {
  const base = { shouldContinuePolling: (n: number) => n < 3, jitter: JitterStrategy.NONE };

  test("polls with growing delays until the condition is met", () => {
    const strategy = createWaitStrategy(base);
    expect(strategy(1, 1)).toEqual({ shouldContinue: true, delay: { seconds: 5 } });
    expect(strategy(1, 3)).toEqual({ shouldContinue: true, delay: { seconds: 11 } });
    expect(strategy(3, 4)).toEqual({ shouldContinue: false });
  });

  test("gives up when its attempts are used up", () => {
    expect(() => createWaitStrategy({ ...base, maxAttempts: 2 })(1, 2)).toThrow(
      "exceeded maximum attempts (2)",
    );
  });

  test("gives up when its time is over, and checks a last time at that moment", () => {
    const strategy = createWaitStrategy({ ...base, timeoutSeconds: 12 });
    expect(strategy(1, 2, { elapsedMs: 9000 })).toEqual({ shouldContinue: true, delay: { seconds: 3 } });
    expect(() => strategy(1, 3, { elapsedMs: 12_000 })).toThrow("exceeded its timeout (12 seconds)");
    expect(strategy(3, 3, { elapsedMs: 12_000 })).toEqual({ shouldContinue: false });
  });
});
