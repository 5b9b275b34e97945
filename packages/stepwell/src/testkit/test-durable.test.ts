import { withDurableExecution } from "@stepwell/durable";
import { expect, test } from "vitest";
import { testDurable } from "./index.ts";

const handler = withDurableExecution(async (order: { id: string }, context) => {
  const charge = await context.step("charge", async () => `charge-${order.id}`);
  const approval = await context.waitForCallback("approve", async () => {});
  await context.wait("cool down", { hours: 1 });
  return { charge, approval };
});

test("an order goes through a callback and a wait", async () => {
  const run = testDurable(handler).start({ id: "7" });
  await run.callback("approve").succeed("yes");
  expect(await run.result()).toEqual({ charge: "charge-7", approval: "yes" });
  console.log(run.timeline);
});
