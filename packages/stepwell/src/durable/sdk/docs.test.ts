import { readFile } from "node:fs/promises";
import {
  createRetryStrategy,
  createWaitStrategy,
  type DurableContext,
  retryPresets,
  type StandardSchema,
  withDurableExecution,
} from "@stepwell/durable";
import { expect, test } from "vitest";
import { explore, testDurable } from "../../testkit/index.ts";

const rejectedBy = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("an attempt that takes too long fails, and is retried", async () => {
  const handler = withDurableExecution(async (_event, context) =>
    context.step("ask", async ({ attempt, signal }) => (attempt === 1 ? rejectedBy(signal) : "answer"), {
      timeout: { seconds: 1 },
    }),
  );
  const run = testDurable(handler).start();
  expect(await run.result()).toBe("answer");
  expect(run.operation("ask").attempts).toBe(2);
});

test("a step that takes its process down is given up after three attempts", async () => {
  let outOfMemory = (_error: Error) => {};
  let renderings = 0;
  const render = () => {
    renderings++;
    outOfMemory(new Error("out of memory"));
    return new Promise(() => {});
  };
  const handler = withDurableExecution(async (_event, context) =>
    context.step("render", render, {
      retryStrategy: createRetryStrategy({ maxAttempts: 3, countCrashes: true }),
    }),
  );
  const mortal: typeof handler = (event, context) =>
    new Promise((resolve, reject) => {
      outOfMemory = reject;
      handler(event, context).then(resolve, reject);
    });
  expect(await testDurable(mortal).start().error()).toMatchObject({
    ErrorType: "StepError",
    ErrorMessage: expect.stringContaining("interruption"),
  });
  expect(renderings).toBe(3);
});

test("a parcel that is not delivered within a week is given up", async () => {
  const handler = withDurableExecution(async (_event, context) =>
    context.waitForCondition("delivered", async () => "in transit", {
      initialState: "",
      waitStrategy: createWaitStrategy({
        shouldContinuePolling: (state) => state !== "delivered",
        maxDelay: { hours: 6 },
        maxAttempts: 1000,
        timeoutSeconds: 7 * 86_400,
      }),
    }),
  );
  expect(await testDurable(handler).start().error()).toMatchObject({
    ErrorMessage: "waitForCondition exceeded its timeout (604800 seconds)",
  });
});

test("a step that got another name while its execution waited is named, with its line", async () => {
  let name = "charge";
  const handler = withDurableExecution(async (_event, context) => {
    await context.step(name, async () => {});
    name = "charge-card";
    await context.wait({ days: 1 });
  });
  const { ErrorType, ErrorMessage } = await testDurable(handler).start().error();
  expect(ErrorType).toBe("NonDeterministicExecutionError");
  expect(ErrorMessage).toContain('operation 1 the history has a STEP named "charge", but now');
  expect(ErrorMessage).toMatch(/asks for a STEP named "charge-card" at .*docs\.test\.ts:\d+:\d+\. /);
});

test("a coupon is the same after a day", async () => {
  const seen: unknown[] = [];
  const handler = withDurableExecution(async (_event, context) => {
    seen.push([await context.uuid(), await context.now(), await context.random()]);
    await context.wait({ days: 1 });
  });
  await testDurable(handler).start().result();
  expect(seen).toHaveLength(2);
  expect(seen[1]).toEqual(seen[0]);
});

const booked = new Set<string>();
const book = async (what: string) => void booked.add(what);
const cancel = async (what: string) => void booked.delete(what);
const decline = async () => Promise.reject(new Error("card declined"));
const once = { retryStrategy: retryPresets.noRetry };

const trip = withDurableExecution(async (_event, context) => {
  await context.step("book flight", () => book("flight"));
  context.compensate("cancel flight", () => cancel("flight"));
  await context.wait({ days: 1 });
  await context.step("book hotel", () => book("hotel"));
  context.compensate("cancel hotel", () => cancel("hotel"));
  await context.step("pay", decline, once);
});

test("a trip that cannot be paid is cancelled, the latest booking first, whatever crashes", async () => {
  await explore(testDurable(trip), async (test) => {
    const run = test.start();
    expect(await run.error()).toMatchObject({ ErrorType: "StepError", ErrorMessage: "card declined" });
    const undone = run.operation("compensate").children.map(({ name }) => name);
    expect(undone).toEqual(["cancel hotel", "cancel flight"]);
    return [...booked];
  });
  expect(booked.size).toBe(0);
});

test("bookings made at the same time are cancelled together", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    const bookings = await context.map(
      ["flight", "hotel", "car"],
      async (child, what) => {
        await child.step("book", () => (what === "car" ? decline() : book(what)), once);
        child.compensate("cancel", () => cancel(what));
      },
      { completionConfig: { toleratedFailurePercentage: 100 } },
    );
    bookings.throwIfError();
  });
  expect(await testDurable(handler).start().error()).toMatchObject({ ErrorMessage: "card declined" });
  expect(booked.size).toBe(0);
});

const Order: StandardSchema<{ placed: string }, { placed: Date }> = {
  "~standard": {
    version: 1,
    vendor: "example",
    validate: (value) => {
      const placed = new Date((value as { placed: string }).placed);
      if (!Number.isNaN(placed.getTime())) return { value: { placed } };
      return { issues: [{ path: ["placed"], message: "expected a date" }] };
    },
  },
};

test("an order without a date never reaches the handler", async () => {
  const handler = withDurableExecution(async (order) => order.placed.getUTCFullYear(), {
    eventSchema: Order,
  });
  expect(await testDurable(handler).start({ placed: "2030-01-01" }).result()).toBe(2030);
  expect(await testDurable(handler).start({ placed: "soon" }).error()).toMatchObject({
    ErrorType: "SchemaValidationError",
    ErrorMessage: "The event does not match its schema: placed: expected a date",
  });
});

test("an answer that is not what was agreed is asked for again", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    await context.step("load", async ({ attempt }) => ({ placed: attempt === 1 ? "?" : "2030-01-01" }), {
      schema: Order,
    });
    const order = await context.waitForCallback("edit", async () => {}, { schema: Order });
    return order.placed.getUTCFullYear();
  });
  const run = testDurable(handler).start();
  await run.callback("edit").succeed({ placed: "2031-01-01" });
  expect(await run.result()).toBe(2031);
  expect(run.operation("load").attempts).toBe(2);
});

test("a payment is made once, however often its step runs", async () => {
  const payments = new Map<string, number>();
  const pay = async (idempotencyKey: string, amount: number) => void payments.set(idempotencyKey, amount);
  const handler = withDurableExecution(async (_event, context) => {
    await context.map([10, 20, 20], async (child, amount) =>
      child.step("pay", async ({ idempotencyKey, attempt }) => {
        await pay(idempotencyKey, amount);
        if (attempt === 1) throw new Error("the answer was lost");
      }),
    );
  });
  await explore(testDurable(handler), async (test) => {
    payments.clear();
    await test.start().result();
    return [...payments.values()].sort();
  });
  expect([...payments.values()].sort()).toEqual([10, 20, 20]);
});

test("nobody is asked twice, though answers come on different days", async () => {
  const asked: string[] = [];
  const ask = (context: DurableContext, whom: string) =>
    context.waitForCallback(whom, async () => void asked.push(whom));
  const handler = withDurableExecution(async (_event, context) => {
    const answers = await context.parallel([(child) => ask(child, "Ada"), (child) => ask(child, "Bob")]);
    return answers.getResults();
  });
  const test = testDurable(handler);
  const run = test.start();
  await run.callback("Ada").succeed("yes");
  await run.operation("Ada").ended();
  await run.callback("Bob").succeed("no");
  expect(await run.result()).toEqual(["yes", "no"]);
  expect(asked).toEqual(["Ada", "Bob"]);
});

test("what docs/durable.md shows is what is tested here", async () => {
  const docs = await readFile(new URL("../../../../../docs/durable.md", import.meta.url), "utf8");
  const here = await readFile(new URL(import.meta.url), "utf8");
  const examples = [...docs.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  expect(examples.length).toBeGreaterThan(9);
  for (const example of examples) expect(here).toContain(example);
});
