/** Handlers and parts of handlers that several requirements share. */

export const noRetry = () => ({ shouldRetry: false });

/** `most` attempts in all, a second apart. */
export const attempts = (most) => (_error, attempt) =>
  attempt < most ? { shouldRetry: true, delay: { seconds: 1 } } : { shouldRetry: false };

export const fails = async () => {
  throw new Error("this always fails");
};

export const greet = async (event, context) => await context.step(async () => `Hello, ${event}!`);

/** A step that fails once and succeeds when it is tried again. */
export const retriedOnce =
  (result = "Operation succeeded", name = undefined) =>
  async (_event, context) =>
    await context.step(
      name,
      async ({ attempt }) => {
        if (attempt === 1) throw new Error("the first attempt fails");
        return result;
      },
      { retryStrategy: attempts(2) },
    );

/** The given members of a batch's result. */
export const project = (batch, ...members) =>
  Object.fromEntries(members.map((member) => [member, batch[member]]));

export const ONE_AT_A_TIME = { maxConcurrency: 1 };
