import { createWaitStrategy, JitterStrategy, withDurableExecution } from "@stepwell/durable";
import { expect, test } from "vitest";
import { runToEnd } from "./driver.ts";

test("waitForCondition gives up at its timeout, after a last check at that moment", async () => {
  let checks = 0;
  const handler = withDurableExecution(async (_event, context) =>
    context.waitForCondition("ready", async (n: number) => n + ++checks, {
      initialState: 0,
      waitStrategy: createWaitStrategy({
        shouldContinuePolling: () => true,
        initialDelay: { seconds: 40 },
        backoffRate: 1,
        jitter: JitterStrategy.NONE,
        timeoutSeconds: 100,
      }),
    }),
  );
  const execution = await runToEnd(handler);
  expect(execution.status).toBe("FAILED");
  expect(execution.error?.ErrorMessage).toBe("waitForCondition exceeded its timeout (100 seconds)");
  // At 0, 40, 80 and 100 seconds.
  expect(checks).toBe(4);
});

test("waitForCondition that is awaited later runs meanwhile", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const ready = context.waitForCondition(async (n: number) => n + 1, {
      initialState: 0,
      waitStrategy: (n) =>
        n < 2 ? { shouldContinue: true, delay: { seconds: 30 } } : { shouldContinue: false },
    });
    await context.wait("first", { minutes: 1 });
    return ready;
  });
  const execution = await runToEnd(handler);
  expect(execution.result).toBe(2);
  expect(execution.events.indexOf("WaitSucceeded first")).toBeGreaterThan(
    execution.events.indexOf("StepSucceeded"),
  );
});
