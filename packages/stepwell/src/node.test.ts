import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CreateFunctionCommand,
  type Event,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "./kernel/logger.ts";
import { openNode, type StepwellNode } from "./node.ts";

const APP = fileURLToPath(new URL("./testing/durable-app", import.meta.url));
let node: StepwellNode;
let client: LambdaClient;

beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new LambdaClient({ endpoint: url, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await node.close();
});

async function createFunction(name: string): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: "arn:aws:iam::000000000000:role/test",
      Runtime: "nodejs22.x",
      Handler: `index.${name}`,
      Timeout: 20,
      Code: { S3Bucket: "hot-reload", S3Key: APP },
      DurableConfig: { ExecutionTimeout: 600 },
    }),
  );
}

async function history(arn: string): Promise<Event[]> {
  const command = new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn });
  return (await client.send(command)).Events ?? [];
}

/** Waits until the history has what is looked for. */
async function until<T>(arn: string, find: (events: Event[]) => T | undefined): Promise<T> {
  for (;;) {
    const found = find(await history(arn));
    if (found !== undefined) return found;
    await sleep(20);
  }
}

describe.each([
  ["Stepwell's SDK", "ownHandler"],
  ["AWS's SDK", "awsHandler"],
  ["Stepwell's SDK behind a middleware that copies the event", "ownOverHttp"],
  ["AWS's SDK behind a middleware that copies the event", "awsOverHttp"],
])("a durable function with %s", (_title, name) => {
  test("runs from AWS's client through a step, a wait, a callback and a parallel to its result", async () => {
    await createFunction(name);
    const invoke = new InvokeCommand({
      FunctionName: name,
      Qualifier: "$LATEST",
      InvocationType: "Event",
      Payload: '{"amount":7}',
    });
    const started = await client.send(invoke);
    expect(started.StatusCode).toBe(202);
    const arn = started.DurableExecutionArn!;
    const CallbackId = await until(
      arn,
      (events) => events.find((event) => event.CallbackStartedDetails)?.CallbackStartedDetails?.CallbackId,
    );
    await client.send(
      new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }),
    );
    const end = await until(arn, (events) =>
      events.find((event) => event.EventType === "ExecutionSucceeded"),
    );
    expect(JSON.parse(end.ExecutionSucceededDetails!.Result!.Payload!)).toEqual({
      charged: { amount: 7 },
      approved: '"yes"',
      both: ["mailed", "paged"],
    });
    const events = await history(arn);
    expect(events.map((event) => event.EventId)).toEqual(events.map((_, index) => index + 1));
    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));
    expect(execution).toMatchObject({
      Status: "SUCCEEDED",
      InputPayload: '{"amount":7}',
      Version: "$LATEST",
    });
    expect(execution.EndTimestamp!.getTime()).toBeGreaterThan(execution.StartTimestamp!.getTime() + 1000);
  });
});

test.each(["ownTogether", "awsTogether"])(
  "a handler that waits for nothing but a callback beside it goes on with it in the same invocation (%s)",
  async (name) => {
    await createFunction(name);
    const invoke = new InvokeCommand({ FunctionName: name, Qualifier: "$LATEST", InvocationType: "Event" });
    const { DurableExecutionArn: arn = "" } = await client.send(invoke);
    const CallbackId = await until(
      arn,
      (events) => events.find((event) => event.CallbackStartedDetails)?.CallbackStartedDetails?.CallbackId,
    );
    await sleep(300);
    await client.send(
      new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }),
    );
    await until(arn, (events) => events.find((event) => event.EventType === "ExecutionSucceeded"));
    const events = await history(arn);
    expect(events.filter((event) => event.EventType === "InvocationCompleted")).toHaveLength(1);
    const execution = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));
    expect(JSON.parse(JSON.parse(execution.Result!))).toBe("yes");
  },
);

test("a client that waits for the result is told when the execution is stopped", async () => {
  await createFunction("ownHandler").catch(() => {});
  const invoke = new InvokeCommand({
    FunctionName: "ownHandler",
    Qualifier: "$LATEST",
    DurableExecutionName: "to-be-stopped",
    Payload: '{"amount":1}',
  });
  const waiting = client.send(invoke);
  const again = await client.send(new InvokeCommand({ ...invoke.input, InvocationType: "Event" }));
  await client.send(
    new StopDurableExecutionCommand({
      DurableExecutionArn: again.DurableExecutionArn!,
      Error: { ErrorType: "Cancelled", ErrorMessage: "no longer wanted" },
    }),
  );
  const answer = await waiting;
  expect(answer.FunctionError).toBe("Unhandled");
  expect(JSON.parse(Buffer.from(answer.Payload!).toString())).toMatchObject({
    errorType: "Cancelled",
    errorMessage: "no longer wanted",
  });
});

test("an operation that Stepwell does not have is refused by name", async () => {
  const response = await node.handle({
    method: "GET",
    rawPath: "/2020-04-22/code-signing-configs/",
    rawQuery: "",
    headers: {},
    body: Buffer.alloc(0),
    signal: new AbortController().signal,
  });
  expect(response.status).toBe(501);
  expect(String(response.body)).toContain("ListCodeSigningConfigs");
});
