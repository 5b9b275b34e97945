import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { functionInput } from "../lambda/fixtures/lambda-node.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { type Endpoint, openEndpoint } from "./fixtures/endpoint.ts";
import { subscribe } from "./fixtures/topics.ts";

/** A whole node whose requests must be signed, with a real function and a real endpoint. */
const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
let folder: string;
let node: StepwellNode;
let url: string;
let endpoint: Endpoint;
let sns: SNSClient;
let lambda: LambdaClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-sns-"));
  node = await openNode({ data: join(folder, "data"), log: silentLogger, keys: [key] });
  ({ url } = await node.listen({ port: 0, host: "127.0.0.1" }));
  const config = { endpoint: url, region: "us-east-1", credentials: key, maxAttempts: 1 };
  sns = new SNSClient(config);
  lambda = new LambdaClient(config);
  endpoint = await openEndpoint();
});
afterAll(async () => {
  sns.destroy();
  lambda.destroy();
  await endpoint.close();
  await node.close(0);
  await rm(folder, { recursive: true, force: true });
});

test("a message invokes a function with Lambda's event", async () => {
  const seen = join(folder, "seen.json");
  const code = `
    import { writeFileSync } from "node:fs";
    export const handler = async (event) => writeFileSync(${JSON.stringify(seen)}, JSON.stringify(event));`;
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand(functionInput("receiver", code) as never),
  );
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "to-function" }));
  const SubscriptionArn = await subscribe({ sns } as never, TopicArn!, FunctionArn!);
  await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
  for (;;) {
    const text = await readFile(seen, "utf8").catch(() => "");
    if (text !== "") {
      expect(JSON.parse(text)).toMatchObject({
        Records: [{ EventSubscriptionArn: SubscriptionArn, Sns: { TopicArn, Message: "hello" } }],
      });
      return;
    }
    await sleep(10);
  }
});

test("links and certificates need no signature, everything else does", async () => {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "to-endpoint" }));
  const SubscriptionArn = await subscribe({ sns } as never, TopicArn!, endpoint.url);
  const { SubscribeURL, SigningCertURL } = JSON.parse((await endpoint.at(0)).body);
  expect((await fetch(SigningCertURL)).status).toBe(200);
  expect((await fetch(SubscribeURL)).status).toBe(200);
  expect((await fetch(`${url}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`)).status).toBe(200);
  for (const target of [
    `/?Action=DeleteTopic&TopicArn=${TopicArn}`,
    "/?Action=ListTopics",
    "/_stepwell/notifications",
    "/_stepwell/time",
  ]) {
    const response = await fetch(url + target);
    expect([target, response.status]).toEqual([target, 403]);
    expect(await response.text()).toMatch(/missing authentication token/i);
  }
});
