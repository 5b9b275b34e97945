import { InvocationType, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve } from "../../cli/fixtures/served.ts";
import { CloudDurableTestRunner, WaitingOperationStatus } from "../index.ts";

let server: Awaited<ReturnType<typeof serve>>;
let client: LambdaClient;
beforeAll(async () => {
  server = await serve();
  client = new LambdaClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  await server.createDurable(
    "approval",
    `const order = await context.step("order", async () => ({ id: event.id }));
     return [order, await context.waitForCallback("approve", async () => {})];`,
  );
  await server.createDurable("failing", "throw new RangeError('too far');", 60);
  await server.create("plain", "export const handler = async () => 1;");
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

test("A deployed function is followed to its end, with its callback completed on the way", async () => {
  const config = { pollInterval: 10, invocationType: InvocationType.Event };
  const runner = new CloudDurableTestRunner({ functionName: "approval", client, config });
  const approve = runner.getOperation("approve");
  const running = runner.run({ payload: { id: 7 } });
  await approve.waitForData(WaitingOperationStatus.SUBMITTED);
  await approve.sendCallbackHeartbeat();
  await approve.sendCallbackSuccess("yes");
  const execution = await running;
  expect(execution.getResult()).toEqual([{ id: 7 }, "yes"]);
  expect(runner.getOperationByIndex(0).getStepDetails()).toMatchObject({ attempt: 1, result: { id: 7 } });
  expect(execution.getInvocations()).toHaveLength(2);
});

test("A deployed function that fails tells its error", async () => {
  const runner = new CloudDurableTestRunner({
    functionName: "failing",
    client,
    config: { pollInterval: 10 },
  });
  await expect(runner.getOperation("any").waitForData()).rejects.toThrow("InvocationType.Event only");
  const execution = await runner.run();
  expect(execution.getError()).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
});

test("A function that is not durable is named as such", async () => {
  const runner = new CloudDurableTestRunner({ functionName: "plain", client });
  await expect(runner.run()).rejects.toThrow("is it a durable function?");
});
