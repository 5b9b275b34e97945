import { caught, fail, failingUntil, fixed, LARGE, once, type Scenario, scenario } from "./scenario.ts";

/** Child contexts: nesting, errors, large results, withRetry. */
export const CHILD_CONTEXTS: Record<string, Scenario> = {
  "child contexts": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const outer = await context.runInChildContext("outer", async (child) => {
          const a = await child.step("a", async () => "a");
          await child.wait({ seconds: 1 });
          const inner = await child.runInChildContext(async (grandchild) =>
            grandchild.step("b", async () => `${a}b`),
          );
          return { inner, at: new Date(0) };
        });
        const labelled = await context.runInChildContext("labelled", async () => 1, { subType: "Mine" });
        const virtual = await context.runInChildContext(
          "virtual",
          async (child) => child.step("v", async () => 2),
          {
            virtualContext: true,
          },
        );
        return { outer, labelled, virtual };
      }),
  },
  "a child context with a large result": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const large = await context.runInChildContext("large", async (child) => {
          const short = await child.step("short", async () => "s");
          await child.wait("inside", { seconds: 1 });
          return `${short}${LARGE}`;
        });
        await context.wait("after", { seconds: 1 });
        return large.length;
      }),
  },
  "a child context with a large result and a summary": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const large = await context.runInChildContext("large", async () => LARGE, {
          summaryGenerator: (result) => `${result.length} characters`,
        });
        await context.wait("after", { seconds: 1 });
        return large.length;
      }),
  },
  withRetry: {
    handler: ({ withDurableExecution, withRetry }) =>
      withDurableExecution(async (_event, context) => {
        const flaky = async (ctx: typeof context, attempt: number) =>
          ctx.step(
            `try-${attempt}`,
            async () => {
              if (attempt < 3) throw new Error("again");
              return attempt;
            },
            { retryStrategy: fixed(1, 1) },
          );
        const named = await withRetry(context, "named", flaky, { retryStrategy: fixed(5, 4) });
        const bare = await withRetry(context, flaky, {
          retryStrategy: fixed(5, 4),
          wrapWithRunInChildContext: false,
        });
        return [named, bare];
      }),
  },
  "errors mapped by a context": scenario(async (context, { StepError }) => {
    const errorMapper = (error: Error) => new StepError(`mapped: ${error.message}`, error, "data");
    const seen = await caught(context.runInChildContext("mapped", fail, { errorMapper }));
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "errors with data through nested contexts": scenario(async (context, { StepError }) => {
    const throwing = async () => {
      throw new StepError("declined", new Error("inner"), '{"code":402}');
    };
    const seen = await caught(
      context.runInChildContext("outer", async (outer) =>
        outer.runInChildContext("inner", async (inner) => inner.step("charge", throwing, once)),
      ),
    );
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "an error of nested contexts that nobody catches": scenario(async (context) =>
    context.runInChildContext("outer", async (outer) => outer.runInChildContext(fail)),
  ),
  "a step that is retried in a context": scenario(async (context) =>
    context.runInChildContext("outer", async (child) => {
      const flaky = await child.step("flaky", failingUntil(3), { retryStrategy: fixed(2, 3) });
      return child.runInChildContext("inner", async () => flaky);
    }),
  ),
  "contexts at once": scenario(async (context) => {
    const slow = context.runInChildContext("slow", async (child) => {
      await child.wait({ seconds: 5 });
      return 1;
    });
    const quick = context.runInChildContext("quick", async (child) => {
      await child.wait({ seconds: 2 });
      return new Date(0);
    });
    return [await slow, await quick];
  }),
  "a context with a serdes of its own, and one of nothing": scenario(async (context) => {
    const serdes = {
      serialize: async (value: number[] | undefined) => value?.join("+"),
      deserialize: async (data: string | undefined) => data?.split("+").map(Number) ?? [],
    };
    const sum = await context.runInChildContext("sum", async () => [1, 2], { serdes });
    const none = await context.runInChildContext("none", async () => undefined);
    await context.wait({ seconds: 1 });
    return [sum, none === undefined];
  }),
  "a virtual context whose step fails": scenario(async (context) => {
    const failing = async (child: typeof context) => child.step("fails", fail, once);
    const seen = await caught(context.runInChildContext("virtual", failing, { virtualContext: true }));
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "virtual contexts in each other, with a large result": scenario(async (context) => {
    const virtual = { virtualContext: true };
    const large = await context.runInChildContext(
      "outer",
      async (outer) =>
        outer.runInChildContext(
          "inner",
          async (inner) => `${await inner.step("s", async () => 1)}${LARGE}`,
          virtual,
        ),
      virtual,
    );
    await context.wait({ seconds: 1 });
    return large.length;
  }),
  "large results in each other": scenario(async (context) => {
    const large = await context.runInChildContext(
      "outer",
      async (outer) => {
        const inner = await outer.runInChildContext("inner", async () => LARGE);
        await outer.wait({ seconds: 1 });
        return `${inner}${inner}`;
      },
      { summaryGenerator: () => "two of them" },
    );
    await context.wait({ seconds: 1 });
    return large.length;
  }),
  "contexts whose operations are kept for plugins": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(
        async (_event, context) => {
          const kept = await context.runInChildContext("one", async (one) =>
            one.runInChildContext("two", async (two) => two.step("s", async () => 1)),
          );
          const seen = await caught(context.runInChildContext("fails", fail));
          await context.wait({ seconds: 1 });
          return [kept, seen];
        },
        { pluginsConfig: { childOperationsDepth: 1 } },
      ),
  },
  "withRetry in a context with settings of its own": scenario(async (context, { withRetry, StepError }) => {
    const childContextConfig = {
      subType: "Attempts",
      serdes: {
        serialize: async (value: number | undefined) => `<${value}>`,
        deserialize: async (data: string | undefined) => Number(data?.slice(1, -1)),
      },
      errorMapper: (error: Error) => new StepError(`mapped: ${error.message}`),
    };
    const flaky = async (child: typeof context, attempt: number) =>
      child.step(`try-${attempt}`, async () => (attempt < 2 ? fail() : attempt), once);
    const config = { retryStrategy: fixed(2, 2), childContextConfig };
    const good = await withRetry(context, "good", flaky, config);
    const bad = await caught(withRetry(context, "bad", fail, config));
    await context.wait({ seconds: 1 });
    return [good, bad];
  }),
  "withRetry that gives up": scenario(async (context, { withRetry }) => {
    const failing = async (child: typeof context) => child.step("fails", fail, once);
    const seen = await caught(withRetry(context, "named", failing, { retryStrategy: fixed(2, 2) }));
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "a child context with serdes and an error of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const serdes = {
          serialize: async (value: string | undefined) => `<${value}>`,
          deserialize: async (data: string | undefined) => data?.slice(1, -1),
        };
        const value = await context.runInChildContext("serdes", async () => "value", { serdes });
        const seen = await caught(
          context.runInChildContext("fails", async () => Promise.reject(new RangeError("r")), {
            errorMapper: (error) => Object.assign(error, { message: `mapped ${error.message}` }),
          }),
        );
        await context.wait({ seconds: 1 });
        return [value, seen];
      }),
  },
  "child contexts whose bodies are not async": scenario(async (context) => {
    // As a query of a database library, it runs when its outcome is asked for, and each time that is.
    const query = () => {
      let runs = 0;
      // biome-ignore lint/suspicious/noThenProperty: that is what such queries have.
      return { then: (done: (runs: number) => void) => done(++runs) } as unknown as Promise<number>;
    };
    const bodies = [
      query,
      (child: typeof context) => child.step("step", async () => "s"),
      () => "plain" as unknown as Promise<string>,
      () => {
        throw new RangeError("at once");
      },
    ];
    const seen: unknown[] = [];
    for (const body of bodies)
      seen.push(await caught(context.runInChildContext<unknown>(body as () => Promise<unknown>)));
    const results = await context.parallel(bodies.slice(0, 3) as never[]);
    return [seen, results.getResults()];
  }),
};
