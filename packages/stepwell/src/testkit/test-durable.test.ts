import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import { type DurableContext, retryPresets, StepError, withDurableExecution } from "@stepwell/durable";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { DurableTestError, ExecutionFailedError, testDurable } from "./index.ts";

const order = withDurableExecution(async (event: { id: string }, context) => {
  const charge = await context.step("charge", async () => `charge-${event.id}`);
  const approval = await context.waitForCallback("approve", async () => {});
  await context.wait("cool down", { hours: 1 });
  return { charge, approval };
});

describe("A handler", () => {
  test("runs to its result, with callbacks completed and waits skipped", async () => {
    const run = testDurable(order).start({ id: "7" });
    await run.callback("approve").succeed("yes");
    expect(await run.result()).toEqual({ charge: "charge-7", approval: "yes" });
    expect(run.status).toBe("SUCCEEDED");
    expect(run.invocations).toHaveLength(3);
  });

  test("made with AWS's SDK runs alike", async () => {
    const handler = withAws(async (event: { id: string }, context) => {
      const charge = await context.step("charge", async () => `charge-${event.id}`);
      const approval = await context.waitForCallback("approve", async () => {});
      await context.wait("cool down", { hours: 1 });
      return { charge, approval };
    });
    const test = testDurable<{ id: string }, { charge: string }>(handler);
    const startMs = test.now.getTime();
    const run = test.start({ id: "7" });
    await run.callback("approve").succeed("yes");
    expect(await run.result()).toEqual({ charge: "charge-7", approval: "yes" });
    expect(test.now.getTime() - startMs).toBe(3_600_000);
  });

  test("gives its types to its test", () => {
    const test = testDurable(order);
    expectTypeOf(test.start).parameter(0).toEqualTypeOf<{ id: string } | undefined>();
    expectTypeOf<Awaited<ReturnType<ReturnType<typeof test.start>["result"]>>>().toEqualTypeOf<{
      charge: string;
      approval: string;
    }>();
    // @ts-expect-error: an order has an id.
    () => test.start({ name: "7" });
  });

  test("that fails is told with its error, its timeline and its log", async () => {
    const handler = withDurableExecution(async (_event, context: DurableContext) => {
      context.logger.info("about to charge");
      await context.step(
        "charge",
        async () => {
          throw new Error("card declined");
        },
        { retryStrategy: retryPresets.noRetry },
      );
    });
    const run = testDurable(handler).start();
    const error = await run.result().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ExecutionFailedError);
    expect(error).toMatchObject({ status: "FAILED", error: { ErrorType: "StepError" } });
    expect(error.message).toMatch(/^The execution failed with StepError: card declined\n\n/);
    expect(error.message).toMatch(/charge +Step +FAILED/);
    expect(error.message).toContain("INFO  about to charge");
    expect(await run.error()).toMatchObject({ ErrorType: StepError.name, ErrorMessage: "card declined" });
  });

  test("that succeeds although its test expects a failure is an error", async () => {
    const run = testDurable(withDurableExecution(async () => 5)).start();
    await expect(run.error()).rejects.toThrow("it succeeded with 5");
  });

  test("that is not durable is named as the mistake it is", async () => {
    const run = testDurable(async () => "plain").start();
    await expect(run.result()).rejects.toThrow(/fails whenever it is called.*withDurableExecution/s);
  });

  test("is started once for one name, and refused for another event", async () => {
    const test = testDurable(withDurableExecution(async (event: number) => event));
    const [one, same] = [test.start(1, { name: "a" }), test.start(1, { name: "a" })];
    expect(await one.result()).toBe(1);
    expect(await same.result()).toBe(1);
    expect(same.arn).toBe(one.arn);
    await expect(test.start(2, { name: "a" }).result()).rejects.toMatchObject({
      name: "DurableExecutionAlreadyStartedException",
    });
  });

  test("is refused an event that production would refuse", async () => {
    const test = testDurable(withDurableExecution(async (event: string) => event.length));
    await expect(test.start("x".repeat(2_000_000)).result()).rejects.toThrow("takes at most 1048576");
  });

  test("can be stopped", async () => {
    const run = testDurable(order).start({ id: "7" });
    await run.operation("approve").waiting();
    await run.stop({ ErrorMessage: "changed my mind" });
    await expect(run.result()).rejects.toThrow("was stopped with changed my mind");
  });
});

describe("Time", () => {
  const reminder = withDurableExecution(async (_event, context: DurableContext) => {
    await context.wait("a week", { days: 7 });
    const answer = await context.waitForCallback("answer", async () => {}, {
      timeout: { days: 2 },
      heartbeatTimeout: { days: 1 },
    });
    return answer;
  });

  test("stands still until it is moved, where the test says so", async () => {
    const test = testDurable(reminder, { time: "manual", startTime: new Date("2026-03-01T00:00:00Z") });
    const run = test.start();
    await run.operation("a week").waiting();
    await test.advance({ days: 6 });
    expect(run.operation("a week").status).toBe("STARTED");
    await test.advance({ days: 1 });
    await run.callback("answer").succeed("here");
    expect(await run.result()).toBe("here");
    expect(test.now).toEqual(new Date("2026-03-08T00:00:00Z"));
    expect(run.operation("a week").endedAt).toEqual(test.now);
  });

  test("moves by itself to the timeouts of callbacks when nothing else can happen", async () => {
    const test = testDurable(reminder);
    const startMs = test.now.getTime();
    const run = test.start();
    expect(await run.error()).toMatchObject({ ErrorMessage: expect.stringContaining("heartbeat") });
    expect(test.now.getTime() - startMs).toBe(8 * 86_400_000);
  });

  test("is held off by heartbeats until the callback's own timeout", async () => {
    const test = testDurable(reminder, { time: "manual" });
    const run = test.start();
    await run.operation("a week").waiting();
    await test.skip();
    for (let i = 0; i < 3; i++) {
      await run.callback("answer").heartbeat();
      await test.advance({ hours: 15 });
    }
    expect(run.status).toBe("RUNNING");
    await test.advance({ hours: 3 });
    expect(run.status).toBe("FAILED");
    expect(await run.error()).toMatchObject({ ErrorMessage: expect.stringMatching(/timed out$/) });
  });

  test("brings retries, at their delays", async () => {
    const attempts: number[] = [];
    const test = testDurable(
      withDurableExecution(async (_event, context: DurableContext) =>
        context.step(
          "flaky",
          async () => {
            attempts.push(test.now.getTime());
            if (attempts.length < 4) throw new Error("not yet");
            return "done";
          },
          { retryStrategy: (_error, n) => ({ shouldRetry: n < 4, delay: { minutes: n } }) },
        ),
      ),
    );
    const run = test.start();
    expect(await run.result()).toBe("done");
    expect(run.operation("flaky").attempts).toBe(4);
    expect(attempts.slice(1).map((at, i) => (at - attempts[i]!) / 60_000)).toEqual([1, 2, 3]);
  });

  test("ends an execution that runs for too long, when it is moved so far", async () => {
    const test = testDurable(order, { executionTimeout: { days: 30 } });
    const run = test.start({ id: "7" });
    await run.operation("approve").waiting();
    await test.advance({ days: 30 });
    await expect(run.result()).rejects.toMatchObject({ status: "TIMED_OUT" });
  });

  test("reaches every timer at its own time, however far it is moved", async () => {
    const test = testDurable(
      withDurableExecution(async (_event, context: DurableContext) => {
        for (let i = 0; i < 3; i++) await context.wait(`day ${i}`, { days: 1 });
      }),
      { time: "manual" },
    );
    const startMs = test.now.getTime();
    const run = test.start();
    await test.advance({ days: 10 });
    await run.result();
    const days = run.operations.map(({ endedAt }) => (endedAt!.getTime() - startMs) / 86_400_000);
    expect(days).toEqual([1, 2, 3]);
  });

  test("that has nothing to bring is not skipped", async () => {
    const test = testDurable(withDurableExecution(async () => {}));
    await test.start().result();
    await expect(test.skip()).rejects.toThrow("no execution is running");
  });

  test("is what the handler's context tells", async () => {
    const startTime = new Date("2031-05-05T05:05:05Z");
    const test = testDurable(
      withDurableExecution(async (_event, context) => {
        await context.wait({ days: 1 });
        return context.now();
      }),
      { startTime },
    );
    expect(await test.start().result()).toBe(startTime.getTime() + 86_400_000);
  });
});

describe("An operation", () => {
  const nested = withDurableExecution(async (_event, context: DurableContext) => {
    await context.step("a", async () => ({ n: 1 }));
    await context.step("a", async () => ({ n: 2 }));
    await context.map("each", ["x", "y"], async (child, item) => child.step("inner", async () => item));
  });

  test("is found by name, by name and index, by index and by id", async () => {
    const run = testDurable(nested).start();
    await run.result();
    expect(run.operation<{ n: number }>("a").result.n).toBe(1);
    const second = run.operation("a", 1);
    expect(second.result).toEqual({ n: 2 });
    expect(run.operation({ index: 1 }).id).toBe(second.id);
    expect(run.operation({ id: second.id })).toMatchObject({ name: "a", type: "STEP", status: "SUCCEEDED" });
    expect(run.operation("inner", 1).parent!.parent!.name).toBe("each");
    expect(run.operation("each").children.map(({ subType }) => subType)).toEqual([
      "MapIteration",
      "MapIteration",
    ]);
  });

  test("can be awaited before it exists", async () => {
    const run = testDurable(order).start({ id: "7" });
    const approve = await run.operation("approve").started();
    expect(approve).toMatchObject({ type: "CONTEXT", subType: "WaitForCallback", status: "STARTED" });
    expect((await run.operation("charge").ended()).result).toBe("charge-7");
  });

  test("that the execution ends without is an error that tells which there were", async () => {
    const run = testDurable(nested).start();
    await expect(run.operation("b").started()).rejects.toThrow(
      /Operation "b" has not begun, and the execution is over: it succeeded/,
    );
    expect(() => run.operation("b").status).toThrow(/There is no operation "b"; there are: a, a, each/);
    expect(run.operation("b").exists).toBe(false);
  });
});

describe("A callback", () => {
  const two = withDurableExecution(async (_event, context: DurableContext) => {
    const [promise] = await context.createCallback("first");
    const [other] = await context.createCallback("second");
    return [await promise, await other.catch((error: Error) => error.message)];
  });

  test("is completed or failed in any order, also before it exists", async () => {
    const run = testDurable(two).start();
    await Promise.all([
      run.callback("second").fail(new RangeError("no")),
      run.callback("first").succeed({ yes: true }),
    ]);
    expect(await run.result()).toEqual(['{"yes":true}', expect.stringContaining("no")]);
  });

  test("is completed before it times out, though others are awaited at the same time", async () => {
    const handler = withDurableExecution(async (_event, context: DurableContext) => {
      await context.wait("first", { seconds: 1 });
      const asked = ["a", "b", "c"].map((name) =>
        context.waitForCallback(name, async () => {}, { timeout: { hours: 1 } }),
      );
      return Promise.all(asked);
    });
    const test = testDurable(handler);
    const startMs = test.now.getTime();
    const run = test.start();
    await Promise.all(["c", "a", "b"].map((name) => run.callback(name).succeed(name)));
    expect(await run.result()).toEqual(["a", "b", "c"]);
    expect(test.now.getTime() - startMs).toBe(1000);
  });

  test("can be completed by the id that a mock was given", async () => {
    const submit = vi.fn<(id: string) => Promise<void>>();
    const test = testDurable(
      withDurableExecution(async (_event, context: DurableContext) =>
        context.waitForCallback("mail", submit),
      ),
    );
    submit.mockImplementation(async (id) => {
      await test.callback(id).succeed("sent");
    });
    expect(await test.start().result()).toBe("sent");
    await expect(test.callback("nonsense").succeed()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("that nobody completes is named when the test has waited long enough", async () => {
    const run = testDurable(two, { stallMs: 50 }).start();
    const error = await run.result().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DurableTestError);
    expect(error.message).toContain("The execution has not ended, and nothing happens any more.");
    expect(error.message).toContain('callback "first": complete it with run.callback("first").succeed(…)');
  });
});

test("A handler that hangs is named when the test has waited long enough", async () => {
  const handler = withDurableExecution(async (_event, context: DurableContext) =>
    context.step("hangs", () => new Promise<never>(() => {})),
  );
  const test = testDurable(handler, { stallMs: 50 });
  await expect(test.start().result()).rejects.toThrow(
    "The execution has not ended, and handler is still running",
  );
  await expect(test.advance({ days: 1 })).rejects.toThrow("Time cannot move while a handler runs");
});

describe("Functions that a handler invokes", () => {
  const caller = withDurableExecution(async (_event, context: DurableContext) => [
    await context.invoke("price", { item: "tea" }),
    await context.invoke("arn:aws:lambda:us-east-1:000000000000:function:ship:1", { item: "tea" }),
  ]);

  test("are plain or durable ones, given to the test", async () => {
    const test = testDurable(caller, {
      functions: { price: async (event: { item: string }) => `${event.item} costs 3` },
      durableFunctions: {
        ship: withDurableExecution(async (event: { item: string }, context) => {
          await context.wait({ days: 2 });
          return `${event.item} has arrived`;
        }),
      },
    });
    expect(await test.start().result()).toEqual(["tea costs 3", "tea has arrived"]);
  });

  test("and that it was not given fail as on AWS, with a hint", async () => {
    const run = testDurable(caller).start();
    expect(await run.error()).toMatchObject({
      ErrorType: "InvokeError",
      ErrorMessage: expect.stringContaining('give "price" in the option `functions`'),
    });
  });
});

describe("What is logged", () => {
  afterEach(() => vi.useRealTimers());

  test("is kept apart by run, with level, operation and attempt", async () => {
    const test = testDurable(
      withDurableExecution(async (event: string, context) => {
        console.warn("hello", event);
        await context.step("greet", async (step) => step.logger.info(`greets ${event}`));
        await context.wait({ seconds: 1 });
        context.logger.error("the end", { of: event });
      }),
    );
    const runs = ["a", "b"].map((name) => test.start(name));
    await Promise.all(runs.map((run) => run.result()));
    for (const [i, name] of ["a", "b"].entries()) {
      const levels = runs[i]!.logs.map(({ level, message }) => [level, message]);
      expect(levels).toEqual([
        ["WARN", `hello ${name}`],
        ["INFO", `greets ${name}`],
        ["WARN", `hello ${name}`],
        ["ERROR", `the end { of: '${name}' }`],
      ]);
      expect(runs[i]!.logs[1]).toMatchObject({ operationName: "greet", attempt: 1 });
    }
    expect(test.logs).toHaveLength(8);
  });

  test("and faked timers of a test do no harm", async () => {
    vi.useFakeTimers();
    const run = testDurable(order).start({ id: "7" });
    await run.callback("approve").succeed("yes");
    expect(await run.result()).toMatchObject({ approval: "yes" });
  });
});
