import { fails } from "./common.mjs";

/** Goes on, `seconds` apart, until the state satisfies `done`. */
const until =
  (done, seconds = 1) =>
  (state) =>
    done(state) ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds } };

const increment = async (state) => state + 1;
const reaches = (threshold) => (state) => state >= threshold;

const base64 = {
  serialize: async (value) => Buffer.from(JSON.stringify(value)).toString("base64"),
  deserialize: async (text) => JSON.parse(Buffer.from(text, "base64").toString()),
};

/** @param {typeof import("@stepwell/durable")} sdk */
export const waitForCondition = ({ withDurableExecution }) => {
  /** Counts from 0 to the input. */
  const counting = (name, seconds = 1) =>
    withDurableExecution(
      async (threshold, context) =>
        await context.waitForCondition(name, increment, {
          initialState: 0,
          waitStrategy: until(reaches(threshold), seconds),
        }),
    );

  return {
    "6-1": counting(undefined),

    "6-3": counting("poll-status"),

    "6-5": counting(undefined, 2),

    "6-7": withDurableExecution(
      async (_event, context) =>
        await context.waitForCondition(fails, { initialState: 0, waitStrategy: until(reaches(1)) }),
    ),

    "6-9": withDurableExecution(
      async (_event, context) =>
        await context.waitForCondition(
          async ({ attempts }) => ({
            status: attempts + 1 >= 2 ? "DONE" : "PENDING",
            attempts: attempts + 1,
          }),
          {
            initialState: { status: "PENDING", attempts: 0 },
            waitStrategy: until(({ status }) => status === "DONE"),
          },
        ),
    ),

    "6-11": withDurableExecution(
      async (_event, context) =>
        await context.waitForCondition(async (state) => `${state}x`, {
          initialState: "",
          waitStrategy: until((state) => state.length >= 2),
          serdes: base64,
        }),
    ),

    "6-13": withDurableExecution(async (_event, context) => {
      const first = await context.waitForCondition(increment, {
        initialState: 0,
        waitStrategy: until(reaches(2)),
      });
      return await context.waitForCondition(increment, {
        initialState: first,
        waitStrategy: until(reaches(4)),
      });
    }),
  };
};
