import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DurableContext, withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { DurableTestError, testDurable } from "./index.ts";

const idle = withDurableExecution(async () => "done");

describe("A test is told by name", () => {
  test("that a function has been given twice", () => {
    const twice = () => testDurable(idle, { functions: { price: idle }, durableFunctions: { price: idle } });
    expect(twice).toThrow(DurableTestError);
    expect(twice).toThrow(
      'There are two functions named "price": give it in `functions` or in `durableFunctions`.',
    );
  });

  test("that a function is none", () => {
    const none = () => testDurable(idle, { functions: { price: undefined as never } });
    expect(none).toThrow('The function "price" is no function: it is undefined.');
  });

  test.each([
    ["a bigint", 1n, "Do not know how to serialize a BigInt"],
    ["a function", () => 1, "it is a function"],
  ])("that an event or a callback's result cannot be written: %s", async (_what, value, why) => {
    await expect(testDurable(idle).start(value).result()).rejects.toThrow(
      `The event cannot be written as JSON: ${why}`,
    );
    const test = testDurable(
      withDurableExecution(async (_event, context) => context.waitForCallback("approve", async () => {})),
    );
    const run = test.start();
    const told = `The callback's result cannot be written as JSON: ${why}`;
    await expect(run.callback("approve").succeed(value)).rejects.toThrow(told);
    await run.callback("approve").succeed("yes");
    expect(await run.result()).toBe("yes");
  });

  test("which step's value cannot be stored", async () => {
    const handler = withDurableExecution(async (_event, context: DurableContext) =>
      context.step("count", async () => 1n),
    );
    await expect(testDurable(handler).start().result()).rejects.toThrow(
      /fails whenever it is called, 5 times so far, last with SerdesFailedError: Serialization failed for step "count" \(1\): Do not know how to serialize a BigInt/,
    );
  });

  test("that a handler has been wrapped twice", () => {
    expect(() => withDurableExecution(idle as never)).toThrow("it has been wrapped twice");
  });
});

test("A function of the test's may be called handler, as the one under test is otherwise", async () => {
  const handler = withDurableExecution(async (_event, context: DurableContext) =>
    context.invoke("handler", { n: 1 }),
  );
  const functions = { handler: async ({ n }: { n: number }) => n + 1 };
  expect(await testDurable(handler, { functions }).start().result()).toBe(2);
});

test("A rejection that a handler leaves unhandled fails its invocation, and tells the execution", async () => {
  // In a process of its own, since this one's test runner takes any for a failure.
  const folder = await mkdtemp(join(import.meta.dirname, "../../.rejection-"));
  const file = `
    import { withDurableExecution } from "@stepwell/durable";
    import { testDurable } from "stepwell/testing";
    const handler = withDurableExecution(async (_event, context) => {
      await context.step("one", async () => 1);
      void Promise.reject(new RangeError("forgotten"));
      return context.step("two", () => new Promise(() => {}));
    });
    const run = testDurable(handler).start();
    const error = await run.result().catch((thrown) => thrown);
    const [log] = run.logs;
    console.log(JSON.stringify({ message: error.message, arn: run.arn, log }));
    process.once("unhandledRejection", (reason) => console.log("nobody's: " + reason));
    void Promise.reject("mine");`;
  try {
    await writeFile(join(folder, "rejects.mjs"), file);
    const { stdout } = await promisify(execFile)(process.execPath, ["rejects.mjs"], { cwd: folder });
    const [told, others] = stdout.split("\n").filter((line) => !line.includes("\tERROR\t"));
    const { message, arn, log } = JSON.parse(told!);
    expect(message).toContain("last with Runtime.UnhandledPromiseRejection: RangeError: forgotten");
    expect(log).toMatchObject({ level: "ERROR" });
    expect(log.message).toContain("Unhandled Promise Rejection");
    expect(log.message).toContain(`"executionArn":"${arn}"`);
    expect(others).toBe("nobody's: mine");
  } finally {
    await rm(folder, { recursive: true });
  }
});
