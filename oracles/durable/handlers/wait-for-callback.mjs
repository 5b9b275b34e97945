import { attempts, fails } from "./common.mjs";

const submits = async () => {};

/** @param {typeof import("@stepwell/durable")} sdk */
export const waitForCallback = ({ withDurableExecution }) => {
  /** One wait for a callback that has the input as its name. */
  const named = (config, submitter = submits) =>
    withDurableExecution(async (name, context) => await context.waitForCallback(name, submitter, config));

  return {
    "7-1": named(),

    "7-3": withDurableExecution(async (_event, context) => await context.waitForCallback(async () => {})),

    "7-5": named({ timeout: { seconds: 3 } }),

    "7-7": named({ retryStrategy: attempts(2) }, fails),

    "7-9": withDurableExecution(async (_event, context) => {
      await context.waitForCallback("first", submits);
      return await context.waitForCallback("second", submits);
    }),

    "7-11": withDurableExecution(async (name, context) => {
      const { status } = await context.waitForCallback(name, submits, {
        serdes: { deserialize: async (text) => JSON.parse(text) },
      });
      return status;
    }),

    "7-13": named({ heartbeatTimeout: { seconds: 10 } }),

    "7-15": named(),
  };
};
