import {
  CreateFunctionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { functionInput } from "./fixtures/lambda-node.ts";

const TenancyConfig = { TenantIsolationMode: "PER_TENANT" };
const DurableConfig = { ExecutionTimeout: 60 };
const durable = (body: string) =>
  `import { withDurableExecution } from "@stepwell/durable";
   let n = 0;
   export const handler = withDurableExecution(async (event, context) => { ${body} });`;

let node: StepwellNode;
let client: LambdaClient;
beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new LambdaClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
  const create = (name: string, code: string, more: object) =>
    client.send(new CreateFunctionCommand(functionInput(name, code, { Timeout: 30, ...more }) as never));
  await create("plain", "let n = 0; export const handler = async (_e, c) => [c.tenantId, ++n];", {
    TenancyConfig,
  });
  await create("child", durable("return [context.lambdaContext.tenantId, ++n];"), {
    ...{ TenancyConfig, DurableConfig },
  });
  await create(
    "parent",
    durable(`
      const called = [];
      for (const [i, [name, tenantId]] of event.entries())
        called.push(await context.invoke("call-" + i, name + ":$LATEST", {}, { tenantId }).catch((error) => error.message));
      return called;`),
    { DurableConfig },
  );
});
afterAll(async () => {
  client.destroy();
  await node.close(0);
});

async function invoke(FunctionName: string, event: unknown, TenantId?: string) {
  const Payload = JSON.stringify(event);
  const answer = await client.send(
    new InvokeCommand({ FunctionName, Qualifier: "$LATEST", Payload, ...(TenantId && { TenantId }) }),
  );
  return { ...answer, result: JSON.parse(answer.Payload!.transformToString()) };
}

test("a chained invoke names its tenant, whose own instances run it, and so does the history", async () => {
  const calls = [
    ["plain", "blue"],
    ["plain", "red"],
    ["plain", "blue"],
    ["child", "red"],
  ];
  const { result, DurableExecutionArn } = await invoke("parent", calls);
  expect(result).toEqual([
    ["blue", 1],
    ["red", 1],
    ["blue", 2],
    ["red", 1],
  ]);
  const { Events } = await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
  const tenants = Events!.flatMap((event) => event.ChainedInvokeStartedDetails?.TenantId ?? []);
  expect(tenants).toEqual(["blue", "red", "blue", "red"]);
});

test("a chained invoke that lacks a tenant, or has one too many, fails as Invoke does", async () => {
  expect((await invoke("parent", [["plain"], ["parent", "blue"]])).result).toEqual([
    expect.stringContaining("Add a valid tenant ID"),
    expect.stringContaining("Remove the tenant ID"),
  ]);
});

test("two tenants share no execution, though they give theirs the same name", async () => {
  const start = (TenantId: string) =>
    client.send(
      new InvokeCommand({
        ...{ FunctionName: "child", Qualifier: "$LATEST", InvocationType: "Event" },
        ...{ DurableExecutionName: "monthly", TenantId },
      }),
    );
  const { DurableExecutionArn } = await start("blue");
  expect((await start("blue")).DurableExecutionArn).toBe(DurableExecutionArn);
  await expect(start("red")).rejects.toThrow("was already started");
});

test.for(["@stepwell/durable", "@aws/durable-execution-sdk-js"])(
  "in a log in JSON, lines of an execution say whose they are (%s)",
  async (sdk) => {
    const FunctionName = `logs-${sdk.replaceAll(/\W/g, "-")}`;
    const code = `import { withDurableExecution } from "${sdk}";
      export const handler = withDurableExecution(async (event, context) => {
        context.logger.debug("left out");
        console.log("plain");
        await context.step("charge", async ({ logger }) => logger.warn("careful"));
      });`;
    const LoggingConfig = { LogFormat: "JSON", ApplicationLogLevel: "INFO" };
    const settings = { TenancyConfig, DurableConfig, LoggingConfig, Timeout: 30 };
    await client.send(new CreateFunctionCommand(functionInput(FunctionName, code, settings) as never));
    const { LogResult, DurableExecutionArn } = await client.send(
      new InvokeCommand({ FunctionName, Qualifier: "$LATEST", TenantId: "blue", LogType: "Tail" }),
    );
    const text = Buffer.from(LogResult!, "base64").toString().trim();
    const [start, plain, careful, report] = text.split("\n").map((line) => JSON.parse(line));
    expect(start).toMatchObject({ type: "platform.start", record: { tenantId: "blue" } });
    const { requestId } = start.record;
    expect(plain).toMatchObject({ level: "INFO", message: "plain", requestId, tenantId: "blue" });
    expect(careful).toMatchObject({
      ...{ level: "WARN", message: "careful", requestId, tenantId: "blue", attempt: 1 },
      ...{ executionArn: DurableExecutionArn, operationName: "charge", operationId: expect.any(String) },
    });
    expect(report).toMatchObject({ type: "platform.report", record: { tenantId: "blue", requestId } });
  },
);
