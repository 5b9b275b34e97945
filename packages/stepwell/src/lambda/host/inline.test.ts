import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test, vi } from "vitest";
import { RealClock, VirtualClock } from "../../kernel/clock.ts";
import { AwsError } from "../../kernel/errors.ts";
import { acceptingPort, envelope, testCode } from "./fixture.ts";
import type { FunctionCode, InvocationRequest, LogLine } from "./host.ts";
import { type InlineHandler, InlineHost, type InlineHostOptions } from "./inline.ts";

function define(
  handler: InlineHandler,
  options: InlineHostOptions = {},
  overrides: Partial<FunctionCode> = {},
) {
  const host = new InlineHost(options);
  const code = testCode("/nowhere", overrides);
  host.define(code.functionArn, handler);
  const invoke = (event: unknown = {}, more: Partial<InvocationRequest> = {}) =>
    host.invoke({
      code,
      requestId: "request",
      invokedFunctionArn: code.functionArn,
      event: { json: JSON.stringify(event) },
      synchronous: true,
      ...more,
    });
  return { host, invoke };
}

test("a function value runs in this process, where mocks reach it", async () => {
  const mock = vi.fn(async (event: { a: number }, context: { awsRequestId: string }) => [
    event.a,
    context.awsRequestId,
  ]);
  const { invoke } = define(mock);
  expect((await invoke({ a: 1 })).result).toEqual({ ok: true, payload: `[1,"request"]` });
  expect(mock).toHaveBeenCalledOnce();
});

test.each([
  ["returns a value", (event: { n: number }) => event.n, "1"],
  ["returns nothing", () => {}, "null"],
  [
    "calls back",
    (_e: unknown, _c: unknown, callback: (e: unknown, r: number) => void) =>
      void setTimeout(callback, 1, null, 2),
    "2",
  ],
  [
    "calls context.done",
    (_e: unknown, context: { done(e: unknown, r: number): void }) => new Promise(() => context.done(null, 3)),
    "3",
  ],
])("a handler that %s answers", async (_title, handler, payload) => {
  expect((await define(handler as InlineHandler).invoke({ n: 1 })).result).toEqual({ ok: true, payload });
});

test("errors have the shapes that worker threads give them", async () => {
  const throws = define(async () => {
    throw new TypeError("boom");
  });
  const report = await throws.invoke();
  expect(report.result).toMatchObject({
    ok: false,
    kind: "handler",
    error: {
      errorType: "TypeError",
      errorMessage: "boom",
      trace: expect.arrayContaining(["TypeError: boom"]),
    },
  });
  expect(report.logTail).toMatch(
    /^START RequestId: request Version: \$LATEST\n.*Invoke Error .*\nEND RequestId: request\nREPORT /s,
  );
  expect((await define(() => 1n).invoke()).result).toMatchObject({
    kind: "runtime",
    error: { errorType: "Runtime.JSONStringifyError" },
  });
});

test("a durable function with AWS's SDK checkpoints through the port", async () => {
  const { invoke } = define(
    withDurableExecution(async (event: { a: number }, context) =>
      context.step("double", async () => event.a * 2),
    ),
  );
  const port = acceptingPort();
  expect((await invoke({}, { event: { durable: envelope({ a: 4 }), port } })).result).toEqual({
    ok: true,
    payload: `{"Status":"SUCCEEDED","Result":"8"}`,
  });
  expect(port.asked).toHaveLength(1);
});

test("the port's errors are AWS's, and it is cut when the invocation ends", async () => {
  let late: (() => Promise<unknown>) | undefined;
  const { invoke } = define(
    async (event: { durableExecutionClient: { checkpoint(r: object): Promise<unknown> } }) => {
      late = () => event.durableExecutionClient.checkpoint({});
      await late();
    },
  );
  const port = acceptingPort();
  port.checkpoint = async () => {
    throw new AwsError("ResourceNotFoundException", "Gone.", { httpStatus: 404 });
  };
  const { result } = await invoke({}, { event: { durable: envelope({}), port } });
  expect(result).toMatchObject({ error: { errorType: "ResourceNotFoundException", errorMessage: "Gone." } });
  await expect(late!()).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: expect.stringMatching(/^Invalid Checkpoint Token/),
    $metadata: { httpStatusCode: 400 },
  });
});

test("it times out when the clock says so", async () => {
  const clock = new VirtualClock();
  const { invoke } = define(() => new Promise(() => {}), { clock }, { timeoutMs: 3000 });
  const report = invoke();
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.advance(3000);
  expect(await report).toMatchObject({
    result: {
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: "RequestId: request Error: Task timed out after 3.00 seconds",
      },
    },
    startedAtMs: Date.UTC(2030, 0, 1),
    endedAtMs: Date.UTC(2030, 0, 1) + 3000,
  });
});

test("what handlers that run at the same time print is logged apart", async () => {
  const lines: LogLine[] = [];
  const { invoke } = define(
    async (event: { name: string }) => {
      console.warn("hello %s", event.name);
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.stderr.write(`bye ${event.name}\n`);
    },
    { clock: new VirtualClock(), timeoutClock: new RealClock(), log: (more) => lines.push(...more) },
  );
  await Promise.all(["a", "b"].map((name) => invoke({ name }, { requestId: name })));
  for (const name of ["a", "b"]) {
    expect(lines.filter((line) => line.requestId === name).map((line) => line.message)).toEqual([
      expect.stringContaining("START"),
      `2030-01-01T00:00:00.000Z\t${name}\tWARN\thello ${name}\n`,
      `bye ${name}\n`,
      expect.stringContaining("END"),
      expect.stringContaining("REPORT"),
    ]);
  }
});

test("a function without a handler is a clear error", async () => {
  const host = new InlineHost();
  const code = testCode("/nowhere");
  const { result } = await host.invoke({
    code,
    requestId: "r",
    invokedFunctionArn: code.functionArn,
    event: { json: "{}" },
    synchronous: true,
  });
  expect(result).toMatchObject({
    error: { errorType: "Runtime.HandlerNotFound", errorMessage: expect.stringContaining(code.functionArn) },
  });
});

test("closing lets running invocations end within the grace, and loses the rest", async () => {
  const { host, invoke } = define(
    (event: { ms: number }) => new Promise((resolve) => setTimeout(resolve, event.ms, "done")),
  );
  const [short, long] = [invoke({ ms: 20 }), invoke({ ms: 5000 })];
  await host.close(200);
  expect((await short).result.ok).toBe(true);
  expect((await long).result).toMatchObject({ ok: false, kind: "lost" });
  expect((await invoke()).result).toMatchObject({ ok: false, kind: "lost" });
});
