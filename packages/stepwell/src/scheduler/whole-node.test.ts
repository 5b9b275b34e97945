import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { makeZip } from "../lambda/fixtures/zip.ts";
import { openNode, type StepwellNode } from "../node.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:remind";
const ROLE = "arn:aws:iam::000000000000:role/scheduler";
const CODE = "export const handler = async (event) => console.log('event', JSON.stringify(event));";

let node: StepwellNode;
const logged: string[] = [];
const clients: { destroy(): void }[] = [];
beforeAll(async () => {
  node = await openNode({
    ...{ data: ":memory:", log: silentLogger, time: "virtual" },
    onFunctionLog: (lines) => logged.push(...lines.map(({ message }) => message)),
  });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await node.close(0);
});

test("a whole server skips to a one-time schedule, whose function gets exactly its Input", async () => {
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const config = { endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 };
  const [lambda, scheduler] = [new LambdaClient(config), new SchedulerClient(config)];
  clients.push(lambda, scheduler);
  const ZipFile = makeZip([{ name: "index.mjs", content: CODE }]);
  const settings = { Runtime: "nodejs22.x" as const, Handler: "index.handler", Role: ROLE };
  await lambda.send(new CreateFunctionCommand({ FunctionName: "remind", ...settings, Code: { ZipFile } }));
  const inAnHour = new Date(node.clock.now() + 3_600_000).toISOString().slice(0, 19);
  const Input = '{"queryStringParameters":{"command":"true"}}';
  await scheduler.send(
    new CreateScheduleCommand({
      ...{ Name: "once", ScheduleExpression: `at(${inAnHour})`, FlexibleTimeWindow: { Mode: "OFF" } },
      Target: { Arn: FUNCTION, RoleArn: ROLE, Input, RetryPolicy: { MaximumRetryAttempts: 0 } },
      ActionAfterCompletion: "DELETE",
    }),
  );
  const { clock, operations } = node;
  const { signal } = new AbortController();
  const place = { account: "000000000000", region: "us-east-1", principal: "", requestId: "" };
  const context = { ...place, clock, log: silentLogger, signal };
  expect(await operations.call(context, "stepwell.GetTime", {})).toMatchObject({
    Due: [
      {
        Kind: "ONE_TIME_SCHEDULE",
        ResourceArn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/once",
      },
    ],
  });
  await operations.call(context, "stepwell.SkipTime", {});
  expect(new Date(clock.now()).toISOString().slice(0, 19)).toBe(inAnHour);
  await expect.poll(() => logged.filter((line) => line.includes("event "))).toHaveLength(1);
  expect(logged.find((line) => line.includes("event "))).toContain(`event ${Input}`);
  await expect(scheduler.send(new GetScheduleCommand({ Name: "once" }))).rejects.toThrow(
    "Schedule once does not exist.",
  );
});
