import { caught, fail, type Scenario, scenario } from "./scenario.ts";

/** waitForCondition: states and strategies. */
export const WAIT_FOR_CONDITION: Record<string, Scenario> = {
  waitForCondition: {
    handler: ({ withDurableExecution, createWaitStrategy, JitterStrategy }) =>
      withDurableExecution(async (_event, context) =>
        context.waitForCondition("ready", async (state: { n: number }) => ({ n: state.n + 1 }), {
          initialState: { n: 0 },
          waitStrategy: createWaitStrategy({
            shouldContinuePolling: (state: { n: number }) => state.n < 3,
            jitter: JitterStrategy.NONE,
          }),
        }),
      ),
  },
  "waitForCondition that fails": {
    handler: ({ withDurableExecution, createWaitStrategy, JitterStrategy }) =>
      withDurableExecution(async (_event, context) => {
        const thrown = await caught(
          context.waitForCondition(async () => Promise.reject(new Error("check failed")), {
            initialState: 1,
            waitStrategy: () => ({ shouldContinue: false }),
          }),
        );
        const exhausted = await caught(
          context.waitForCondition("never", async (state: number) => state + 1, {
            initialState: 0,
            waitStrategy: createWaitStrategy({
              shouldContinuePolling: () => true,
              maxAttempts: 2,
              jitter: JitterStrategy.NONE,
            }),
          }),
        );
        await context.wait({ seconds: 1 });
        return [thrown, exhausted];
      }),
  },
  "a condition that is met at the first check": scenario(async (context) => {
    const met = await context.waitForCondition("met", async (n: number) => n, {
      initialState: 0,
      waitStrategy: () => ({ shouldContinue: false }),
    });
    await context.wait({ seconds: 1 });
    return met;
  }),
  "a condition whose delays grow up to a limit": scenario(async (context, { createWaitStrategy }) =>
    context.waitForCondition("doubled", async (n: number) => n * 2, {
      initialState: 1,
      waitStrategy: createWaitStrategy({
        shouldContinuePolling: (n: number) => n < 60,
        initialDelay: { seconds: 3 },
        maxDelay: { seconds: 10 },
        backoffRate: 2,
        jitter: "NONE",
      }),
    }),
  ),
  "a condition with a serdes of its own": scenario(async (context) => {
    const state = await context.waitForCondition(
      "typed",
      async ({ at }: { at: Date }, { attempt }) => ({ at: new Date(at.getTime() + attempt) }),
      {
        initialState: { at: new Date(0) },
        waitStrategy: ({ at }) =>
          at.getTime() < 6 ? { shouldContinue: true, delay: { seconds: 2 } } : { shouldContinue: false },
        serdes: {
          serialize: async (value) => String(value?.at.getTime()),
          deserialize: async (data) => ({ at: new Date(Number(data)) }),
        },
      },
    );
    return state.at.getTime();
  }),
  "a condition whose state is nothing at times": scenario(async (context) =>
    context.waitForCondition(
      async (state: number | null | undefined) => (state === null ? undefined : (state ?? 0) + 1),
      {
        initialState: null,
        waitStrategy: (_state, attempt) =>
          attempt < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      },
    ),
  ),
  "a check that fails later": scenario(async (context) =>
    context.waitForCondition("later", async (n: number) => (n > 0 ? fail() : n + 1), {
      initialState: 0,
      waitStrategy: () => ({ shouldContinue: true, delay: { seconds: 1 } }),
    }),
  ),
  "conditions one after the other, in a child context": scenario(async (context) =>
    context.runInChildContext("polling", async (child) => {
      const until = (most: number) => (n: number) =>
        n < most ? { shouldContinue: true, delay: { seconds: 1 } } : ({ shouldContinue: false } as const);
      const next = async (n: number) => n + 1;
      const first = await child.waitForCondition("first", next, { initialState: 0, waitStrategy: until(2) });
      return child.waitForCondition("second", next, { initialState: first, waitStrategy: until(4) });
    }),
  ),
  "a condition without its settings": scenario(async (context) => {
    const wait = context.waitForCondition.bind(context) as (...args: unknown[]) => Promise<unknown>;
    const strategy = { waitStrategy: () => ({ shouldContinue: false }) };
    return [
      await caught((async () => wait("no settings", async () => 1))()),
      await caught((async () => wait(async () => 1, strategy))()),
    ];
  }),
};
