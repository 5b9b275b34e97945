/** A payload with a date, as an object whose date is in epoch seconds. */
const deserializeWithSeconds = async (text) => {
  const payload = JSON.parse(text);
  return { ...payload, timestamp: Date.parse(payload.timestamp) / 1000 };
};

/** @param {typeof import("@stepwell/durable")} sdk */
export const callback = ({ withDurableExecution }) => {
  /** Makes a callback, does something, and waits for the callback's result. */
  const callbackAround = (config, between = async () => {}) =>
    withDurableExecution(async (name, context) => {
      const [result] = await context.createCallback(name, config);
      await between(context);
      return await result;
    });

  return {
    "4-1": callbackAround(),

    "4-3": callbackAround({ timeout: { seconds: 5 } }),

    "4-5": callbackAround({ heartbeatTimeout: { seconds: 10 } }),

    "4-7": callbackAround(undefined, (context) => context.step(async () => "done")),

    "4-9": callbackAround(undefined, (context) => context.wait({ seconds: 5 })),

    "4-11": callbackAround({ timeout: { seconds: 3 } }, (context) => context.wait({ seconds: 6 })),

    "4-13": withDurableExecution(async (name, context) => {
      const [result] = await context.createCallback(name);
      const message = await result.catch((error) => `failed: ${error.message}`);
      await context.wait({ seconds: 2 });
      return message;
    }),

    "4-15": withDurableExecution(async (name, context) => {
      const [result] = await context.createCallback(name, {
        serdes: { deserialize: deserializeWithSeconds },
      });
      return { received: await result };
    }),

    "4-17": withDurableExecution(async ([nameA, nameB], context) => {
      const [a] = await context.createCallback(nameA);
      const resultA = await a;
      const [b] = await context.createCallback(nameB);
      return [resultA, await b];
    }),

    "4-19": withDurableExecution(async ([nameA, nameB], context) => {
      const [a] = await context.createCallback(nameA);
      const [b] = await context.createCallback(nameB);
      const resultB = await b;
      return [await a, resultB];
    }),
  };
};
