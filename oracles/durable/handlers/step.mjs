import { fails, greet, noRetry, retriedOnce } from "./common.mjs";

class TransientError extends Error {
  name = "TransientError";
}

/** @param {typeof import("@stepwell/durable")} sdk */
export const step = ({ StepSemantics, withDurableExecution }) => ({
  "1-1": withDurableExecution(greet),

  "1-3": withDurableExecution(async (_event, context) => {
    const first = await context.step(async () => "first");
    return await context.step(async () => `${first}_second`);
  }),

  "1-5": withDurableExecution(async (_event, context) => await context.step(async () => null)),

  "1-7": withDurableExecution(
    async (event, context) =>
      await context.step(async ({ logger }) => {
        logger.info(`Greeting step started for: ${event}`);
        const greeting = `Hello, ${event}!`;
        logger.info(`Greeting step completed with: ${greeting}`);
        return greeting;
      }),
  ),

  "1-9": withDurableExecution(async (_event, context) => {
    const value = await context.step(async ({ logger }) => {
      logger.info("step executed");
      return "cached_value";
    });
    await context.wait({ seconds: 1 });
    return value;
  }),

  "1-11": withDurableExecution(retriedOnce()),

  "1-13": withDurableExecution(
    async (_event, context) =>
      await context.step(async ({ attempt }) => {
        if (attempt < 3) throw new Error(`attempt ${attempt} fails`);
        return "Operation succeeded";
      }),
  ),

  "1-15": withDurableExecution(
    async (_event, context) =>
      await context.step(
        async ({ attempt }) => {
          if (attempt === 1) throw new TransientError("not yet");
          return "Operation succeeded";
        },
        {
          retryStrategy: (error) =>
            error instanceof TransientError
              ? { shouldRetry: true, delay: { seconds: 1 } }
              : { shouldRetry: false },
        },
      ),
  ),

  "1-17": withDurableExecution(
    async (event, context) =>
      await context.step(
        "at_most_once_flaky_step",
        async ({ logger }) => {
          logger.info(event);
          process.exit(1);
        },
        { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: noRetry },
      ),
  ),

  "1-19": withDurableExecution(
    async (_event, context) => await context.step(fails, { retryStrategy: noRetry }),
  ),
});
