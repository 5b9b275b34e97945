import {
  batch,
  callbackSucceeds,
  caught,
  fail,
  LARGE,
  once,
  raised,
  type Scenario,
  scenario,
} from "./scenario.ts";

/** Parallel branches. */
export const PARALLEL: Record<string, Scenario> = {
  "parallel branches": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.parallel(
          "parallel",
          [
            async (branch) => branch.step("one", async () => 1),
            { name: "named", func: async (branch) => branch.step("two", async () => "2") },
            {
              func: async (branch) => {
                const inner = await branch.parallel([async (b) => b.step("three", async () => true)]);
                return inner.getResults();
              },
            },
          ],
          { maxConcurrency: 1 },
        );
        const unnamed = await context.parallel([async () => "u"]);
        const none = await context.parallel("none", []);
        return [result.getResults(), unnamed.getResults(), none.all];
      }),
  },
  "branches that wait for callbacks": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.parallel("approvals", [
          async (branch) => branch.waitForCallback("first", async () => {}),
          async (branch) => branch.waitForCallback("second", async () => {}),
        ]);
        return result.getResults();
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "a branch that fails while another waits": scenario(async (context) => {
    const result = await context.parallel("parallel", [
      async (branch) => branch.step("fails", fail, once),
      async (branch) => branch.wait("long", { minutes: 1 }),
    ]);
    await context.wait({ seconds: 1 });
    return [batch(result), await raised(result)];
  }),
  "a tolerated failure": scenario(async (context) => {
    const result = await context.parallel(
      "parallel",
      [fail, async (branch) => branch.wait("short", { seconds: 2 }), async () => "last"],
      { completionConfig: { toleratedFailureCount: 1 } },
    );
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "too high a percentage of failures": scenario(async (context) => {
    const result = await context.parallel("parallel", [fail, async () => 1, fail, async () => 2], {
      maxConcurrency: 1,
      completionConfig: { toleratedFailurePercentage: 30 },
    });
    return [batch(result), await raised(result)];
  }),
  "the first branch wins": scenario(async (context) => {
    const result = await context.parallel(
      "race",
      [
        { name: "slow", func: async (branch) => branch.wait({ hours: 1 }) },
        { name: "quick", func: async (branch) => branch.wait({ seconds: 2 }) },
      ],
      { completionConfig: { minSuccessful: 1 } },
    );
    return batch(result);
  }),
  "never enough successes": scenario(async (context) => {
    const result = await context.parallel("parallel", [async () => 1, fail], {
      maxConcurrency: 1,
      completionConfig: { minSuccessful: 2 },
    });
    return batch(result);
  }),
  "flat branches": scenario(async (context, { NestingType }) => {
    const result = await context.parallel(
      "flat",
      [
        async (branch) => branch.wait("pause", { seconds: 2 }),
        { name: "named", func: async (branch) => branch.step("work", async () => 1) },
        async (branch) => branch.step("fails", fail, once),
      ],
      { maxConcurrency: 1, nesting: NestingType.FLAT, completionConfig: { toleratedFailureCount: 1 } },
    );
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "branches whose results are large": scenario(async (context) => {
    const result = await context.parallel(
      "large",
      [
        async () => LARGE,
        async (branch) => {
          await branch.wait({ seconds: 2 });
          return LARGE;
        },
        fail,
      ],
      { completionConfig: { toleratedFailureCount: 1 } },
    );
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a predicate over named branches": scenario(async (context, { completeBatch, continueBatch }) => {
    const branch = (name: string, func: () => Promise<number>) => ({ name, func });
    const result = await context.parallel(
      "quorum",
      [branch("a", async () => 1), branch("b", fail), branch("c", fail)],
      {
        maxConcurrency: 1,
        completionConfig: {
          shouldComplete: ({ items }) =>
            items.some(({ name, status }) => name === "b" && status === "FAILED")
              ? completeBatch("FAILED")
              : continueBatch(),
        },
      },
    );
    await context.wait({ seconds: 1 });
    return [batch(result), await raised(result)];
  }),
  "branches with a serdes of their own": scenario(async (context) => {
    const result = await context.parallel("serdes", [async () => "a", async () => "b"], {
      maxConcurrency: 1,
      itemSerdes: {
        serialize: async (value) => `branch:${value}`,
        deserialize: async (data) => data?.slice(7) ?? "",
      },
    });
    await context.wait({ seconds: 1 });
    return result.getResults();
  }),
  "branches with a serdes for all that they result in": scenario(async (context) => {
    const serdes = {
      serialize: async (value: unknown) => JSON.stringify({ kept: value }),
      deserialize: async (data: string | undefined) => JSON.parse(data!).kept,
    };
    const result = await context.parallel("whole", [async () => 1, fail, async () => "three"], {
      maxConcurrency: 1,
      completionConfig: { toleratedFailureCount: 1 },
      serdes,
    });
    await context.wait({ seconds: 1 });
    return [result.getResults(), result.completionReason, result.failureCount];
  }),
  "branches that cannot be run": scenario(async (context) => {
    const parallel = context.parallel.bind(context) as (...args: unknown[]) => Promise<unknown>;
    return [await caught(parallel("no list", 5)), await caught(parallel("no function", [5]))];
  }),
  "a branch that maps, and a map in branches": scenario(
    async (context) => {
      const result = await context.parallel(
        "outer",
        [
          async (branch) => {
            const mapped = await branch.map("map", [1, 2], async (_child, item) => item * 2, {
              maxConcurrency: 1,
            });
            return mapped.getResults();
          },
          async (branch) => [await branch.waitForCallback("approval", async () => {})],
        ],
        { maxConcurrency: 1 },
      );
      return result.getResults();
    },
    { onIdle: callbackSucceeds("yes") },
  ),
  "parallel branches with every option": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const upper = {
          serialize: async (value: string | undefined) => value?.toUpperCase(),
          deserialize: async (data: string | undefined) => data,
        };
        const one = (name: string) => ({ name, func: async () => name });
        const nested = await context.parallel("nested", [one("a"), one("b"), one("c")], {
          maxConcurrency: 1,
          itemSerdes: upper,
          completionConfig: { minSuccessful: 2 },
        });
        const flat = await context.parallel("flat", [one("d"), one("e")], {
          maxConcurrency: 1,
          nesting: NestingType.FLAT,
          completionConfig: { toleratedFailureCount: 1, toleratedFailurePercentage: 50 },
        });
        await context.wait({ seconds: 1 });
        return [nested.getResults(), nested.completionReason, flat.getResults(), flat.completionReason];
      }),
  },
};
