import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { explore, testDurable } from "../index.ts";

const workflow = async (event: { id: string }, context: DurableContext) => {
  const charge = await context.step("charge", async () => `charge-${event.id}`);
  const [first, second] = await context.promise.all([
    context.waitForCallback("approve", async () => {}),
    context.runInChildContext("later", async (child) => {
      await child.wait("a while", { hours: 1 });
      return child.step("remind", async () => "reminded");
    }),
  ]);
  await context.wait("cool down", { minutes: 5 });
  return { charge, first, second };
};

describe("Whatever goes wrong", () => {
  test.each([
    ["Stepwell's SDK", withDurableExecution(workflow)],
    ["AWS's SDK", withAws(workflow as never)],
  ])("a workflow of %s ends as it does when nothing does", async (_name, handler) => {
    const exploration = await explore(
      testDurable(handler),
      async (test) => {
        const run = test.start({ id: "7" });
        await run.callback("approve").succeed("yes");
        return run.result();
      },
      { seeds: 5 },
    );
    expect(exploration.commits).toBeGreaterThan(8);
    // Each run completes its callback twice at once, and once more when all is over.
    expect(exploration.refusedCallbacks).toBeGreaterThanOrEqual(2 * exploration.runs - exploration.commits);
    expect(exploration.runs).toBe(3 * exploration.commits + 5);
  });

  test("a workflow of many steps and an invoked function does too", async () => {
    const handler = withDurableExecution(async (_event: unknown, context) => {
      let sum = 0;
      for (let i = 0; i < 10; i++) sum += await context.step(`step ${i}`, async () => i);
      return sum + (await context.invoke<object, number>("more", {}));
    });
    const durableFunctions = {
      more: withDurableExecution(async (_event: unknown, context) => {
        await context.wait({ days: 1 });
        return 1000;
      }),
    };
    const { commits } = await explore(
      testDurable(handler, { durableFunctions }),
      async (test) => test.start().result(),
      { seeds: 0 },
    );
    expect(commits).toBeGreaterThan(10);
  });
});

describe("A fault of a handler is found", () => {
  test("when what it does depends on how often it is called", async () => {
    let calls = 0;
    const handler = withDurableExecution(async (_event: unknown, context) => {
      const call = ++calls;
      await context.step("first", async () => 1);
      return context.step(`second of call ${call}`, async () => 2);
    });
    const exploring = explore(testDurable(handler), async (test) => {
      calls = 0;
      return test.start().result();
    });
    await expect(exploring).rejects.toThrow(
      /the handler is not deterministic: operation \w+ was Step "second of call 1"/,
    );
  });

  test("when its result is made outside of steps, with a plan that shows it alone", async () => {
    const sent: string[] = [];
    const handler = withDurableExecution(async (_event: unknown, context) => {
      sent.push("mail");
      await context.step("first", async () => 1);
      await context.wait({ seconds: 1 });
    });
    const scenario = async (test: ReturnType<typeof testDurable>) => {
      sent.length = 0;
      await test.start().result();
      return sent;
    };
    const error = await explore(testDurable(handler), scenario).catch((thrown) => thrown);
    expect(error.message).toMatch(
      /the outcome was \{"value":\["mail","mail"\]\}, and is \{"value":\["mail","mail","mail"\]\}/,
    );
    const plan = /plan: "([^"]+)"/.exec(error.message)![1]!;
    await expect(explore(testDurable(handler), scenario, { plan })).rejects.toThrow(`1 of 1 runs`);
  });

  test("when it does a completed step again, which no SDK would", async () => {
    type Event = {
      CheckpointToken: string;
      DurableExecutionArn: string;
      durableExecutionClient: { checkpoint(request: object): Promise<void> };
    };
    const handler = async ({ CheckpointToken, DurableExecutionArn, durableExecutionClient }: Event) => {
      const Updates = [{ Id: "a", Name: "pay", Type: "STEP", SubType: "Step", Action: "SUCCEED" }];
      await durableExecutionClient
        .checkpoint({ CheckpointToken, DurableExecutionArn, Updates })
        .catch(() => {});
      return { Status: "SUCCEEDED" };
    };
    const exploring = explore(testDurable(handler), async (test) => test.start().result());
    await expect(exploring).rejects.toThrow('-> step "pay" ran again after it was completed');
  });

  test("and a test that fails when nothing goes wrong fails as it does alone", async () => {
    const handler = withDurableExecution(async () => Promise.reject(new RangeError("too far")));
    const exploring = explore(testDurable(handler), async (test) => test.start().result());
    await expect(exploring).rejects.toThrow(/^The execution failed with RangeError: too far/);
    const wrong = explore(testDurable(withDurableExecution(async () => 1)), async (test) => {
      expect(await test.start().result()).toBe(2);
    });
    await expect(wrong).rejects.toThrow("expected 1 to be 2");
  });

  test("and a test that is not the same twice is told to be so", async () => {
    let n = 0;
    const handler = withDurableExecution(async () => ++n);
    const exploring = explore(testDurable(handler), async (test) => test.start().result());
    await expect(exploring).rejects.toThrow("not the same twice even when nothing goes wrong");
  });

  test("a plan that is none is refused", async () => {
    const handler = withDurableExecution(async () => 1);
    const exploring = explore(testDurable(handler), async (test) => test.start().result(), {
      plan: "flood:1",
    });
    await expect(exploring).rejects.toThrow('The plan "flood:1" has no fault in "flood:1"');
  });
});
