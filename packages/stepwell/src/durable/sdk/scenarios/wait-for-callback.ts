import {
  callbackFails,
  callbackSucceeds,
  callbacksFail,
  caught,
  fail,
  fixed,
  once,
  type Scenario,
  scenario,
} from "./scenario.ts";

const REJECTED = { ErrorType: "Rejected", ErrorMessage: "not approved", ErrorData: "because" };

/** waitForCallback: submitters, answers, timeouts. */
export const WAIT_FOR_CALLBACK: Record<string, Scenario> = {
  waitForCallback: {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const named = await context.waitForCallback("approval", async () => {});
        const unnamed = await context.waitForCallback(async () => {}, { timeout: { hours: 1 } });
        await context.wait({ seconds: 1 });
        return [named, unnamed];
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "waitForCallback whose submitter is retried": {
    handler: ({ withDurableExecution }) => {
      let tries = 0;
      return withDurableExecution(async (_event, context) =>
        context.waitForCallback(
          "approval",
          async () => {
            if (tries++ === 0) throw new Error("busy");
          },
          { retryStrategy: fixed(2, 5) },
        ),
      );
    },
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "waitForCallback that fails in every way": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const submitter = await caught(
          context.waitForCallback("no", async () => Promise.reject(new Error("cannot submit")), {
            retryStrategy: fixed(2, 2),
          }),
        );
        const timeout = await caught(
          context.waitForCallback("late", async () => {}, { timeout: { seconds: 1 } }),
        );
        await context.wait({ seconds: 1 });
        return [submitter, timeout];
      }),
  },
  "waitForCallback with a default deserializer": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        context.configureSerdes({
          defaultCallbackDeserializer: { deserialize: async (data) => `<${data}>` },
        });
        const [plain] = await context.createCallback("plain");
        return [await plain, await context.waitForCallback("wfc", async () => {})];
      }),
    options: { onIdle: callbackSucceeds('"approved"') },
  },
  "waitForCallback completed with nothing": scenario(
    async (context) => {
      const value = await context.waitForCallback("empty", async () => {});
      await context.wait({ seconds: 1 });
      return [value === undefined, value];
    },
    { onIdle: callbackSucceeds() },
  ),
  "waitForCallback with a serdes of its own": scenario(
    async (context) => {
      const serdes = {
        deserialize: async (data: string | undefined) => ({ at: new Date(JSON.parse(data!).at) }),
      };
      const { at } = await context.waitForCallback<{ at: Date }>("typed", async () => {}, { serdes });
      await context.wait({ seconds: 1 });
      return at.getTime();
    },
    { onIdle: callbackSucceeds('{"at":5}') },
  ),
  "waitForCallback failed from outside, with more or less of an error": scenario(
    async (context) => {
      const seen: unknown[] = [];
      for (const name of ["all", "own type", "message", "none"]) {
        seen.push(await caught(context.waitForCallback(name, async () => {})));
      }
      await context.wait({ seconds: 1 });
      return seen;
    },
    {
      onIdle: callbacksFail(
        { ErrorType: "T", ErrorMessage: "m", ErrorData: "d", StackTrace: ["at one"] },
        { ErrorType: "StepError", ErrorMessage: "m", ErrorData: "d" },
        { ErrorMessage: "m" },
        {},
      ),
    },
  ),
  "waitForCallback whose failure nobody catches": scenario(
    async (context) => context.waitForCallback("approval", async () => {}),
    { onIdle: callbackFails(REJECTED) },
  ),
  "waitForCallback whose submitter's failure nobody catches": scenario(async (context) =>
    context.waitForCallback("approval", fail, once),
  ),
  "waitForCallback without a heartbeat": scenario(async (context) => {
    const config = { heartbeatTimeout: { seconds: 2 }, timeout: { hours: 2 } };
    const seen = await caught(context.waitForCallback("alive", async () => {}, config));
    await context.wait({ seconds: 1 });
    return seen;
  }),
  "waitForCallback whose timeout nobody catches": scenario(async (context) =>
    context.waitForCallback(async () => {}, { timeout: { seconds: 5 } }),
  ),
  "waitForCallback without a submitter": scenario(async (context) => {
    const wait = context.waitForCallback.bind(context) as (...args: unknown[]) => Promise<unknown>;
    return [await caught(wait("named")), await caught(wait({}))];
  }),
  "waitForCallback in a child context, twice": scenario(
    async (context) =>
      context.runInChildContext("approvals", async (child) => {
        const first = await child.waitForCallback("first", async () => {});
        return [first, await child.waitForCallback("second", async () => {}, { retryStrategy: fixed(1, 2) })];
      }),
    { onIdle: callbackSucceeds("yes") },
  ),
  "waitForCallback that is answered before its submitter returns": scenario(
    async (context) => context.waitForCallback("quick", async () => {}),
    {
      onIdle: callbackSucceeds("yes"),
      beforeCheckpoint: (execution, { Updates = [] }) => {
        const ended = Updates.some(({ Type, Action }) => Type === "STEP" && Action === "SUCCEED");
        if (ended) execution.completeCallback("already");
      },
    },
  ),
};
