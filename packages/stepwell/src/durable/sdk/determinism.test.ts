import { type DurableContext, withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { type LambdaHandler, runToEnd } from "./driver.ts";
import { BOTH } from "./sdks.ts";

type Ask = (context: DurableContext) => PromiseLike<unknown>;

/** Asks for one operation in the first invocation and for another in the second. */
function changing(first: Ask, second: Ask): LambdaHandler {
  let invocations = 0;
  return withDurableExecution(async (_event, context) => {
    await (++invocations === 1 ? first : second)(context);
    await context.wait("pause", { seconds: 1 });
  });
}

const OPERATIONS: Record<string, { ask: Ask; says: string }> = {
  step: { ask: (c) => c.step("x", async () => 1), says: 'a STEP named "x"' },
  "another name": { ask: (c) => c.step("y", async () => 1), says: 'a STEP named "y"' },
  "no name": { ask: (c) => c.step(async () => 1), says: "a STEP without a name" },
  "child context": {
    ask: (c) => c.runInChildContext("x", async () => 1),
    says: 'a RunInChildContext (CONTEXT) named "x"',
  },
  map: { ask: (c) => c.map("x", [], async () => 1), says: 'a Map (CONTEXT) named "x"' },
  parallel: { ask: (c) => c.parallel("x", []), says: 'a Parallel (CONTEXT) named "x"' },
  callback: { ask: (c) => c.createCallback("x"), says: 'a CALLBACK named "x"' },
  condition: {
    ask: (c) =>
      c.waitForCondition("x", async (n: number) => n, {
        initialState: 0,
        waitStrategy: () => ({ shouldContinue: false }),
      }),
    says: 'a WaitForCondition (STEP) named "x"',
  },
  invoke: {
    ask: (c) => Promise.race([c.invoke("x", "callee:1"), c.wait({ seconds: 1 })]),
    says: 'named "x"',
  },
};

describe("A handler that asks on replay for something else than is stored fails, with both and the line named:", () => {
  for (const [stored, first] of Object.entries(OPERATIONS)) {
    for (const [asked, second] of Object.entries(OPERATIONS)) {
      if (first === second) continue;
      test(`${stored}, then ${asked}`, async () => {
        const { status, error } = await runToEnd(changing(first.ask, second.ask));
        expect(status).toBe("FAILED");
        expect(error?.ErrorType).toBe("NonDeterministicExecutionError");
        expect(error?.ErrorMessage).toContain(first.says);
        expect(error?.ErrorMessage).toContain(second.says);
        expect(error?.ErrorMessage).toMatch(/ at \S+determinism\.test\.ts:\d+:\d+\. /);
        expect(error?.ErrorMessage).toContain("Usual causes");
      });
    }
  }
});

describe.each(BOTH)("%s", (_name, sdk) => {
  test("fails an execution whose step changed its name", async () => {
    let invocations = 0;
    const handler = sdk.withDurableExecution(async (_event, context) => {
      await context.step(`step-${++invocations}`, async () => 1);
      await context.wait({ seconds: 1 });
    });
    const { status, error } = await runToEnd(handler);
    expect(status).toBe("FAILED");
    expect(error?.ErrorType).toBe("NonDeterministicExecutionError");
  });

  test("fails an execution that uses the parent's context in a child", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      await context.runInChildContext("child", async () => context.step("wrong", async () => 1));
    });
    const { status, error } = await runToEnd(handler);
    expect(status).toBe("FAILED");
    expect(error?.ErrorMessage).toContain('Context usage error in "step"');
  });

  test("fails an execution that makes an operation inside a step", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      await context.step("outer", async () => context.wait({ seconds: 1 }));
    });
    const { status, error } = await runToEnd(handler);
    expect(status).toBe("FAILED");
    expect(error?.ErrorMessage).toContain('Context usage error in "wait"');
  });
});

test("combinators can be given to each other", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const one = (name: string) => context.step(name, async () => name);
    const inner = context.promise.race([one("a"), one("b")]);
    const nested = await context.promise.all("outer", [inner, one("c")]);
    await context.wait({ seconds: 1 });
    const last = await context.step("last", async () => "d");
    return [nested, last];
  });
  const execution = await runToEnd(handler);
  expect(execution.result).toEqual([["a", "c"], "d"]);
});

test("a combinator that is awaited in a child context, and so might not be on replay, fails the execution", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const all = context.promise.all([context.step("a", async () => 1)]);
    await context.runInChildContext("child", async () => await all);
  });
  const { error } = await runToEnd(handler);
  expect(error?.ErrorMessage).toContain("parent or sibling context");
});
