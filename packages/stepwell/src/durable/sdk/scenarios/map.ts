import type { DurableContext } from "@stepwell/durable";
import {
  batch,
  caught,
  describeError,
  fail,
  failingUntil,
  fixed,
  LARGE,
  once,
  raised,
  type Scenario,
  scenario,
} from "./scenario.ts";

/** Items above `most` take a minute. */
const waitingAbove = (most: number) => async (child: DurableContext, item: number) => {
  if (item > most) await child.wait({ minutes: 1 });
  return item;
};

/** Maps: completion, names, nesting, large results. */
export const MAP: Record<string, Scenario> = {
  "a map, one at a time": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "map",
          ["a", "b", "c"],
          async (child, item, index, items) => {
            if (index === 1) await child.wait({ seconds: 1 });
            return child.step("upper", async () => `${item.toUpperCase()}${index}/${items.length}`);
          },
          { maxConcurrency: 1, itemNamer: (item, index) => (index === 2 ? "" : `item-${item}`) },
        );
        await context.wait({ seconds: 1 });
        return { results: result.getResults(), reason: result.completionReason, json: result };
      }),
  },
  "a map without a name, of nothing": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map([] as number[], async () => 1);
        return {
          all: result.all,
          reason: result.completionReason,
          total: result.totalCount,
          status: result.status,
        };
      }),
  },
  "a map that stops at its first failure": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "map",
          [0, 1, 2],
          async (_child, item) => {
            if (item === 1) throw new RangeError("no ones");
            return item;
          },
          { maxConcurrency: 1 },
        );
        await context.wait({ seconds: 1 });
        return {
          ...batch(result),
          errors: result.getErrors().map(describeError),
          thrown: await raised(result),
        };
      }),
  },
  "a map with a tolerance": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const fail = async () => Promise.reject(new Error("item"));
        const options = { maxConcurrency: 1 };
        const results = [
          await context.map("count", [1, 2, 3], fail, {
            ...options,
            completionConfig: { toleratedFailureCount: 1 },
          }),
          await context.map("percent", [1, 2, 3], fail, {
            ...options,
            completionConfig: { toleratedFailurePercentage: 50 },
          }),
          await context.map("enough", [1, 2, 3, 4], async () => 1, {
            ...options,
            completionConfig: { minSuccessful: 2 },
          }),
          await context.map("too few", [1, 2], fail, { ...options, completionConfig: { minSuccessful: 2 } }),
        ];
        return results.map(batch);
      }),
  },
  "a map with its own idea of completion": {
    handler: ({ withDurableExecution, completeBatch, continueBatch }) =>
      withDurableExecution(async (_event, context) => {
        const run = (name: string, outcome: "SUCCEEDED" | "FAILED") =>
          context.map(name, [1, 2, 3, 4], async (_child, item) => item, {
            maxConcurrency: 1,
            completionConfig: {
              shouldComplete: ({ items }) =>
                items[1]?.status === "SUCCEEDED" ? completeBatch(outcome) : continueBatch(),
            },
          });
        const good = await run("good", "SUCCEEDED");
        const bad = await run("bad", "FAILED");
        return [batch(good), batch(bad), await raised(bad)];
      }),
  },
  "a flat map": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "flat",
          ["a", "b"],
          async (child, item) => {
            await child.wait("pause", { seconds: 1 });
            return child.step("work", async () => item);
          },
          { maxConcurrency: 1, nesting: NestingType.FLAT },
        );
        await context.wait({ seconds: 1 });
        return result.getResults();
      }),
  },
  "a map whose result is large": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "large",
          [1, 2, 3],
          async (child, item) => {
            const n = await child.step("n", async () => item);
            if (n === 2) throw new Error("two");
            return `${n}${LARGE}`;
          },
          { maxConcurrency: 1, completionConfig: { toleratedFailureCount: 5 } },
        );
        await context.wait({ seconds: 1 });
        return { ...batch(result), lengths: result.getResults().map((r) => r.length) };
      }),
  },
  "a flat map whose result is large": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "large",
          [1, 2, 3, 4],
          async (child, item) => `${await child.step("n", async () => item)}${LARGE}`,
          { maxConcurrency: 1, nesting: NestingType.FLAT, completionConfig: { minSuccessful: 3 } },
        );
        await context.wait({ seconds: 1 });
        return { ...batch(result), firsts: result.getResults().map((r) => r[0]) };
      }),
  },
  "a map with serdes of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map("serdes", ["x", "y"], async (_child, item) => item.toUpperCase(), {
          maxConcurrency: 1,
          itemSerdes: {
            serialize: async (value) => `item:${value}`,
            deserialize: async (data) => data?.slice(5),
          },
        });
        return result.getResults();
      }),
  },
  "a map with a serdes for all that it results in": scenario(async (context) => {
    const serdes = {
      serialize: async (value: unknown) =>
        `batch:${JSON.stringify((value as { all: { result?: number }[] }).all.map(({ result }) => result))}`,
      deserialize: async (data: string | undefined) => JSON.parse(data!.slice(6)),
    };
    const result: unknown = await context.map("whole", [1, 2], async (_child, n) => n * 2, {
      maxConcurrency: 1,
      serdes: serdes as never,
    });
    await context.wait({ seconds: 1 });
    return result;
  }),
  "a map that has enough while items still wait": scenario(async (context) => {
    const result = await context.map("map", [1, 2, 3, 4], waitingAbove(2), {
      completionConfig: { minSuccessful: 2 },
    });
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a map that fails while items still wait": scenario(async (context) => {
    const result = await context.map("map", [3, 0, 3], async (child, item) =>
      item === 0 ? fail() : waitingAbove(2)(child, item),
    );
    await context.wait({ seconds: 1 });
    return [batch(result), await raised(result)];
  }),
  "a large map that has enough while an item still waits": scenario(async (context) => {
    const result = await context.map(
      "large",
      [1, 2, 3],
      async (child, item) => `${await waitingAbove(2)(child, item)}${LARGE}`,
      { completionConfig: { minSuccessful: 2 }, summaryGenerator: (r) => `${r.successCount} done` },
    );
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a large flat map whose items leave no trace": scenario(async (context, { NestingType }) => {
    const result = await context.map("large", [1, 2, 3], async (_child, item) => `${item}${LARGE}`, {
      maxConcurrency: 1,
      nesting: NestingType.FLAT,
      completionConfig: { minSuccessful: 2 },
    });
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a map whose failures come from steps": scenario(async (context) => {
    const result = await context.map(
      "map",
      ["ok", "bad", "worse"],
      async (child, item) => {
        if (item === "ok") return child.step("s", async () => item);
        if (item === "bad") return child.step("s", fail, once);
        return child.runInChildContext("inner", fail);
      },
      { maxConcurrency: 1, completionConfig: { toleratedFailureCount: 2 } },
    );
    await context.wait({ seconds: 1 });
    return [batch(result), await raised(result)];
  }),
  "a map whose failure is raised and not caught": scenario(async (context) => {
    const result = await context.map("map", [1], fail);
    result.throwIfError();
  }),
  "maps in each other": scenario(async (context) => {
    const config = { maxConcurrency: 1 };
    const result = await context.map(
      "outer",
      [1, 2],
      async (child, i) => {
        const inner = await child.map(
          "inner",
          [10, 20],
          async (each, j) => each.step("s", async () => i * j),
          config,
        );
        return inner.getResults();
      },
      config,
    );
    await context.wait({ seconds: 1 });
    return result.getResults();
  }),
  "completion settings at their edges": scenario(async (context) => {
    const odd = async (_child: unknown, item: number) => (item % 2 === 1 ? fail() : item);
    const run = async (name: string, completionConfig: object) =>
      batch(await context.map(name, [1, 2, 3, 4], odd, { maxConcurrency: 1, completionConfig }));
    return [
      await run("nothing set", {}),
      await run("set to undefined", { minSuccessful: undefined }),
      await run("no failure", { toleratedFailureCount: 0 }),
      await run("no percent", { toleratedFailurePercentage: 0 }),
      await run("exactly the percentage", { toleratedFailurePercentage: 50 }),
      await run("below the percentage", { toleratedFailurePercentage: 49 }),
      await run("all percent", { toleratedFailurePercentage: 100 }),
      await run("one success", { minSuccessful: 1 }),
      await run("more successes than items", { minSuccessful: 9 }),
      await run("success or count", { minSuccessful: 2, toleratedFailureCount: 1 }),
      await run("count or percentage", { toleratedFailureCount: 9, toleratedFailurePercentage: 25 }),
    ];
  }),
  "a predicate that sees names and what became of items": scenario(async (context, sdk) => {
    const result = await context.map(
      "named",
      ["a", "b", "c"],
      async (_child, item) => (item === "a" ? fail() : 1),
      {
        maxConcurrency: 1,
        itemNamer: (item) => `item ${item}`,
        completionConfig: {
          shouldComplete: ({ items: [a, b, c] }) =>
            `${a?.name} ${a?.status}, ${b?.status}, ${c?.status}` === "item a FAILED, SUCCEEDED, undefined"
              ? sdk.completeBatch("SUCCEEDED")
              : sdk.continueBatch(),
        },
      },
    );
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a predicate that is content before any item": scenario(async (context, { completeBatch }) => {
    const result = await context.map("none", [1, 2], async () => 1, {
      completionConfig: { shouldComplete: () => completeBatch("SUCCEEDED") },
    });
    return batch(result);
  }),
  "a predicate that is never content": scenario(async (context, { continueBatch }) => {
    const result = await context.map("all", [1, 2], async (_child, item) => (item === 1 ? fail() : item), {
      maxConcurrency: 1,
      completionConfig: { shouldComplete: () => continueBatch() },
    });
    return [batch(result), await raised(result)];
  }),
  "a predicate beside thresholds": scenario(async (context, { continueBatch }) => {
    const both = { minSuccessful: 1, shouldComplete: () => continueBatch() } as object;
    await context.map("both", [1], async () => 1, { completionConfig: both });
  }),
  "a map whose whole result has a serdes of its own": scenario(async (context) => {
    const result = await context.map("whole", ["a", "b"], async (_child, item) => item, {
      serdes: {
        serialize: async (value) => `batch:${JSON.stringify(value)}`,
        deserialize: async (data) => JSON.parse(data!.slice(6)),
      },
    });
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "items that return nothing": scenario(async (context) => {
    const result = await context.map("map", [1, 2], async () => undefined);
    await context.wait({ seconds: 1 });
    return batch(result);
  }),
  "a map of what cannot be mapped": scenario(async (context) => {
    const map = context.map.bind(context) as (...args: unknown[]) => Promise<unknown>;
    return [await caught(map("no list", "abc", async () => 1)), await caught(map("no function", [1], 5))];
  }),
  "items that wait hold their places": scenario(async (context) => {
    const result = await context.map(
      "pairs",
      [1, 2, 3, 4],
      async (child, item) => {
        await child.wait(`wait ${item}`, { seconds: item });
        return item;
      },
      { maxConcurrency: 2 },
    );
    return result.getResults();
  }),
  "items that are retried, and wait for conditions": scenario(async (context) => {
    const result = await context.map(
      "map",
      [1, 2],
      async (child, item) => {
        const flaky = await child.step("flaky", failingUntil(2), { retryStrategy: fixed(item, 2) });
        const met = await child.waitForCondition("met", async (n: number) => n + 1, {
          initialState: 0,
          waitStrategy: (n) =>
            n < item ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
        });
        return [flaky, met];
      },
      { maxConcurrency: 1 },
    );
    return result.getResults();
  }),
  "a large map and large branches with summaries of their own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const options = {
          maxConcurrency: 1,
          summaryGenerator: (result: { totalCount: number }) => `${result.totalCount} large ones`,
        };
        const mapped = await context.map("map", [1, 2], async () => LARGE, options);
        const branches = await context.parallel("branches", [async () => LARGE], options);
        await context.wait({ seconds: 1 });
        return [mapped.getResults().map((r) => r.length), branches.getResults().map((r) => r.length)];
      }),
  },
};
