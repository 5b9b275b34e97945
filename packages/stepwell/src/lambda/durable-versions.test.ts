import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackSuccessCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { functionInput } from "./fixtures/lambda-node.ts";
import { makeZip } from "./fixtures/zip.ts";

let node: StepwellNode;
let client: LambdaClient;
beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new LambdaClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await node.close(0);
});

/** Says which code and version ran before and after it had to wait for a callback. */
const codeOf = (n: number) => `
  import { withDurableExecution } from "@stepwell/durable";
  export const handler = withDurableExecution(async (_event, context) => {
    const ran = () => [${n}, context.lambdaContext.functionVersion];
    const before = await context.step("before", async () => ran());
    await context.waitForCallback("ask", async () => {});
    return [before, ran()];
  });`;

test("an execution that was started through an alias stays on its version when the alias moves on", async () => {
  const DurableConfig = { ExecutionTimeout: 600 };
  const input = functionInput("flow", codeOf(1), { DurableConfig, Publish: true, Timeout: 30 });
  await client.send(new CreateFunctionCommand(input as never));
  const live = { FunctionName: "flow", Name: "live" };
  await client.send(new CreateAliasCommand({ ...live, FunctionVersion: "1" }));
  const start = new InvokeCommand({ FunctionName: "flow", Qualifier: "live", InvocationType: "Event" });
  const { DurableExecutionArn } = await client.send(start);
  expect(DurableExecutionArn).toContain(":function:flow:1/durable-execution/");

  const ZipFile = makeZip([{ name: "index.mjs", content: codeOf(2) }]);
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "flow", ZipFile, Publish: true }));
  await client.send(new UpdateAliasCommand({ ...live, FunctionVersion: "2" }));
  const CallbackId = await callbackOf(DurableExecutionArn!);
  await client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId }));

  const { Result, Version } = await ended(DurableExecutionArn!);
  expect([Version, JSON.parse(Result!)]).toEqual([
    "1",
    [
      [1, "1"],
      [1, "1"],
    ],
  ]);
  const next = await client.send(start);
  expect(next.DurableExecutionArn).toContain(":function:flow:2/durable-execution/");
});

test("executions are listed by a version, and by an alias for the versions that it stands for", async () => {
  const DurableConfig = { ExecutionTimeout: 600 };
  const code = (n: number) => `
    import { withDurableExecution } from "@stepwell/durable";
    export const handler = withDurableExecution(async () => ${n});`;
  const input = functionInput("listed", code(1), { DurableConfig, Publish: true, Timeout: 30 });
  await client.send(new CreateFunctionCommand(input as never));
  const ZipFile = makeZip([{ name: "index.mjs", content: code(2) }]);
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "listed", ZipFile, Publish: true }));
  for (const Qualifier of ["1", "2", "$LATEST"]) {
    await client.send(new InvokeCommand({ FunctionName: "listed", Qualifier }));
  }
  const alias = { FunctionName: "listed", Name: "live", FunctionVersion: "1" };
  await client.send(new CreateAliasCommand(alias));
  const versions = async (FunctionName: string, Qualifier?: string) => {
    const list = new ListDurableExecutionsByFunctionCommand({ FunctionName, Qualifier });
    const { DurableExecutions } = await client.send(list);
    return DurableExecutions!.map(({ FunctionArn }) => FunctionArn!.split(":").at(-1));
  };
  expect(await versions("listed")).toEqual(["$LATEST", "2", "1"]);
  expect(await versions("listed", "2")).toEqual(["2"]);
  expect(await versions("listed:2")).toEqual(["2"]);
  expect(await versions("listed", "$LATEST")).toEqual(["$LATEST"]);
  expect(await versions("listed", "9")).toEqual([]);
  expect(await versions("listed", "live")).toEqual(["1"]);
  expect(await versions("listed:live")).toEqual(["1"]);
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.1 } };
  await client.send(new UpdateAliasCommand({ ...alias, RoutingConfig }));
  expect(await versions("listed", "live")).toEqual(["2", "1"]);
  await expect(versions("listed", "none")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:listed:none",
  });
});

test("functions that an execution invokes through a split alias run the version that its history says", async () => {
  const child = functionInput("child", "export const handler = async (_e, c) => c.functionVersion;", {
    Publish: true,
  });
  await client.send(new CreateFunctionCommand(child as never));
  const content = "export const handler = async (_e, c) => c.functionVersion; // new";
  const ZipFile = makeZip([{ name: "index.mjs", content }]);
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "child", ZipFile, Publish: true }));
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
  const split = { FunctionName: "child", Name: "split", FunctionVersion: "1", RoutingConfig };
  await client.send(new CreateAliasCommand(split));
  const parent = `
    import { withDurableExecution } from "@stepwell/durable";
    export const handler = withDurableExecution(async (_event, context) => {
      const ran = [];
      for (let i = 0; i < 12; i++) ran.push(await context.invoke("child-" + i, "child:split", {}));
      return ran;
    });`;
  const DurableConfig = { ExecutionTimeout: 600 };
  const input = functionInput("parent", parent, { DurableConfig, Timeout: 30 });
  await client.send(new CreateFunctionCommand(input as never));
  const start = new InvokeCommand({ FunctionName: "parent", Qualifier: "$LATEST", InvocationType: "Event" });
  const DurableExecutionArn = (await client.send(start)).DurableExecutionArn!;

  const ran = JSON.parse((await ended(DurableExecutionArn)).Result!);
  const { Events } = await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
  const recorded = Events!.flatMap((event) => event.ChainedInvokeStartedDetails?.ExecutedVersion ?? []);
  expect(ran).toHaveLength(12);
  expect(ran).toEqual(recorded);
});

async function callbackOf(DurableExecutionArn: string): Promise<string> {
  for (;;) {
    const history = new GetDurableExecutionHistoryCommand({
      DurableExecutionArn,
      IncludeExecutionData: true,
    });
    const { Events } = await client.send(history);
    const id = Events?.find(({ EventType }) => EventType === "CallbackStarted")?.CallbackStartedDetails
      ?.CallbackId;
    if (id) return id;
  }
}

async function ended(DurableExecutionArn: string) {
  for (;;) {
    const found = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
    if (found.Status !== "RUNNING") return found;
  }
}
