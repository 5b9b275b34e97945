import type { DurableContext } from "@stepwell/durable";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sleep } from "../../durable/sdk/sdks.ts";
import type * as testing from "../index.ts";

type Handler = ConstructorParameters<typeof testing.LocalDurableTestRunner>[0]["handlerFunction"];
/** What an SDK makes handlers with. */
export type Durable = <T>(run: (event: T, context: DurableContext) => Promise<unknown>) => Handler;
/** What stepwell/testing and AWS's testing library have in common. */
export type Library = Pick<
  typeof testing,
  | "LocalDurableTestRunner"
  | "ExecutionStatus"
  | "OperationStatus"
  | "OperationType"
  | "WaitingOperationStatus"
>;

/** The runners of one library for handlers of one SDK, while a suite runs that skips time. */
export function skippingTime(Runner: Library["LocalDurableTestRunner"], durable: Durable) {
  beforeAll(() => Runner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => Runner.teardownTestEnvironment());
  return <T>(run: (event: T, context: DurableContext) => Promise<unknown>) =>
    new Runner({ handlerFunction: durable(run) });
}

/** A suite as users of AWS's testing library write it. */
export function runnerSuite(title: string, library: Library, durable: Durable): void {
  const { ExecutionStatus, OperationStatus, OperationType, WaitingOperationStatus } = library;

  describe(title, () => {
    const runnerOf = skippingTime(library.LocalDurableTestRunner, durable);

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
      expect(execution.getInvocations().at(-1)!.error).toMatchObject({ errorMessage: "for good" });
      expect(() => execution.getResult()).toThrow("for good");
      expect(runner.getOperation("flaky").getStepDetails()).toMatchObject({
        ...{ attempt: 3, result: 3, error: undefined },
      });
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
      await sleep(30);
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
}
