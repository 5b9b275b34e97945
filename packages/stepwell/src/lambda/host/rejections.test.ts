import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { serve } from "../../cli/fixtures/served.ts";

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  server = await serve();
});
afterAll(() => server.close());

test("A rejection that a durable handler leaves unhandled is logged with its execution, and fails the invocation", async () => {
  await server.createDurable(
    "forgets",
    `await context.step("one", async () => 1);
     void Promise.reject(new RangeError("forgotten"));
     return context.step("two", () => new Promise((resolve) => setTimeout(resolve, 20_000)));`,
  );
  const { DurableExecutionArn } = await server.call("Invoke", {
    FunctionName: "forgets",
    Qualifier: "$LATEST",
    InvocationType: "Event",
    Payload: Buffer.from("{}"),
  });
  await vi.waitFor(
    async () => {
      const { stdout } = await server.cli(["logs", "forgets"]);
      expect(stdout).toContain("Unhandled Promise Rejection");
      expect(stdout).toContain(`"executionArn":"${DurableExecutionArn}"`);
    },
    { timeout: 40_000, interval: 200 },
  );
  const { Events } = await server.call("GetDurableExecutionHistory", { DurableExecutionArn });
  expect(JSON.stringify(Events)).toContain(
    '"ErrorType":"Runtime.UnhandledPromiseRejection","ErrorMessage":"RangeError: forgotten"',
  );
  await server.call("StopDurableExecution", { DurableExecutionArn });
});
