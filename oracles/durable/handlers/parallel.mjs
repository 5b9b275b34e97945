import { fails, ONE_AT_A_TIME, project } from "./common.mjs";

const returns = (value) => async () => value;
const steps = (value) => (context) => context.step(async () => value);

/** Stores a value inside an envelope. */
const wrapped = {
  serialize: async (value) => JSON.stringify({ wrapped: value }),
  deserialize: async (text) => JSON.parse(text).wrapped,
};

/** @param {typeof import("@stepwell/durable")} sdk */
export const parallel = ({ withDurableExecution }) => {
  const batch = (name, branches, config, finish) =>
    withDurableExecution(async (_event, context) =>
      finish(await context.parallel(name, branches, { ...ONE_AT_A_TIME, ...config })),
    );
  const results = (name, branches, config) => batch(name, branches, config, (result) => result.getResults());
  const summary = (name, branches, completionConfig, ...members) =>
    batch(name, branches, { completionConfig }, (result) => project(result, ...members));

  return {
    "8-1": results("parallel", [steps("task-1"), steps("task-2")]),

    "8-3": results("named", [
      { name: "first", func: returns("one") },
      { name: "second", func: returns("two") },
    ]),

    "8-5": results("empty", []),

    "8-7": batch(
      "throwing",
      [fails, returns("never")],
      { completionConfig: { toleratedFailureCount: 0 } },
      (result) => result.throwIfError(),
    ),

    "8-9": summary(
      "tolerated",
      [returns("ok"), fails, returns("ok")],
      { toleratedFailureCount: 1 },
      "completionReason",
      "status",
      "successCount",
      "failureCount",
      "totalCount",
    ),

    "8-11": results("concurrent", ["r0", "r1", "r2"].map(returns), { maxConcurrency: 2 }),

    "8-13": summary(
      "tolerated-pct",
      [fails, fails, returns("never"), returns("never")],
      { toleratedFailurePercentage: 25 },
      "completionReason",
      "successCount",
      "failureCount",
      "totalCount",
    ),

    "8-15": results("serde", ["x", "y"].map(returns), { itemSerdes: wrapped }),

    "8-17": summary(
      "min-not-reached",
      [returns("ok"), fails, returns("ok")],
      { minSuccessful: 3 },
      "completionReason",
      "status",
      "successCount",
      "failureCount",
      "totalCount",
    ),

    "8-19": results("bad-concurrency", [returns("a"), returns("b")], { maxConcurrency: 0 }),

    "8-21": results("outer", [
      async (context) =>
        (await context.parallel("inner", [steps("i1"), steps("i2")], ONE_AT_A_TIME)).getResults(),
    ]),
  };
};
