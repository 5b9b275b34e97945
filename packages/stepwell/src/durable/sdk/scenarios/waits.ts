import { type Scenario, scenario } from "./scenario.ts";

/** Waits. */
export const WAITS: Record<string, Scenario> = {
  "waits one after the other": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.wait({ seconds: 1 });
        await context.wait("long", { days: 2, hours: 1, minutes: 1, seconds: 1 });
        return "done";
      }),
  },
  "waits at once": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const waits = [context.wait("a", { seconds: 3 }), context.wait("b", { seconds: 1 })];
        await Promise.all(waits);
        return "done";
      }),
  },
  "a wait that nobody awaits": scenario(async (context) => {
    void context.wait("idle", { hours: 1 });
    return context.step("meanwhile", async () => "done");
  }),
  "waits and steps in turn": scenario(async (context) => {
    const seen: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      seen.push(await context.step(`turn-${turn}`, async () => turn));
      await context.wait(`pause-${turn}`, { seconds: 1 + turn });
    }
    return seen;
  }),
};
