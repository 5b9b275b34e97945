import { caught, invokeEnds, type Scenario, scenario, turns, whileStepRuns } from "./scenario.ts";

const BOOM = { ErrorType: "Boom", ErrorMessage: "it blew", ErrorData: "d" };

/** Chained invokes, however they end. */
export const INVOKE: Record<string, Scenario> = {
  "an invoke that succeeds": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const a = await context.invoke("call", "callee:1", { in: 1 });
        await context.wait({ seconds: 1 });
        const b = await context.invoke("callee:1", { in: 2 }, { tenantId: "t" });
        return [a, b];
      }),
    options: { onIdle: invokeEnds({ status: "SUCCEEDED", result: '{"echo":1}' }) },
  },
  "an invoke that fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const seen = await caught(context.invoke("call", "callee:1"));
        await context.wait({ seconds: 1 });
        return seen;
      }),
    options: { onIdle: invokeEnds({ status: "FAILED", error: BOOM }) },
  },
  "an invoke that is stopped": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => caught(context.invoke("call", "callee:1"))),
    options: { onIdle: invokeEnds({ status: "STOPPED" }) },
  },
  "an invoke that times out": scenario(
    async (context) => {
      const seen = await caught(context.invoke("call", "callee:1", { a: 1 }));
      await context.wait({ seconds: 1 });
      return seen;
    },
    { onIdle: invokeEnds({ status: "TIMED_OUT", error: { ErrorType: "T", ErrorMessage: "too late" } }) },
  ),
  "an invoke that times out without an error": scenario(
    async (context) => caught(context.invoke("call", "callee:1", { a: 1 })),
    { onIdle: invokeEnds({ status: "TIMED_OUT" }) },
  ),
  "an invoke that fails without a message, and nobody catches it": scenario(
    async (context) => context.invoke("call", "callee:1", { a: 1 }),
    { onIdle: invokeEnds({ status: "FAILED", error: { ErrorType: "Boom" } }) },
  ),
  "an invoke whose failure nobody catches": scenario(
    async (context) => context.invoke("call", "callee:1", { a: 1 }),
    { onIdle: invokeEnds({ status: "FAILED", error: BOOM }) },
  ),
  "invokes with serdes and a tenant": scenario(
    async (context) => {
      const payloadSerdes = {
        serialize: async (value: unknown) => `in:${value}`,
        deserialize: async () => "",
      };
      const resultSerdes = {
        serialize: async () => "",
        deserialize: async (data: string | undefined) => `out:${data}`,
      };
      const config = { payloadSerdes, resultSerdes, tenantId: "tenant" };
      const first = await context.invoke("call", "callee:1", "payload", config);
      await context.wait({ seconds: 1 });
      return [first, await context.invoke("callee:1", undefined)];
    },
    { onIdle: invokeEnds({ status: "SUCCEEDED", result: "5" }) },
  ),
  "an invoke that returns nothing": scenario(
    async (context) => {
      const value = await context.invoke("callee:1", null);
      await context.wait({ seconds: 1 });
      return [value === undefined, value];
    },
    { onIdle: invokeEnds({ status: "SUCCEEDED" }) },
  ),
  "invokes at once, awaited in reverse": scenario(
    async (context) => {
      const a = context.invoke("a", "callee:1", 1);
      const b = context.invoke("b", "callee:1", 2);
      return [await b, await a];
    },
    { onIdle: invokeEnds({ status: "SUCCEEDED", result: '"ok"' }) },
  ),
  "an invoke in a child context, in a map": scenario(
    async (context) => {
      const result = await context.map(
        "map",
        [1, 2],
        async (child, item) =>
          child.runInChildContext("inner", async (inner) => inner.invoke("call", "callee:1", item)),
        { maxConcurrency: 1 },
      );
      return result.getResults();
    },
    { onIdle: invokeEnds({ status: "SUCCEEDED", result: '"ok"' }) },
  ),
  "an invoke that ends while a step runs": scenario(
    async (context) => {
      const called = context.invoke("call", "callee:1", 1);
      await turns();
      await context.step("work", async () => 2);
      return called;
    },
    whileStepRuns("work", invokeEnds({ status: "SUCCEEDED", result: '"ok"' })),
  ),
  "an invoke that fails while a step runs": scenario(
    async (context) => {
      const called = context.invoke("call", "callee:1", 1);
      await turns();
      await context.step("work", async () => 2);
      return caught(called);
    },
    whileStepRuns("work", invokeEnds({ status: "FAILED", error: BOOM })),
  ),
  "an invoke with serdes of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const payloadSerdes = { serialize: async () => '"in"', deserialize: async () => undefined };
        const resultSerdes = { ...payloadSerdes, deserialize: async (data: string | undefined) => [data] };
        return context.invoke("call", "callee:1", 1, { payloadSerdes, resultSerdes });
      }),
    options: { onIdle: invokeEnds({ status: "SUCCEEDED", result: '{"echo":1}' }) },
  },
};
