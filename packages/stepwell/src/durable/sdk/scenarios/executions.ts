import { type Scenario, scenario } from "./scenario.ts";

/** Handlers as a whole: events, results, serdes. */
export const EXECUTIONS: Record<string, Scenario> = {
  serdes: {
    handler: ({ withDurableExecution, createClassSerdesWithDates }) =>
      withDurableExecution(async (_event, context) => {
        class Order {
          id = 0;
          made = new Date(0);
          meta = { paid: new Date(0) };
          year() {
            return this.made.getUTCFullYear() + this.meta.paid.getUTCFullYear();
          }
        }
        const serdes = createClassSerdesWithDates(Order, ["made", "meta.paid", "meta.nothing.here"]);
        const order = await context.step("order", async () => new Order(), { serdes });
        context.configureSerdes({
          defaultSerdes: {
            serialize: async (value, { entityId }) => `${entityId}=${JSON.stringify(value)}`,
            deserialize: async (data, { entityId }) => JSON.parse(data!.slice(entityId.length + 1)),
          },
        });
        const child = await context.runInChildContext("child", async (c) => c.step("s", async () => [1]));
        await context.wait({ seconds: 1 });
        return [order.year(), order.made.toISOString(), child];
      }),
  },
  "a handler that throws": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.step("before", async () => 1);
        throw new RangeError("the handler failed");
      }),
  },
  "a handler whose child fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.runInChildContext("child", async () => Promise.reject(new RangeError("in the child")));
      }),
  },
  "a handler with a huge result": {
    handler: ({ withDurableExecution }) => withDurableExecution(async () => "y".repeat(6 * 1024 * 1024 - 50)),
  },
  "a handler without a result": {
    handler: ({ withDurableExecution }) => withDurableExecution(async () => undefined),
  },
  "settings that make no sense": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.parallel("bad", [async () => 1], { maxConcurrency: 0 });
      }),
  },
  "a handler that returns what JSON changes": scenario(async () => ({ at: new Date(0), none: undefined })),
  "a handler that returns nothing after all": scenario(async (context) => {
    await context.wait({ seconds: 1 });
    return null;
  }),
  "a handler whose result cannot be written": scenario(async (context) => {
    await context.step("before", async () => 1);
    return { big: 1n };
  }),
  "a handler with an event of every kind": {
    handler: ({ withDurableExecution }) => withDurableExecution(async (event: unknown) => ({ event })),
    options: { input: [null, "text", { deep: [1, 2] }] },
  },
};
