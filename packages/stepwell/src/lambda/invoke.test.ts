import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { refusal } from "./fixtures/refusal.ts";
import type { DurableEnd, DurableStart } from "./function.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";
const EXECUTION = `${ARN}:flow:$LATEST/durable-execution/n/1`;

let node: LambdaNode;
let starts: DurableStart[];
let end: DurableEnd | undefined;
beforeEach(async () => {
  starts = [];
  end = { status: "SUCCEEDED", result: '"done"' };
  node = await openLambdaNode({
    durable: {
      start: async (_context, request) => {
        starts.push(request);
        return {
          executionArn: EXECUTION,
          ...(request.synchronous ? { ended: turn().then(() => end) } : {}),
        };
      },
    },
  });
});
afterEach(() => node.close());

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const payload = (value: unknown) => Buffer.from(JSON.stringify(value));
const create = (name: string, code: string, more: object = {}) =>
  node.call("CreateFunction", functionInput(name, code, more));

describe("a function that is invoked", () => {
  test("answers its caller", async () => {
    await create("hello", "export const handler = async (e) => ({ hello: e.name });");
    const answer = await node.call("Invoke", { FunctionName: "hello", Payload: payload({ name: "Ada" }) });
    expect(answer).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST", Payload: expect.anything() });
    expect(text(answer.Payload)).toBe('{"hello":"Ada"}');
  });

  test("gets an empty object when there is no payload, and may return nothing", async () => {
    await create(
      "hello",
      "export const handler = async (e) => (Object.keys(e).length === 0 ? undefined : e);",
    );
    expect(text((await node.call("Invoke", { FunctionName: "hello" })).Payload)).toBe("null");
    const empty = await node.call("Invoke", { FunctionName: "hello", Payload: Buffer.alloc(0) });
    expect(text(empty.Payload)).toBe("null");
  });

  test("sees the ARN that its caller used, the request's id and the client's context", async () => {
    await create(
      "hello",
      `export const handler = async (_e, c) =>
         ({ arn: c.invokedFunctionArn, id: c.awsRequestId, client: c.clientContext });`,
    );
    const requestId = "11111111-2222-4333-8444-555555555555";
    const answer = await node.call(
      "Invoke",
      { FunctionName: "hello:$LATEST", ClientContext: payload({ custom: { a: 1 } }).toString("base64") },
      { requestId },
    );
    const seen = JSON.parse(text(answer.Payload));
    expect(seen).toMatchObject({ arn: `${ARN}:hello:$LATEST`, id: requestId });
    expect(JSON.stringify(seen.client)).toContain('{"a":1}');
  });

  test("that throws has answered all the same", async () => {
    await create("bad", `export const handler = async () => { throw new TypeError("no good"); };`);
    const answer = await node.call("Invoke", { FunctionName: "bad", LogType: "Tail" });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "$LATEST" });
    expect(JSON.parse(text(answer.Payload))).toMatchObject({
      errorType: "TypeError",
      errorMessage: "no good",
      trace: expect.arrayContaining(["TypeError: no good"]),
    });
    expect(Buffer.from(answer.LogResult, "base64").toString()).toContain("REPORT RequestId:");
  });

  test("with a handler that is not there says so", async () => {
    await create("bad", "export const other = 1;");
    const answer = await node.call("Invoke", { FunctionName: "bad" });
    expect(answer.FunctionError).toBe("Unhandled");
    expect(JSON.parse(text(answer.Payload)).errorType).toBe("Runtime.HandlerNotFound");
  });

  test("shows the last of its log when asked, and only then", async () => {
    await create("logs", `export const handler = async () => console.log("hello log");`);
    const loud = await node.call("Invoke", { FunctionName: "logs", LogType: "Tail" });
    expect(Buffer.from(loud.LogResult, "base64").toString()).toContain("hello log");
    expect((await node.call("Invoke", { FunctionName: "logs" })).LogResult).toBeUndefined();
  });

  test("cannot return more than 6 MB", async () => {
    await create("large", "export const handler = async (e) => 'x'.repeat(e.length);");
    const fits = await node.call("Invoke", {
      FunctionName: "large",
      Payload: payload({ length: 6_291_554 }),
    });
    expect(fits.FunctionError).toBeUndefined();
    const more = await node.call("Invoke", {
      FunctionName: "large",
      Payload: payload({ length: 6_291_555 }),
    });
    expect(more.FunctionError).toBe("Unhandled");
    expect(JSON.parse(text(more.Payload))).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  test("runs its new code after an update of the code, and its new variables after one of the settings", async () => {
    await create("hello", "export const handler = async () => 1;");
    const run = async () => text((await node.call("Invoke", { FunctionName: "hello" })).Payload);
    expect(await run()).toBe("1");
    const Code = functionInput("hello", "export const handler = async () => process.env.VALUE ?? 2;").Code;
    await node.call("UpdateFunctionCode", { FunctionName: "hello", ...Code });
    expect(await run()).toBe("2");
    await node.call("UpdateFunctionConfiguration", {
      FunctionName: "hello",
      Environment: { Variables: { VALUE: "3" } },
    });
    expect(await run()).toBe('"3"');
  });

  test("is not run by a dry run", async () => {
    await create("hello", "throw new Error('loaded');");
    expect(await node.call("Invoke", { FunctionName: "hello", InvocationType: "DryRun" })).toEqual({
      StatusCode: 204,
    });
  });
});

describe("an invocation is refused", () => {
  beforeEach(() => create("hello", "export const handler = async (e) => e;"));
  const json = "Could not parse request body into json: Could not parse payload into json: ";
  const content = (message: string) => ({ code: "InvalidRequestContentException", status: 400, message });
  test.each([
    [
      "when its payload is no JSON",
      { Payload: Buffer.from("{") },
      content(`${json}Expected property name or '}' in JSON at position 1 (line 1 column 2)`),
    ],
    [
      "when its payload is no UTF-8",
      { Payload: Buffer.from([0x22, 0xff, 0x22]) },
      content(`${json}Invalid UTF-8`),
    ],
    [
      "when its client context is no JSON",
      { ClientContext: "?" },
      content("Client context must be a valid Base64-encoded JSON object."),
    ],
    [
      "when its client context is no object",
      { ClientContext: "MQ==" },
      content("Client context must be a valid Base64-encoded JSON object."),
    ],
    [
      "when its client context is too long",
      { ClientContext: "M".repeat(3584) },
      {
        code: "InvalidParameterValueException",
        status: 400,
        message: "The ClientContext has 3584 characters; at most 3583 are allowed.",
      },
    ],
    [
      "when its payload is larger than 6 MB",
      { Payload: Buffer.alloc(6_291_457, 0x31) },
      {
        code: "RequestTooLargeException",
        status: 413,
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      },
    ],
    [
      "when an event is larger than 1 MB",
      { InvocationType: "Event", Payload: Buffer.alloc(1_048_577, 0x31) },
      {
        code: "RequestTooLargeException",
        status: 413,
        message: "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
      },
    ],
    [
      "when the function is missing",
      { FunctionName: "none" },
      { code: "ResourceNotFoundException", status: 404, message: `Function not found: ${ARN}:none` },
    ],
    [
      "when the version is missing",
      { Qualifier: "7" },
      { code: "ResourceNotFoundException", status: 404, message: `Function not found: ${ARN}:hello:7` },
    ],
    [
      "when it names an execution of a plain function",
      { DurableExecutionName: "n" },
      {
        code: "InvalidParameterValueException",
        status: 400,
        message:
          "The function hello is not durable, so its invocation cannot have a DurableExecutionName. Leave it out, or create the function with a DurableConfig.",
      },
    ],
  ])("%s", async (_title, input, expected) => {
    expect(await refusal(node, "Invoke", { FunctionName: "hello", ...input })).toEqual(expected);
  });
});

describe("a durable function that is invoked", () => {
  const durable = (ExecutionTimeout = 900) =>
    create("flow", "export {};", { DurableConfig: { ExecutionTimeout } });
  const invoke = (more: object = {}) => node.call("Invoke", { FunctionName: "flow:$LATEST", ...more });

  test("answers with the result of its execution", async () => {
    await durable();
    const answer = await invoke({ Payload: payload({ n: 1 }), DurableExecutionName: "mine" });
    expect(answer).toEqual({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      Payload: Buffer.from('"done"'),
      DurableExecutionArn: EXECUTION,
    });
    expect(starts).toMatchObject([
      { fn: { name: "flow" }, payload: '{"n":1}', executionName: "mine", synchronous: true },
    ]);
  });

  test("answers with null when its execution has no result", async () => {
    await durable();
    end = { status: "SUCCEEDED" };
    expect(text((await invoke()).Payload)).toBe("null");
  });

  test("answers with the error of an execution that failed", async () => {
    await durable();
    end = { status: "FAILED", error: { ErrorType: "Oops", ErrorMessage: "no", StackTrace: ["at x"] } };
    const answer = await invoke();
    expect(answer).toMatchObject({
      StatusCode: 200,
      FunctionError: "Unhandled",
      DurableExecutionArn: EXECUTION,
    });
    expect(JSON.parse(text(answer.Payload))).toEqual({
      errorType: "Oops",
      errorMessage: "no",
      trace: ["at x"],
    });
    end = { status: "TIMED_OUT" };
    expect(JSON.parse(text((await invoke()).Payload)).errorMessage).toBe(
      "The durable execution ended with status TIMED_OUT.",
    );
  });

  test("is only started by an event", async () => {
    await durable(31_622_400);
    const answer = await invoke({ InvocationType: "Event" });
    expect(answer).toEqual({ StatusCode: 202, DurableExecutionArn: EXECUTION });
    expect(starts).toMatchObject([{ payload: "{}", synchronous: false }]);
  });

  test("cannot be waited for when it may run for more than 15 minutes", async () => {
    await durable(901);
    expect(await refusal(node, "Invoke", { FunctionName: "flow:$LATEST" })).toEqual({
      code: "InvalidParameterValueException",
      status: 400,
      message:
        "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    });
    expect(starts).toEqual([]);
  });

  test("needs no qualifier here; the log says once that AWS wants one", async () => {
    await durable();
    await invoke({ FunctionName: "flow" });
    await invoke({ FunctionName: "flow" });
    expect(starts).toHaveLength(2);
    const warnings = node.lines.filter(({ level }) => level === "warn");
    expect(warnings.map(({ message }) => message)).toEqual([
      "AWS refuses to invoke a durable function without a qualifier: name it with a version, an alias or :$LATEST",
    ]);
  });
});
