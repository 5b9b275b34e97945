import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withDurableExecution } from "@stepwell/durable";

export const handler = withDurableExecution(async (order, context) => {
  const { id, steps = 1, stepMs = 0, waits = false, callback } = order;
  const work = (name, ms) => async () => {
    appendFileSync(process.env.RECORD, `${id} ${name}\n`);
    await delay(ms);
    return name;
  };
  const done = [];
  for (let i = 0; i < steps; i++) {
    done.push(await context.step(`step-${i}`, work(`step-${i}`, stepMs)));
    if (waits) await context.wait(`wait-${i}`, { seconds: 1 });
  }
  const approval = (scope) => scope.waitForCallback("approval", async () => {});
  if (callback === "resting") done.push(await approval(context));
  if (callback === "busy") {
    const both = await context.parallel("both", [
      approval,
      (scope) => scope.step("beside", work("beside", 1500)),
    ]);
    done.push(both.getResults()[0]);
  }
  return { id, done };
});
