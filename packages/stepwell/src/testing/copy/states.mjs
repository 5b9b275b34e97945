import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withDurableExecution } from "@stepwell/durable";

/** Brings an execution into the state that its event names; the record has a line for each body that ran. */
export const states = withDurableExecution(async ({ state }, context) => {
  const did = (name) => appendFileSync(process.env.RECORD, `${state} ${name}\n`);
  const before = await context.step("before", async () => did("before"));
  if (state === "sleeping") await context.wait("sleep", { seconds: 4 });
  if (state === "callback") return context.waitForCallback("approval", async () => {});
  if (state === "retrying") {
    await context.step(
      "flaky",
      async (step) => {
        if (step.attempt === 1) throw new Error("not yet");
      },
      { retryStrategy: (_error, attempts) => ({ shouldRetry: attempts < 3, delay: { seconds: 4 } }) },
    );
  }
  if (state === "chained") await context.invoke("call", "states:$LATEST", { state: "sleeping" });
  if (state === "running") await context.step("long", () => delay(2_000));
  if (state === "large") await context.step("large", async () => "x".repeat(400_000));
  await context.step("after", async () => did("after"));
  return { state, before };
});

/** A plain function: its event is waiting for its next attempt when it has failed once. */
export const failing = async () => {
  throw new Error("always");
};
