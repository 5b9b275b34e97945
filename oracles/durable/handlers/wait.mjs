/** @param {typeof import("@stepwell/durable")} sdk */
export const wait = ({ withDurableExecution }) => ({
  "2-1": withDurableExecution(async (_event, context) => await context.wait({ seconds: 2 })),

  "2-3": withDurableExecution(async (_event, context) => {
    await context.wait("wait-1", { seconds: 2 });
    await context.wait("wait-2", { seconds: 2 });
    return { completedWaits: 2 };
  }),

  "2-5": withDurableExecution(async (_event, context) => await context.wait({ hours: 1 })),
});
