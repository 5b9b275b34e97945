import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import * as awsTesting from "@aws/durable-execution-sdk-js-testing";
import { type DurableContext, withDurableExecution as withOwn } from "@stepwell/durable";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as ownTesting from "../index.ts";
import { type DurableOperation, type DurableTestRunner, LocalDurableTestRunner } from "../index.ts";

type Handler = ConstructorParameters<typeof LocalDurableTestRunner>[0]["handlerFunction"];
type Durable = <T>(run: (event: T, context: DurableContext) => Promise<unknown>) => Handler;
type Library = Pick<
  typeof ownTesting,
  | "LocalDurableTestRunner"
  | "ExecutionStatus"
  | "OperationStatus"
  | "OperationType"
  | "WaitingOperationStatus"
>;

const SDKS: readonly [string, Durable][] = [
  ["Stepwell's SDK", withOwn],
  ["AWS's SDK", withAws as never],
];
const LIBRARIES: readonly [string, Library][] = [
  ["stepwell/testing", ownTesting],
  ["AWS's testing library", awsTesting as unknown as Library],
];
const CASES = LIBRARIES.flatMap(([library, exports]) =>
  SDKS.map(([sdk, durable]) => ({ library, sdk, ...exports, durable })),
);

/** The runners of one library for handlers of one SDK, while a suite runs that skips time. */
function skippingTime({
  LocalDurableTestRunner: Runner,
  durable,
}: Pick<(typeof CASES)[0], "LocalDurableTestRunner" | "durable">) {
  beforeAll(() => Runner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => Runner.teardownTestEnvironment());
  return <T>(run: (event: T, context: DurableContext) => Promise<unknown>) =>
    new Runner({ handlerFunction: durable(run) });
}

describe.each(CASES)("The same suite passes with $library, with handlers of $sdk", (library) => {
  const { ExecutionStatus, OperationStatus, OperationType, WaitingOperationStatus, durable } = library;
  const runnerOf = skippingTime(library);

  test("a step and a wait of two days", async () => {
    const runner = runnerOf(async (event: { name: string }, context) => {
      const greeting = await context.step("greet", async () => `hello ${event.name}`);
      await context.wait("sleep", { days: 2 });
      return greeting;
    });
    const execution = await runner.run({ payload: { name: "ada" } });
    expect(execution.getStatus()).toBe(ExecutionStatus.SUCCEEDED);
    expect(execution.getResult()).toBe("hello ada");
    expect(execution.getInvocations()).toHaveLength(2);
    expect(execution.getInvocations()[0]).toMatchObject({
      requestId: expect.any(String),
      error: undefined,
    });
    const greet = runner.getOperation("greet");
    expect(greet.getType()).toBe(OperationType.STEP);
    expect(greet.getStepDetails()).toEqual({
      attempt: 1,
      nextAttemptTimestamp: undefined,
      result: "hello ada",
      error: undefined,
    });
    const sleep = runner.getOperationByIndex(1);
    expect(sleep.getWaitDetails()).toEqual({
      waitSeconds: 172_800,
      scheduledEndTimestamp: expect.any(Date),
    });
    expect(() => sleep.getStepDetails()).toThrow("Operation type WAIT is not STEP");
    expect(() => sleep.getContextDetails()).toThrow("Operation type WAIT is not CONTEXT");
    expect(() => sleep.getChainedInvokeDetails()).toThrow("Operation type WAIT is not INVOKE");
    expect(() => greet.getWaitDetails()).toThrow("Operation type STEP is not WAIT");
    expect(() => greet.getCallbackDetails()).toThrow(
      "Operation with Type STEP and SubType Step is not a valid callback",
    );
    expect(() => execution.getError()).toThrow("Cannot get error for succeeded execution");
    expect(execution.getOperations({ status: OperationStatus.SUCCEEDED })).toHaveLength(2);
    expect(execution.getHistoryEvents()).toHaveLength(8);
  });

  test("a step that is retried, and one that has no attempts left", async () => {
    let attempts = 0;
    const runner = runnerOf(async (_event, context) => {
      const retryStrategy = (_error: Error, n: number) => ({ shouldRetry: n < 3, delay: { minutes: 10 } });
      const flaky = async () => {
        if (++attempts < 3) throw new Error(`attempt ${attempts}`);
        return attempts;
      };
      await context.step("flaky", flaky, { retryStrategy });
      await context.step("broken", async () => Promise.reject(new TypeError("for good")), {
        retryStrategy,
      });
    });
    const execution = await runner.run();
    expect(execution.getStatus()).toBe(ExecutionStatus.FAILED);
    expect(execution.getError()).toMatchObject({ errorMessage: "for good", errorType: "StepError" });
    expect(() => execution.getResult()).toThrow("for good");
    expect(runner.getOperation("flaky").getStepDetails()).toMatchObject({ attempt: 3, result: 3 });
    expect(runner.getOperation("broken").getStepDetails()).toMatchObject({
      attempt: 3,
      error: { errorMessage: "for good", errorType: "TypeError" },
    });
  });

  test("callbacks completed while the run goes on", async () => {
    const runner = runnerOf(async (_event, context) => {
      const callbacks = ["one", "two", "three"].map((name) =>
        context.createCallback(name, { timeout: { hours: 1 }, heartbeatTimeout: { minutes: 9 } }),
      );
      return Promise.all(callbacks.map(async (created) => (await created)[0]));
    });
    const [one, two, three] = ["one", "two", "three"].map((name) => runner.getOperation(name));
    const running = runner.run();
    await Promise.all(
      [one!, two!, three!].map((callback) => callback.waitForData(WaitingOperationStatus.STARTED)),
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    await Promise.all([two!.sendCallbackSuccess("2"), one!.sendCallbackSuccess("1")]);
    await three!.sendCallbackHeartbeat();
    await three!.sendCallbackSuccess("3");
    const execution = await running;
    expect(execution.getResult()).toEqual(["1", "2", "3"]);
    expect(execution.getOperations().every((operation) => operation.isCallback())).toBe(true);
    expect(one!.getCallbackDetails()).toStrictEqual({
      callbackId: expect.any(String),
      error: undefined,
      result: 1,
    });
  });

  test("a waitForCallback that is submitted, and fails", async () => {
    const submitted = vi.fn(async () => {});
    const runner = runnerOf(async (_event, context) => context.waitForCallback("approve", submitted));
    const approve = runner.getOperation("approve");
    const running = runner.run();
    await approve.waitForData(WaitingOperationStatus.SUBMITTED);
    expect(submitted).toHaveBeenCalledOnce();
    expect(approve.isWaitForCallback()).toBe(true);
    expect(approve.getChildOperations()!.map((child) => child.getType())).toEqual(["CALLBACK", "STEP"]);
    await approve.sendCallbackFailure({ ErrorMessage: "rejected", ErrorType: "Rejection" });
    const execution = await running;
    expect(execution.getError().errorMessage).toContain("rejected");
    await expect(approve.waitForData(WaitingOperationStatus.COMPLETED)).resolves.toBe(approve);
  });

  test("functions that are registered, durable or plain, by the names they are invoked by", async () => {
    const runner = runnerOf(async (names: string[], context) => {
      const results: unknown[] = [];
      for (const name of names) results.push(await context.invoke(name, name, { greet: "you" }));
      return results;
    });
    runner
      .registerFunction("plain:$LATEST", async (event: { greet: string }) => `plain for ${event.greet}`)
      .registerDurableFunction(
        "sleeper",
        durable(async (event: { greet: string }, context) => {
          await context.wait({ days: 1 });
          return `durable for ${event.greet}`;
        }),
      )
      .registerFunction("broken", async () => {
        throw new Error("no luck");
      });
    const execution = await runner.run({ payload: ["plain:$LATEST", "sleeper"] });
    expect(execution.getResult()).toEqual(["plain for you", "durable for you"]);
    expect(runner.getOperation("sleeper").getChainedInvokeDetails()).toStrictEqual({
      error: undefined,
      result: "durable for you",
    });
    runner.reset();
    expect(runner.getOperation("sleeper").getStatus()).toBeUndefined();
    const failed = await runner.run({ payload: ["broken"] });
    expect(failed.getError()).toMatchObject({ errorType: "InvokeError", errorMessage: "no luck" });
  });

  test("operations inside contexts, by id and by name and index", async () => {
    const runner = runnerOf(async (_event, context) =>
      context.map("each", [1, 2], async (child, n) => child.step("double", async () => 2 * n)),
    );
    const execution = await runner.run();
    const second = runner.getOperationByNameAndIndex("double", 1);
    expect(second.getStepDetails()!.result).toBe(4);
    expect(runner.getOperationById(second.getId()!).getParentId()).toBe(second.getParentId());
    expect(runner.getOperation("each").getContextDetails()).toMatchObject({ error: undefined });
    const table = vi.spyOn(console, "table").mockReturnValue();
    execution.print({ parentId: false });
    expect(table.mock.calls[0]![0][0]).toMatchObject({
      name: "each",
      type: "CONTEXT",
      status: "SUCCEEDED",
    });
    expect(table.mock.calls[0]![0][0]).not.toHaveProperty("parentId");
    table.mockRestore();
  });

  test("an operation that is not there yet has no data, and its callback cannot be completed", async () => {
    const runner = runnerOf(async () => 1);
    const early = runner.getOperation("early");
    expect([early.getStatus(), early.getOperationData(), early.getStepDetails()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(early.getChildOperations()).toBeUndefined();
    expect(() => early.sendCallbackSuccess("yes")).toThrow("Could not find callback details");
    await runner.run();
  });

  test("an operation that never comes", async () => {
    const runner = runnerOf(async () => 1);
    const never = runner.getOperation("never").waitForData();
    const refused = expect(never).rejects.toThrow(
      "Operation was not found after execution completion. Expected status: STARTED.",
    );
    await runner.run();
    await refused;
  });
});

describe.each(SDKS)("What AWS's library does not do, with handlers of %s:", (_name, durable) => {
  const runnerOf = skippingTime({ LocalDurableTestRunner, durable });

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
