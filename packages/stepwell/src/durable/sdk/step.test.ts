import {
  createRetryStrategy,
  type StepContext,
  type StepTimeoutError,
  withDurableExecution,
} from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import { BOTH, sleep } from "./sdks.ts";

describe.each(BOTH)("%s: a step that was running when its invocation died", (_name, sdk) => {
  const run = async (semantics: "AT_MOST_ONCE_PER_RETRY" | "AT_LEAST_ONCE_PER_RETRY", attempts: number) => {
    let runs = 0;
    const handler = sdk.withDurableExecution(async (_event, context) =>
      context.step("charge", async () => ++runs, {
        semantics,
        retryStrategy: (error, attempt) => {
          expect(error.name).toBe("StepInterruptedError");
          return { shouldRetry: attempt < attempts, delay: { seconds: 1 } };
        },
      }),
    );
    // Its start is stored with the first checkpoint when it runs at most once; the crash comes with its result.
    const atCheckpoint = semantics === "AT_MOST_ONCE_PER_RETRY" ? 2 : 1;
    return runToEnd(handler, { crash: { atCheckpoint, stored: false } });
  };

  test("runs again, by default", async () => {
    expect((await run("AT_LEAST_ONCE_PER_RETRY", 1)).result).toBe(2);
  });

  test("counts as failed when it runs at most once", async () => {
    const execution = await run("AT_MOST_ONCE_PER_RETRY", 1);
    expect(execution.status).toBe("FAILED");
    expect(execution.error?.ErrorType).toBe("StepError");
    expect(execution.error?.ErrorMessage).toContain("interruption");
  });

  test("runs again when its retry strategy says so", async () => {
    expect((await run("AT_MOST_ONCE_PER_RETRY", 2)).result).toBe(2);
  });
});

describe("With countCrashes, a step that was running when its invocation died", () => {
  const run = async (maxAttempts: number) => {
    let runs = 0;
    const retryStrategy = createRetryStrategy({ maxAttempts, countCrashes: true, retryableErrors: ["busy"] });
    const handler = withDurableExecution(async (_event, context) =>
      context.step("charge", async ({ attempt }) => [++runs, attempt], { retryStrategy }),
    );
    return runToEnd(handler, { crash: { atCheckpoint: 2, stored: false } });
  };

  test("is retried whatever errors may be, as an attempt of its own", async () => {
    expect((await run(2)).result).toEqual([2, 2]);
  });

  test("fails when its attempts are used up", async () => {
    const { error } = await run(1);
    expect(error).toMatchObject({
      ErrorType: "StepError",
      ErrorMessage: expect.stringContaining("interruption"),
    });
  });
});

describe("The timeout of a step", () => {
  test("fails the attempt, which is retried as any other, and aborts its signal", async () => {
    const aborted: unknown[] = [];
    const handler = withDurableExecution(async (_event, context) =>
      context.step(
        "slow",
        async ({ attempt, signal }) => {
          if (attempt === 2) return "fast";
          signal.addEventListener("abort", () => aborted.push((signal.reason as StepTimeoutError).name));
          await sleep(1500);
          return "too late";
        },
        { timeout: { seconds: 1 }, retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      ),
    );
    const execution = await runToEnd(handler);
    expect(execution.result).toBe("fast");
    expect(aborted).toEqual(["StepTimeoutError"]);
    expect(execution.events).toEqual([
      "ExecutionStarted",
      "StepStarted slow",
      "StepFailed slow",
      "InvocationCompleted",
      "StepStarted slow",
      "StepSucceeded slow",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("leaves no timer behind when the body throws before it returns a promise", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    const before = timers();
    const handler = withDurableExecution(async (_event, context) => {
      const body = () => {
        throw new RangeError("at once");
      };
      const once = () => ({ shouldRetry: false });
      await context.step("throws", body, { timeout: { hours: 1 }, retryStrategy: once }).catch(() => {});
    });
    await runToEnd(handler);
    expect(timers()).toBe(before);
  });
});

test("the idempotency key is the same for all attempts of a step, and no other's", async () => {
  const keys: Record<string, Set<string>> = { a: new Set(), b: new Set() };
  const body =
    (name: string, fails: number) =>
    async ({ attempt, idempotencyKey }: StepContext) => {
      keys[name]!.add(idempotencyKey);
      if (attempt <= fails) throw new Error("again");
    };
  const retryStrategy = () => ({ shouldRetry: true, delay: { seconds: 1 } });
  const handler = withDurableExecution(async (_event, context) => {
    await context.step("a", body("a", 2), { retryStrategy });
    await context.step("b", body("b", 0));
  });
  await runToEnd(handler);
  const [a, b] = [[...keys.a!], [...keys.b!]];
  expect(a).toHaveLength(1);
  expect(a[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(b).not.toEqual(a);
});

test("now, random and uuid are the same in every invocation", async () => {
  const seen: unknown[] = [];
  const handler = withDurableExecution(async (_event, context) => {
    seen.push([await context.now(), await context.random(), await context.uuid()]);
    await context.wait({ seconds: 1 });
  });
  await runToEnd(handler);
  expect(seen).toHaveLength(2);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[0]).toEqual([expect.any(Number), expect.any(Number), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});

test("a submitter that succeeded never runs again, in parallel branches either", async () => {
  const submitted: string[] = [];
  const handler = withDurableExecution(async (_event, context) => {
    const branch = (name: string) => ({
      name,
      func: async (child: typeof context) => {
        const answer = await child.waitForCallback(name, async () => {
          submitted.push(name);
        });
        await child.wait({ seconds: 1 });
        return answer;
      },
    });
    const result = await context.parallel([branch("a"), branch("b"), branch("c")]);
    return result.getResults();
  });
  for (let atCheckpoint = 2; atCheckpoint < 8; atCheckpoint++) {
    submitted.length = 0;
    const onIdle = (
      execution: Parameters<NonNullable<Parameters<typeof runToEnd>[1]>["onIdle"] & object>[0],
    ) => execution.completeCallback("ok");
    const execution = await runToEnd(handler, { onIdle, crash: { atCheckpoint, stored: true } });
    expect(execution.result).toEqual(["ok", "ok", "ok"]);
    expect(submitted.toSorted()).toEqual(["a", "b", "c"]);
  }
});

// AWS's SDK 2.4.0 keeps no text that is thrown: it stores "Unknown error".
test("a text that a step throws is its error's message, live and on replay", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const seen = await context
      .step(() => Promise.reject("no such item"), { retryStrategy: () => ({ shouldRetry: false }) })
      .catch((error: Error) => [error.name, error.message]);
    await context.wait({ seconds: 1 });
    return seen;
  });
  const execution = await runToEnd(handler);
  expect(execution.invocations).toHaveLength(2);
  expect(execution.result).toEqual(["StepError", "no such item"]);
});

test("A serdes in JavaScript that gives null for nothing gives nothing, in steps as in child contexts", async () => {
  const serdes = {
    serialize: async (value: unknown) => (value === undefined ? null : JSON.stringify(value)) as string,
    deserialize: async (data: string | undefined) => (data === undefined ? "nothing" : JSON.parse(data)),
  };
  const handler = withDurableExecution(async (_event, context) => {
    const step = await context.step("step", async () => undefined, { serdes });
    const child = await context.runInChildContext("child", async () => undefined, { serdes });
    await context.wait({ seconds: 1 });
    return [step, child];
  });
  const execution = await runToEnd(handler);
  expect(execution.result).toEqual(["nothing", "nothing"]);
  expect(execution.invocations).toHaveLength(2);
});
