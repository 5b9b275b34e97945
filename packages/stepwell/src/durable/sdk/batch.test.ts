import { withDurableExecution } from "@stepwell/durable";
import { expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { sleep } from "./sdks.ts";

test("a short wait is seen in process although a longer one was there before", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const result = await context.parallel([
      async (branch) => branch.wait("long", { seconds: 2 }),
      async (branch) => {
        await branch.step("first", async () => sleep(100));
        await branch.wait("short", { seconds: 1 });
        await branch.step("after", async () => sleep(1300));
      },
      async (branch) => branch.step("busy", async () => sleep(1500)),
    ]);
    return result.successCount;
  });
  const execution = await runToEnd(handler, { clock: { now: () => Date.now() } });
  expect(execution.result).toBe(3);
  const { events } = execution;
  expect(execution.invocations).toHaveLength(1);
  expect(events.indexOf("WaitSucceeded short")).toBeLessThan(events.indexOf("WaitSucceeded long"));
  expect(events.indexOf("WaitSucceeded long")).toBeLessThan(events.indexOf("StepSucceeded after"));
});

test("a completion predicate that throws fails the map, with its error", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    let asked = 0;
    await context.map("m", [1, 2], async (_child, item) => item, {
      completionConfig: {
        shouldComplete: () => {
          if (++asked > 2) throw new RangeError("bad predicate");
          return { complete: false };
        },
      },
    });
  });
  const execution = await runToEnd(handler);
  expect(execution.error).toMatchObject({ ErrorType: "ChildContextError", ErrorMessage: "bad predicate" });
});

test("no more than maxConcurrency items run at once", async () => {
  let running = 0;
  let most = 0;
  const handler = withDurableExecution(async (_event, context) => {
    const result = await context.map(
      [1, 2, 3, 4, 5, 6, 7],
      async (child) =>
        child.step(async () => {
          most = Math.max(most, ++running);
          await sleep(2);
          running--;
        }),
      { maxConcurrency: 3 },
    );
    return result.totalCount;
  });
  expect((await runToEnd(handler)).result).toBe(7);
  expect(most).toBe(3);
});

test("serdes may be synchronous, and steps may return plain values", async () => {
  const serdes = {
    serialize: (value: unknown) => `<${value}>`,
    deserialize: (data: string | undefined) => data?.slice(1, -1),
  };
  const handler = withDurableExecution(async (_event, context) => {
    const step = context.step as (name: string, fn: () => unknown, config?: object) => Promise<unknown>;
    return [await step.call(context, "a", () => "x", { serdes }), await step.call(context, "b", () => 1)];
  });
  expect((await runToEnd(handler)).result).toEqual(["x", 1]);
});

test("1,200 items are mapped, over checkpoints and pages of state", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const items = Array.from({ length: 1200 }, (_, i) => i);
    const result = await context.map("many", items, async (child, item) => {
      if (item % 500 === 0) await child.wait({ seconds: 1 });
      return child.step(async () => item);
    });
    return result.getResults().reduce((sum, n) => sum + n, 0);
  });
  const execution = await runToEnd(handler);
  expect(execution.result).toBe(1199 * 600);
  expect(execution.invocations).toHaveLength(2);
});
