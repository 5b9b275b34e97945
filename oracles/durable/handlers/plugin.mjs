import { attempts, fails, greet, noRetry, retriedOnce } from "./common.mjs";
import {
  attemptRecord,
  endRecord,
  logging,
  only,
  operationRecord,
  startRecord,
  throwing,
} from "./records.mjs";

/** @param {typeof import("@stepwell/durable")} sdk */
export const plugin = ({ withDurableExecution }) => {
  const watched = (handler, ...plugins) => withDurableExecution(handler, { plugins });
  const NAME = "CONFPLUGIN";
  const first = ({ isFirstInvocation }) => ({ first: isFirstInvocation });
  const status = (info) => ({ status: info.status });
  const op = ({ id }) => ({ op: id });

  const invocations = { "invocation-start": first, "invocation-end": status };
  const stepAttempts = {
    "attempt-start": only("STEP", ({ id, attempt }) => ({ n: attempt, op: id })),
    "attempt-end": only("STEP", ({ id, attempt, outcome }) => ({ n: attempt, outcome, op: id })),
  };
  const stepEnd = only("STEP", ({ id, status }) => ({ op: id, status }));

  return {
    "10-1": watched(
      async (event, context) =>
        await context.step(async ({ logger }) => {
          logger.info(`Greeting step running for: ${event}`);
          return `Hello, ${event}!`;
        }),
      logging(NAME, invocations),
    ),

    "10-3": watched(retriedOnce(), logging(NAME, stepAttempts)),

    "10-5": watched(
      greet,
      logging("CONFPLUGIN-A", { "invocation-start": () => ({}), "invocation-end": status }),
      logging("CONFPLUGIN-B", { "invocation-start": () => ({}), "invocation-end": status }),
    ),

    "10-7": watched(
      async (_event, context) => await context.step(fails, { retryStrategy: noRetry }),
      logging(NAME, invocations),
    ),

    "10-9": watched(
      async (_event, context) => await context.wait({ seconds: 2 }),
      logging(NAME, {
        "updated-on-invoke": ({ updatedOperations, isFirstInvocation }) =>
          Object.values(updatedOperations)
            .filter(({ type }) => type === "WAIT")
            .map(({ id, status }) => ({ op: id, status, first: isFirstInvocation })),
      }),
    ),

    "10-11": watched(
      async (event, context) => await context.runInChildContext("child", (inner) => greet(event, inner)),
      logging(NAME, {
        "operation-end": ({ id, parentId, status }) => ({ op: id, parent: parentId ?? "NONE", status }),
      }),
    ),

    "10-13": watched(
      async (event, context) => {
        await context.step(async () => "a");
        return await retriedOnce()(event, context);
      },
      logging(NAME, {
        "operation-start": only("STEP", ({ id, isReplay }) => ({ op: id, replay: isReplay })),
        "operation-end": stepEnd,
      }),
    ),

    "10-15": watched(
      async (_event, context) => await context.step(fails, { retryStrategy: attempts(2) }),
      logging(NAME, { ...stepAttempts, "operation-end": stepEnd }),
    ),

    "10-17": watched(
      greet,
      throwing("CONFPLUGIN-FAULTY"),
      logging("CONFPLUGIN-HEALTHY", {
        "invocation-start": first,
        "operation-start": only("STEP", op),
        "attempt-start": only("STEP", op),
        "attempt-end": only("STEP", ({ id, outcome }) => ({ op: id, outcome })),
        "operation-end": stepEnd,
        "invocation-end": status,
      }),
    ),

    "10-19": watched(
      async (event, context) => {
        await context.wait({ seconds: 2 });
        return `done-${event}`;
      },
      logging(NAME, { "invocation-start": startRecord, "invocation-end": endRecord }),
    ),

    "10-21": watched(
      retriedOnce("ok", "flaky"),
      logging(NAME, {
        "attempt-start": only("STEP", attemptRecord),
        "attempt-end": only("STEP", attemptRecord),
      }),
    ),

    "10-23": watched(
      async (_event, context) => {
        const batch = await context.parallel(
          "ctx",
          [
            {
              name: "branch-a",
              func: async (branch) => {
                await branch.step("inner", async () => "x");
                await branch.wait({ seconds: 2 });
                return "a-done";
              },
            },
            { name: "branch-b", func: async () => "b-done" },
          ],
          { maxConcurrency: 1 },
        );
        return batch.getResults();
      },
      logging(NAME, {
        "operation-start": only("CONTEXT", operationRecord),
        "fn-start": only("CONTEXT", operationRecord),
      }),
    ),
  };
};
