import { withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { turns } from "./scenarios/scenario.ts";
import { BOTH, sleep } from "./sdks.ts";

describe.each(BOTH)("%s: an invocation", (_name, sdk) => {
  test("does not end under a running step, although a branch waits", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      const result = await context.parallel([
        async (branch) => branch.wait("long", { hours: 1 }),
        async (branch) => branch.step("slow", async () => sleep(60)),
      ]);
      return result.successCount;
    });
    const execution = await runToEnd(handler);
    expect(execution.result).toBe(2);
    expect(execution.invocations).toHaveLength(2);
    expect(execution.events.indexOf("StepSucceeded slow")).toBeLessThan(
      execution.events.indexOf("InvocationCompleted"),
    );
  });

  test("gives code between operations a moment, although something else waits", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      const late = async () => {
        await sleep(5);
        await context.step("late", async () => 1);
      };
      await Promise.all([context.wait("long", { hours: 1 }), late()]);
    });
    const execution = await runToEnd(handler);
    expect(execution.events.indexOf("StepSucceeded late")).toBeLessThan(
      execution.events.indexOf("InvocationCompleted"),
    );
  });

  test("gives a branch's own code a moment, although the others wait and the process shows nothing of it", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      await context.parallel([
        async (branch) => branch.wait("long", { hours: 1 }),
        async (branch) => branch.promise.all([branch.wait("longer", { hours: 2 })]),
        async (branch) => {
          await turns(10); // As compressing, signing and compiling do, it shows in no resource.
          await branch.step("late", async () => 1);
        },
      ]);
    });
    const execution = await runToEnd(handler);
    expect(execution.events.indexOf("StepSucceeded late")).toBeLessThan(
      execution.events.indexOf("InvocationCompleted"),
    );
  });

  test("sees a wait end while a step runs, without another invocation", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      const result = await context.parallel([
        async (branch) => {
          await branch.wait("short", { seconds: 1 });
          return branch.step("after", async () => 1);
        },
        async (branch) => branch.step("slow", async () => sleep(1800)),
      ]);
      return result.successCount;
    });
    const execution = await runToEnd(handler, { clock: { now: () => Date.now() } });
    expect(execution.result).toBe(2);
    expect(execution.invocations).toHaveLength(1);
  });

  test("retries a step in process while another one runs", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      const flaky = context.step(
        "flaky",
        async ({ attempt }) => {
          if (attempt === 1) throw new Error("once");
          return attempt;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      );
      await context.step("slow", async () => sleep(1800));
      return flaky;
    });
    const execution = await runToEnd(handler, { clock: { now: () => Date.now() } });
    expect(execution.result).toBe(2);
    expect(execution.invocations).toHaveLength(1);
  });
});

describe("An invocation goes on where AWS's SDK would end it:", () => {
  test("while nobody awaits the wait that was started", async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const pause = context.wait("pause", { hours: 1 });
      await context.step("first", async () => 1);
      await sleep(60);
      await context.step("second", async () => 2);
      await pause;
    });
    const execution = await runToEnd(handler);
    expect(execution.invocations).toHaveLength(2);
    expect(execution.events.indexOf("StepSucceeded second")).toBeLessThan(
      execution.events.indexOf("InvocationCompleted"),
    );
  });

  test("after a race that a step won against a wait", async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const winner = await context.promise.race<unknown>([
        context.wait("slow", { hours: 1 }),
        context.step("fast", async () => "fast"),
      ]);
      await sleep(60);
      return winner;
    });
    const execution = await runToEnd(handler);
    expect(execution.result).toBe("fast");
    expect(execution.invocations).toHaveLength(1);
  });
});

describe("Work that a batch left behind", () => {
  test("neither keeps the invocation alive nor is stored", async () => {
    let finish!: () => void;
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const handler = withDurableExecution(async (_event, context) => {
      const result = await context.map(
        "first wins",
        ["fast", "slow"],
        async (child, item) => child.step(item, async () => (item === "slow" ? slow : undefined)),
        { completionConfig: { minSuccessful: 1 } },
      );
      await context.wait("pause", { hours: 1 });
      return [result.successCount, result.startedCount];
    });
    const execution = await runToEnd(handler);
    finish();
    expect(execution.result).toEqual([1, 1]);
    expect(execution.invocations).toHaveLength(2);
    expect(execution.events).not.toContain("StepSucceeded slow");
  });

  test("does not run again when its context is made again for its large result", async () => {
    let runs = 0;
    const handler = withDurableExecution(async (_event, context) => {
      const large = await context.runInChildContext("large", async (child) => {
        const second = async () => {
          await child.step("one", async () => 1);
          await child.wait("never over", { hours: 100 });
          await child.step("never", async () => runs++);
        };
        await Promise.race([second(), child.step("winner", async () => sleep(10))]);
        return "x".repeat(300 * 1024);
      });
      await context.wait("pause", { hours: 1 });
      return large.length;
    });
    const execution = await runToEnd(handler);
    expect(execution.result).toBe(300 * 1024);
    expect(runs).toBe(0);
  });
});

test("a context with a large result is made again although a callback in it timed out", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const large = await context.runInChildContext("large", async (child) => {
      const outcome = await child
        .waitForCallback("approval", async () => {}, { timeout: { seconds: 1 } })
        .catch((error: Error) => error.name);
      const [late] = await child.createCallback("late", { timeout: { seconds: 1 } });
      const second = await late.catch((error) => (error as Error).name);
      return [outcome, second, "x".repeat(300 * 1024)];
    });
    await context.wait("pause", { hours: 1 });
    return large.slice(0, 2);
  });
  const execution = await runToEnd(handler);
  expect(execution.result).toEqual(["CallbackTimeoutError", "CallbackTimeoutError"]);
});
