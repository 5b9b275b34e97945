import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import { withDurableExecution as withOwn } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import * as testing from "../index.ts";
import { type DurableOperation, type DurableTestRunner, LocalDurableTestRunner } from "../index.ts";
import { type Durable, runnerSuite, skippingTime } from "./runner-suite.ts";

const SDKS: readonly [string, Durable][] = [
  ["Stepwell's SDK", withOwn],
  ["AWS's SDK", withAws as never],
];

for (const [sdk, durable] of SDKS) {
  runnerSuite(`A suite for AWS's library passes on Stepwell's, with handlers of ${sdk}`, testing, durable);
}

describe.each(SDKS)("What AWS's library does not do, with handlers of %s:", (_name, durable) => {
  const runnerOf = skippingTime(LocalDurableTestRunner, durable);

  test("events are in the order of AWS's service", async () => {
    const runner = runnerOf(async (_event, context) => {
      await context.step("greet", async () => "hello");
      await context.wait("sleep", { days: 2 });
    });
    const execution = await runner.run();
    expect(execution.getHistoryEvents().map(({ EventType }) => EventType)).toEqual([
      ...["ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "InvocationCompleted"],
      ...["WaitSucceeded", "InvocationCompleted", "ExecutionSucceeded"],
    ]);
  });

  test("waits have the time of their end", async () => {
    const runner = runnerOf(async (_event, context) => context.wait("sleep", { days: 2 }));
    await runner.run();
    const sleep = runner.getOperation("sleep");
    const tookMs = sleep.getEndTimestamp()!.getTime() - sleep.getStartTimestamp()!.getTime();
    expect(tookMs).toBeGreaterThanOrEqual(172_800_000);
  });

  test("timeouts of callbacks are skipped to as well", async () => {
    const runner = runnerOf(async (_event, context) => {
      const [callback] = await context.createCallback("never", { heartbeatTimeout: { seconds: 90 } });
      return callback;
    });
    const execution = await runner.run();
    expect(execution.getError()).toMatchObject({ errorMessage: expect.stringContaining("heartbeat") });
    expect(runner.getOperation("never").getStatus()).toBe("TIMED_OUT");
  });
});

test("Without skipTime a wait takes its time, as with AWS's library", async () => {
  await LocalDurableTestRunner.setupTestEnvironment({ checkpointDelay: 10 });
  const runner: DurableTestRunner<DurableOperation, number> = new LocalDurableTestRunner<number>({
    handlerFunction: withOwn(async (_event: unknown, context) => {
      const startMs = Date.now();
      await context.wait({ seconds: 1 });
      return startMs;
    }),
  });
  const startMs = Date.now();
  const execution = await runner.run();
  await LocalDurableTestRunner.teardownTestEnvironment();
  // The handler is called again after the wait.
  expect(execution.getResult()! - startMs).toBeGreaterThanOrEqual(1000);
});
