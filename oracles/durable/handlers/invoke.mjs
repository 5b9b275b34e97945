/** Durable functions that others invoke; a durable function is invoked by version. */
const ECHO = "echo:$LATEST";
const FAILING = "failing:$LATEST";

/** Near the 1 MB that a chained invoke may carry. */
const LARGE_CHARACTERS = 900_000;

const upperCase = {
  serialize: async (value) => JSON.stringify(value).toUpperCase(),
  deserialize: async (text) => JSON.parse(text),
};

/** @param {typeof import("@stepwell/durable")} sdk */
export const invoke = ({ withDurableExecution }) => {
  const echoed = withDurableExecution(async (event, context) => await context.invoke("echo", ECHO, event));
  return {
    echo: withDurableExecution(async (event) => event),
    failing: withDurableExecution(async () => {
      throw new Error("the target fails");
    }),

    "5-1": echoed,

    "5-3": echoed,

    "5-5": withDurableExecution(async (_event, context) => await context.invoke("failing", FAILING, {})),

    "5-7": withDurableExecution(async (_event, context) => {
      const large = await context.invoke("echo", ECHO, { text: "x".repeat(LARGE_CHARACTERS) });
      return large.text.length;
    }),

    "5-9": withDurableExecution(async (_event, context) => {
      const result = await context.invoke("echo", ECHO, "kept");
      await context.wait({ seconds: 1 });
      return result;
    }),

    "5-11": withDurableExecution(async (_event, context) => {
      const first = await context.step(async () => "from a step");
      return await context.invoke("echo", ECHO, first);
    }),

    "5-13": withDurableExecution(
      async (_event, context) =>
        await context.runInChildContext("child", (inner) => inner.invoke("echo", ECHO, "from a child")),
    ),

    "5-15": withDurableExecution(
      async (event, context) => await context.invoke("echo", ECHO, event, { payloadSerdes: upperCase }),
    ),
  };
};
