import {
  caught,
  fail,
  failingUntil,
  fixed,
  LARGE,
  once,
  type Scenario,
  scenario,
  turns,
} from "./scenario.ts";

/** Steps: results, retries, errors, interruptions. */
export const STEPS: Record<string, Scenario> = {
  "steps that depend on each other": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (event: { n: number }, context) => {
        const a = await context.step("a", async () => event.n + 1);
        const b = await context.step(async () => ({ a, at: new Date(0) }));
        const c = await context.step("none", async () => undefined);
        const d = await context.step("null", async () => null);
        return { a, b, c: c === undefined, d };
      }),
    options: { input: { n: 1 } },
  },
  "a step that is retried": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) =>
        context.step("flaky", failingUntil(3), { retryStrategy: fixed(7, 3) }),
      ),
  },
  "a step that fails for good": {
    handler: ({ withDurableExecution, retryPresets }) =>
      withDurableExecution(async (_event, context) => {
        const first = await caught(
          context.step("fails", failingUntil(9), { retryStrategy: retryPresets.noRetry }),
        );
        await context.wait({ seconds: 1 });
        await context.step("again", failingUntil(9), { retryStrategy: fixed(1, 2) });
        return first;
      }),
  },
  "caught errors are the same on replay": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const none = { retryStrategy: fixed(1, 1) };
        const seen = [
          await caught(context.step("type", async () => Promise.reject(new RangeError("r")), none)),
          await caught(context.step("plain", async () => Promise.reject({ name: "N", message: "m" }), none)),
          await caught(
            context.runInChildContext("child", async (child) => {
              await child.runInChildContext("grandchild", async (inner) =>
                inner.step("deep", failingUntil(2), none),
              );
            }),
          ),
        ];
        await context.wait("pause", { minutes: 5 });
        return seen;
      }),
  },
  "at most once": {
    handler: ({ withDurableExecution, StepSemantics }) =>
      withDurableExecution(async (_event, context) =>
        context.step("charge", failingUntil(2), {
          semantics: StepSemantics.AtMostOncePerRetry,
          retryStrategy: fixed(3, 3),
        }),
      ),
    crashCounts: true,
  },
  "a step with a serdes of its own": scenario(async (context) => {
    const serdes = {
      serialize: async (value: number | undefined) => `<${value}>`,
      deserialize: async (data: string | undefined) => Number(data?.slice(1, -1)),
    };
    const value = await context.step("seven", async () => 7, { serdes });
    await context.wait({ seconds: 1 });
    return value;
  }),
  "results that JSON changes": scenario(async (context) => {
    const odd = { none: undefined, not: Number.NaN, at: new Date(0), list: [undefined, -0] };
    const seen = await context.step("odd", async () => odd);
    await context.wait({ seconds: 1 });
    return [typeof seen.at, "none" in seen, seen];
  }),
  "a step with a large result": scenario(async (context) => {
    const large = await context.step("large", async () => LARGE);
    await context.wait({ seconds: 1 });
    return large.length;
  }),
  "a retry without a delay": scenario(async (context) =>
    context.step("flaky", failingUntil(2), { retryStrategy: () => ({ shouldRetry: true }) }),
  ),
  "errors that are worth a retry, and others": scenario(async (context, { createRetryStrategy }) => {
    const texts = createRetryStrategy({ retryableErrors: ["busy", /^it/], jitter: "NONE" });
    const types = createRetryStrategy({ retryableErrorTypes: [TypeError], maxAttempts: 2, jitter: "NONE" });
    const seen = [
      await caught(context.step("text", fail, { retryStrategy: texts })),
      await caught(context.step("other text", failingUntil(9), { retryStrategy: texts })),
      await caught(context.step("type", failingUntil(9), { retryStrategy: types })),
      await caught(context.step("other type", fail, { retryStrategy: types })),
    ];
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "delays that grow up to a limit": scenario(async (context, sdk) => {
    const settings = { jitter: "NONE", maxAttempts: 4, maxDelay: { seconds: 10 } } as const;
    const powers = sdk.createRetryStrategy({ ...settings, initialDelay: { seconds: 3 }, backoffRate: 3 });
    const lines = sdk.createLinearRetryStrategy({
      ...settings,
      initialDelay: { seconds: 4 },
      increment: { seconds: 4 },
    });
    const first = await context.step("powers", failingUntil(4), { retryStrategy: powers });
    return [first, await context.step("lines", failingUntil(4), { retryStrategy: lines })];
  }),
  "a step that needs all attempts of the linear preset": scenario(async (context, { retryPresets }) =>
    context.step("last", failingUntil(6), { retryStrategy: retryPresets.linear }),
  ),
  "errors of one's own classes, with data": scenario(async (context, { StepError }) => {
    class PaymentError extends Error {
      override name = "PaymentError";
      readonly code = 402;
    }
    const declined = async () => {
      throw new PaymentError("declined", { cause: new Error("no money") });
    };
    const withData = async () => {
      throw new StepError("declined", new Error("no money"), '{"code":402}');
    };
    const seen = [
      await caught(context.step("class", declined, once)),
      await caught(context.step("data", withData, once)),
    ];
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "an error of a step that nobody catches": scenario(async (context) => {
    await context.step("fails", fail, once);
  }),
  "a step that runs at least once, interrupted": scenario(
    async (context) =>
      context.step("slow", async ({ attempt }) => {
        await turns();
        return attempt;
      }),
    { crash: { atCheckpoint: 1, stored: true } },
  ),
  "a step that runs at most once, interrupted": {
    ...scenario(
      async (context) => {
        const semantics = "AT_MOST_ONCE_PER_RETRY";
        const seen = await caught(context.step("charge", async () => 1, { semantics, ...once }));
        await context.wait({ seconds: 1 });
        return seen;
      },
      { crash: { atCheckpoint: 1, stored: true } },
    ),
    crashCounts: true,
  },
  "a step that runs at most once per retry, interrupted": {
    ...scenario(
      async (context) =>
        context.step("charge", async ({ attempt }) => attempt, {
          semantics: "AT_MOST_ONCE_PER_RETRY",
          retryStrategy: fixed(3, 2),
        }),
      { crash: { atCheckpoint: 1, stored: true } },
    ),
    crashCounts: true,
  },
};
