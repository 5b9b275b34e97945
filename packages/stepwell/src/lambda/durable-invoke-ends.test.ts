import {
  CreateFunctionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { functionInput } from "./fixtures/lambda-node.ts";

const SDKS = ["@stepwell/durable", "@aws/durable-execution-sdk-js"];
const CALLER = `
  const seen = [];
  for (const name of event) {
    const called = context.invoke(name, name + ":$LATEST", {});
    seen.push(await called.then((result) => ({ result }), ({ name, message, errorData }) => ({ name, message, errorData })));
  }
  await context.wait({ seconds: 1 });
  return seen;`;

let node: StepwellNode;
let client: LambdaClient;
beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new LambdaClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
  const create = (name: string, code: string, more: object = {}) =>
    client.send(new CreateFunctionCommand(functionInput(name, code, { Timeout: 30, ...more }) as never));
  const durable = (name: string, sdk: string, body: string, ExecutionTimeout = 60) =>
    create(
      name,
      `import { withDurableExecution } from "${sdk}";
       export const handler = withDurableExecution(async (event, context) => { ${body} });`,
      { DurableConfig: { ExecutionTimeout } },
    );
  await create("throws", "export const handler = async () => { throw new TypeError('no such item'); };");
  await create("exits", "export const handler = async () => process.exit(1);");
  await create("sleeps", "export const handler = () => new Promise(() => setTimeout(() => {}, 60_000));", {
    Timeout: 1,
  });
  await create("silent", "export const handler = async () => undefined;");
  for (const [index, sdk] of SDKS.entries()) {
    await durable(`caller-${index}`, sdk, CALLER);
    await durable(`fails-${index}`, sdk, "throw new RangeError('out of range');");
    await durable(`late-${index}`, sdk, "await context.wait({ seconds: 60 });", 1);
    await durable(`waits-${index}`, sdk, "await context.wait({ seconds: 50 });");
  }
});
afterAll(async () => {
  client.destroy();
  await node.close(0);
});

async function invoke(FunctionName: string, event: unknown) {
  const Payload = JSON.stringify(event);
  const { Payload: answer, DurableExecutionArn } = await client.send(
    new InvokeCommand({ FunctionName, Qualifier: "$LATEST", Payload }),
  );
  const { Events } = await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
  const ends = Events!.flatMap(({ EventType, Name }) =>
    /^ChainedInvoke(?!Started)/.test(EventType!) ? [[EventType, Name]] : [],
  );
  return { seen: JSON.parse(answer!.transformToString()), ends };
}

describe.each(SDKS.map((sdk, index) => [sdk, index] as const))("With %s, a chained invoke", (_sdk, index) => {
  test("of a function that fails, dies, or is not there tells what happened, and again on replay", async () => {
    const { seen, ends } = await invoke(`caller-${index}`, ["throws", "exits", "nobody", "silent"]);
    expect(seen).toEqual([
      expect.objectContaining({ name: "InvokeError", message: "no such item" }),
      expect.objectContaining({ name: "InvokeError", message: expect.stringContaining("exit") }),
      expect.objectContaining({ name: "InvokeError", message: expect.stringContaining("nobody") }),
      { result: null },
    ]);
    expect(ends).toEqual([
      ["ChainedInvokeFailed", "throws"],
      ["ChainedInvokeFailed", "exits"],
      ["ChainedInvokeFailed", "nobody"],
      ["ChainedInvokeSucceeded", "silent"],
    ]);
  });

  test("of a function or an execution that takes too long is timed out", async () => {
    const { seen, ends } = await invoke(`caller-${index}`, ["sleeps", `late-${index}`]);
    expect(seen).toEqual([
      expect.objectContaining({ name: "InvokeError", message: expect.stringContaining("timed out") }),
      expect.objectContaining({ name: "InvokeError" }),
    ]);
    expect(ends).toEqual([
      ["ChainedInvokeTimedOut", "sleeps"],
      ["ChainedInvokeTimedOut", `late-${index}`],
    ]);
  });

  test("of an execution that fails has its error", async () => {
    const { seen, ends } = await invoke(`caller-${index}`, [`fails-${index}`]);
    expect(seen).toEqual([expect.objectContaining({ name: "InvokeError", message: "out of range" })]);
    expect(ends).toEqual([["ChainedInvokeFailed", `fails-${index}`]]);
  });

  test("of an execution that is stopped has the error it was stopped with", async () => {
    const called = invoke(`caller-${index}`, [`waits-${index}`]);
    const list = new ListDurableExecutionsByFunctionCommand({ FunctionName: `waits-${index}` });
    const DurableExecutionArn = await vi.waitFor(async () => {
      const { DurableExecutions } = await client.send(list);
      expect(DurableExecutions).toHaveLength(1);
      return DurableExecutions![0]!.DurableExecutionArn;
    }, 10_000);
    const reason = { ErrorType: "Operator", ErrorMessage: "not needed", ErrorData: "ticket 7" };
    await client.send(new StopDurableExecutionCommand({ DurableExecutionArn, Error: reason }));
    const { seen, ends } = await called;
    expect(seen).toEqual([{ name: "InvokeError", message: "not needed", errorData: "ticket 7" }]);
    expect(ends).toEqual([["ChainedInvokeStopped", `waits-${index}`]]);
  });
});
