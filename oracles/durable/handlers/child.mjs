import { attempts, fails, noRetry } from "./common.mjs";

/** More than the 256 KiB that are stored of a child's result. */
const LARGE_BYTES = 300 * 1024;

/** On the child itself: AWS's SDK does not hand the setting down. */
const logOnReplay = (context) => context.configureLogger({ modeAware: false });

/** @param {typeof import("@stepwell/durable")} sdk */
export const child = ({ withDurableExecution }) => ({
  "3-1": withDurableExecution(
    async (event, context) =>
      await context.runInChildContext("child", (inner) => inner.step(async () => event)),
  ),

  "3-3": withDurableExecution(
    async (event, context) =>
      await context.runInChildContext("child", async (inner) => {
        const first = await inner.step(async () => event);
        return await inner.step(async () => first);
      }),
  ),

  "3-5": withDurableExecution(async (event, context) => {
    try {
      await context.runInChildContext("child", (inner) => inner.step(fails, { retryStrategy: noRetry }));
    } catch {
      return await context.step(async () => event);
    }
  }),

  "3-7": withDurableExecution(
    async (event, context) =>
      await context.runInChildContext("child", (inner) =>
        inner.step(
          async ({ attempt }) => {
            if (attempt === 1) throw new Error("the first attempt fails");
            return event;
          },
          { retryStrategy: attempts(2) },
        ),
      ),
  ),

  "3-9": withDurableExecution(async (event, context) => {
    const result = await context.runInChildContext("child", (inner) => inner.step(async () => event));
    await context.wait({ seconds: 1 });
    return result;
  }),

  "3-11": withDurableExecution(async (event, context) => {
    const large = await context.runInChildContext("child", async (inner) => {
      logOnReplay(inner);
      inner.logger.info(event);
      const small = await inner.step(async () => "x");
      return small.repeat(LARGE_BYTES);
    });
    await context.wait({ seconds: 1 });
    return large.length;
  }),

  "3-13": withDurableExecution(async (event, context) => {
    const result = await context.runInChildContext("child", async (inner) => {
      await inner.wait({ seconds: 1 });
      return event;
    });
    return await context.step(async () => result);
  }),

  "3-15": withDurableExecution(async (_event, context) => await context.runInChildContext("child", fails)),

  "3-17": withDurableExecution(async (event, context) => {
    const result = await context.runInChildContext("child", async (inner) => {
      logOnReplay(inner);
      inner.logger.info(event);
      return event;
    });
    await context.wait({ seconds: 1 });
    return result;
  }),
});
