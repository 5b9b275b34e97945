import { readFile } from "node:fs/promises";
import { withDurableExecution } from "@stepwell/durable";
import { afterEach, expect, test, vi } from "vitest";
import { explore, testDurable } from "./index.ts";

afterEach(() => vi.restoreAllMocks());

const remind = { mail: async (_to: string) => {} };

const handler = withDurableExecution(async (order: { id: string }, context) => {
  const charge = await context.step("charge", async () => `charge-${order.id}`);
  const approval = await context.waitForCallback("approve", async () => {}, { timeout: { days: 2 } });
  await context.wait("cool down", { days: 30 });
  await context.step("remind", () => remind.mail(order.id));
  return { charge, approval };
});

test("an order is charged, approved, and reminded of", async () => {
  const run = testDurable(handler).start({ id: "7" });
  await run.callback("approve").succeed("yes");
  expect(await run.result()).toEqual({ charge: "charge-7", approval: "yes" });
});

test("an order that nobody approves fails", async () => {
  const run = testDurable(handler).start({ id: "7" });
  expect(await run.error()).toMatchObject({ ErrorType: "CallbackTimeoutError" });
  expect(run.operation("approve").status).toBe("FAILED");
});

test("the charge is made before anybody is asked", async () => {
  const run = testDurable(handler).start({ id: "7" });
  await run.operation("approve").waiting();
  expect(run.operation("charge")).toMatchObject({ status: "SUCCEEDED", attempts: 1, result: "charge-7" });
  expect(run.operation("cool down").exists).toBe(false);
});

test("a reminder is sent a month after the approval, and not before", async () => {
  const mail = vi.spyOn(remind, "mail");
  const test = testDurable(handler, { time: "manual" });
  const run = test.start({ id: "7" });
  await run.callback("approve").succeed("yes");
  await test.advance({ days: 29 });
  expect(mail).not.toHaveBeenCalled();
  await test.advance({ days: 1 });
  expect(mail).toHaveBeenCalledWith("7");
});

test("an order is shipped by another durable function", async () => {
  const shop = withDurableExecution(async (_event: unknown, context) => context.invoke("ship", { id: "7" }));
  const ship = withDurableExecution(async (order: { id: string }, context) => {
    await context.wait({ days: 3 });
    return `shipped ${order.id}`;
  });
  expect(await testDurable(shop, { durableFunctions: { ship } }).start().result()).toBe("shipped 7");
});

test("an order survives every crash", async () => {
  await explore(testDurable(handler), async (test) => {
    const run = test.start({ id: "7" });
    await run.callback("approve").succeed("yes");
    return run.result();
  });
});

test("what docs/testing.md shows is what is tested here", async () => {
  const docs = await readFile(new URL("../../../../docs/testing.md", import.meta.url), "utf8");
  const here = await readFile(new URL(import.meta.url), "utf8");
  const examples = [...docs.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  expect(examples.length).toBeGreaterThan(5);
  for (const example of examples) expect(here).toContain(example);
});
