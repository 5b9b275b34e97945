import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";
import { afterEach, expect, test, vi } from "vitest";

type Sdk = typeof ours;
type Strategy = (error: Error, attemptsMade: number) => unknown;

const STRATEGIES: Record<string, (sdk: Sdk) => Strategy> = {
  "the default preset": ({ retryPresets }) => retryPresets.default,
  "the linear preset": ({ retryPresets }) => retryPresets.linear,
  "the preset without retries": ({ retryPresets }) => retryPresets.noRetry,
  "an exponential strategy's defaults": ({ createRetryStrategy }) => createRetryStrategy(),
  "a linear strategy's defaults": ({ createLinearRetryStrategy }) => createLinearRetryStrategy(),
  "full jitter": ({ createRetryStrategy }) =>
    createRetryStrategy({
      maxAttempts: 9,
      initialDelay: { seconds: 2 },
      maxDelay: { minutes: 1 },
      jitter: "FULL",
    }),
  "half jitter": ({ createRetryStrategy }) =>
    createRetryStrategy({ maxAttempts: 9, backoffRate: 1.7, jitter: "HALF" }),
  "linear, half jitter": ({ createLinearRetryStrategy }) =>
    createLinearRetryStrategy({ maxAttempts: 9, increment: { seconds: 90 }, jitter: "HALF" }),
  "a wait strategy's defaults": ({ createWaitStrategy }) =>
    waiting(createWaitStrategy({ shouldContinuePolling })),
  "a wait strategy with half jitter and a limit": ({ createWaitStrategy }) =>
    waiting(
      createWaitStrategy({
        shouldContinuePolling,
        maxAttempts: 7,
        maxDelay: { seconds: 20 },
        jitter: "HALF",
      }),
    ),
};

const shouldContinuePolling = () => true;

/** A wait strategy as a retry strategy; what it throws is its decision. */
const waiting =
  (strategy: (result: unknown, attemptsMade: number) => unknown): Strategy =>
  (_error, attemptsMade) => {
    try {
      return strategy(undefined, attemptsMade);
    } catch (error) {
      return (error as Error).message;
    }
  };

afterEach(() => vi.restoreAllMocks());

test.each(Object.entries(STRATEGIES))("Both SDKs decide alike by %s", (_name, strategyOf) => {
  const [own, theirs] = [ours, aws as unknown as Sdk].map((sdk) => {
    const strategy = strategyOf(sdk);
    return [0, 0.3, 0.5, 0.999].map((chance) => {
      vi.spyOn(Math, "random").mockReturnValue(chance);
      return Array.from({ length: 10 }, (_, made) => strategy(new Error("busy"), made + 1));
    });
  });
  expect(own).toEqual(theirs);
});
