import { withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { BOTH, sleep } from "./sdks.ts";

describe.each(BOTH)("%s", (_name, sdk) => {
  test.each(["NESTED", "FLAT"] as const)(
    "makes a large %s map again from what its items have stored, and does nothing twice",
    async (nesting) => {
      const did: string[] = [];
      const handler = sdk.withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "large",
          [1, 2, 3, 4],
          async (child, item) => {
            await child.step(async () => void did.push(`step of ${item}`));
            if (item === 2) throw new Error("two");
            // The last one never gets further: there are enough successes before.
            await child.wait({ seconds: item === 4 ? 3600 : 1 });
            return `${item}${"x".repeat(300 * 1024)}`;
          },
          { nesting, completionConfig: { minSuccessful: 2, toleratedFailureCount: 1 } },
        );
        await context.wait({ seconds: 1 });
        const items = result.all.map(({ index, status, result: text }) => [index, status, text?.[0]]);
        return [result.completionReason, items];
      });
      const execution = await runToEnd(handler);
      expect(execution.invocations).toHaveLength(3);
      const items = [
        [0, "SUCCEEDED", "1"],
        [1, "FAILED", null],
        [2, "SUCCEEDED", "3"],
      ];
      expect(execution.result).toEqual(["MIN_SUCCESSFUL_REACHED", items]);
      expect(did.toSorted()).toEqual(["step of 1", "step of 2", "step of 3", "step of 4"]);
      const summary = execution.operation("large").ContextDetails;
      expect(summary?.ReplayChildren).toBe(true);
      expect(JSON.parse(summary?.Result ?? "")).toMatchObject({ type: "MapResult", itemStatuses: "SFS-" });
    },
  );

  test("stores nothing of a branch that runs on after its parallel was decided", async () => {
    const did: string[] = [];
    const handler = sdk.withDurableExecution(async (_event, context) => {
      const result = await context.parallel(
        "race",
        [
          async (branch) => branch.step("quick", async () => "quick"),
          async (branch) => {
            await branch.step("slow", async () => sleep(50));
            did.push("after slow");
            await branch.step("never", async () => "never");
          },
        ],
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.step("after", async () => sleep(100));
      return [result.startedCount, result.completionReason];
    });
    const { result, events } = await runToEnd(handler);
    expect(result).toEqual([1, "MIN_SUCCESSFUL_REACHED"]);
    expect(did).toEqual([]);
    expect(events).toContain("StepStarted slow");
    expect(events).not.toContain("StepSucceeded slow");
    expect(events.filter((event) => event.includes("never"))).toEqual([]);
  });
});

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
