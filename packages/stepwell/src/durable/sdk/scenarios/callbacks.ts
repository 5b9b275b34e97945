import {
  callbackFails,
  callbackSucceeds,
  callbacksFail,
  caught,
  type Scenario,
  scenario,
  whileStepRuns,
} from "./scenario.ts";

const REJECTED = { ErrorType: "Rejected", ErrorMessage: "not approved", ErrorData: "because" };

/** Callbacks, completed and failed from outside. */
export const CALLBACKS: Record<string, Scenario> = {
  "a callback that succeeds": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result, id] = await context.createCallback("approval", { timeout: { hours: 1 } });
        await context.step("send", async () => id);
        const answer = await result;
        return { id, answer };
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "a callback that fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback("approval");
        const seen = await caught(result);
        await context.wait({ seconds: 2 });
        return seen;
      }),
    options: { onIdle: callbackFails(REJECTED) },
  },
  "a callback that times out": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback("approval", { timeout: { seconds: 3 } });
        await context.wait({ seconds: 6 });
        return caught(result);
      }),
  },
  "a callback without a heartbeat": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback({
          heartbeatTimeout: { seconds: 3 },
          timeout: { hours: 1 },
        });
        return await result;
      }),
  },
  "two callbacks awaited in reverse": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [a] = await context.createCallback("a");
        const [b] = await context.createCallback("b");
        const second = await b;
        return [await a, second];
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "a callback with its own deserializer": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const serdes = { deserialize: async (data: string | undefined) => ({ parsed: JSON.parse(data!) }) };
        const [result] = await context.createCallback<{ parsed: string }>("typed", { serdes });
        return await result;
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "a callback completed with nothing": scenario(
    async (context) => {
      const [result] = await context.createCallback("empty");
      const value = await result;
      await context.wait({ seconds: 1 });
      return [value === undefined, value];
    },
    { onIdle: callbackSucceeds() },
  ),
  "callbacks that fail with more or less of an error": scenario(
    async (context) => {
      const seen: unknown[] = [];
      for (const name of ["all", "message", "type", "none"]) {
        const [result] = await context.createCallback(name);
        seen.push(await caught(result));
      }
      await context.wait({ seconds: 1 });
      return seen;
    },
    {
      onIdle: callbacksFail(
        { ErrorType: "T", ErrorMessage: "m", ErrorData: "d", StackTrace: ["at one", "at two"] },
        { ErrorMessage: "m" },
        { ErrorType: "T" },
        {},
      ),
    },
  ),
  "a callback whose failure nobody catches": scenario(
    async (context) => {
      const [result] = await context.createCallback("approval");
      return result;
    },
    { onIdle: callbackFails(REJECTED) },
  ),
  "a missed heartbeat that is caught": scenario(async (context) => {
    const [result] = await context.createCallback("alive", { heartbeatTimeout: { seconds: 3 } });
    const seen = await caught(result);
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "callbacks at once, in a child context": scenario(
    async (context) =>
      context.runInChildContext("both", async (child) => {
        const [a] = await child.createCallback("a");
        const [b] = await child.createCallback("b");
        return Promise.all([a, b]);
      }),
    { onIdle: callbackSucceeds("yes") },
  ),
  "a callback that succeeds while a step runs": scenario(
    async (context) => {
      const [result] = await context.createCallback("approval");
      const sent = await context.step("send", async () => 1);
      return [sent, await result];
    },
    whileStepRuns("send", callbackSucceeds("yes")),
  ),
  "a callback that fails while a step runs": scenario(
    async (context) => {
      const [result] = await context.createCallback("approval");
      await context.step("send", async () => 1);
      return caught(result);
    },
    whileStepRuns("send", callbackFails(REJECTED)),
  ),
};
