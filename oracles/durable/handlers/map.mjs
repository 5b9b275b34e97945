import { ONE_AT_A_TIME, project } from "./common.mjs";

const upperCase = async (_context, item) => item.toUpperCase();

/** Runs items that are outcomes: a failure throws, any other item is returned. */
const FAILURE = "failure";
const outcome = async (_context, item) => {
  if (item === FAILURE) throw new Error("this item fails");
  return item;
};

/** The whole result as one line, and back as much of a result as the handler asks for. */
const oneLine = {
  serialize: async (batch) => `OPSERDE:${batch.getResults().join(",")}`,
  deserialize: async (text) => ({ getResults: () => text.slice("OPSERDE:".length).split(",") }),
};

/** @param {typeof import("@stepwell/durable")} sdk */
export const map = ({ withDurableExecution }) => {
  const batch = (name, items, iteration, config, finish) =>
    withDurableExecution(async (event, context) =>
      finish(await context.map(name, items ?? event, iteration, { ...ONE_AT_A_TIME, ...config })),
    );
  const results = (name, items, iteration, config) =>
    batch(name, items, iteration, config, (result) => result.getResults());
  const summary = (name, items, completionConfig, ...members) =>
    batch(name, items, outcome, { completionConfig }, (result) => project(result, ...members));
  const input = undefined;

  return {
    "9-1": results("map", input, (context, item) => context.step(async () => `Hello, ${item}!`)),

    "9-3": results("indexed", input, async (_context, item, index) => item + index),

    "9-5": summary(
      "failfast",
      ["ok", FAILURE, "never"],
      { toleratedFailureCount: 0 },
      "completionReason",
      "status",
      "successCount",
      "failureCount",
      "totalCount",
    ),

    "9-7": summary(
      "min-successful",
      ["a", "b", "c", "d"],
      { minSuccessful: 2 },
      "completionReason",
      "successCount",
      "totalCount",
    ),

    "9-9": summary(
      "tolerated-exceeded",
      [FAILURE, FAILURE, "never"],
      { toleratedFailureCount: 1 },
      "completionReason",
      "successCount",
      "failureCount",
      "totalCount",
    ),

    "9-11": results("concurrent", ["r0", "r1", "r2"], outcome, { maxConcurrency: 2 }),

    "9-13": results("named-items", input, async (_context, item) => item * 10, {
      itemNamer: (item) => `item-${item}`,
    }),

    "9-15": results("suspend", ["r0", "r1"], async (context, item, index) => {
      if (index === 1) await context.wait({ seconds: 1 });
      return await context.step(async () => item);
    }),

    "9-17": withDurableExecution(async (_event, context) => {
      const result = await context.map("then-wait", ["a", "b"], upperCase, ONE_AT_A_TIME);
      await context.wait({ seconds: 1 });
      return result.getResults();
    }),

    "9-19": results("op-serde", ["x", "y"], upperCase, { serdes: oneLine }),
  };
};
