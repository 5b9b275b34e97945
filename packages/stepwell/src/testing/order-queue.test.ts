import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_ACCOUNT } from "../kernel/context.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openNode, type StepwellNode } from "../node.ts";
import { createFunction } from "./whole-nodes.ts";

/**
 * The queue of a published CDK app (a buffer between a state machine and a function that records messages): messages are
 * delayed by 3 s, hidden for 100 minutes, kept for 5 days, and dead after 100 receives; the function takes two at a
 * time and waits up to 10 s for the second.
 */
const QUEUE = {
  DelaySeconds: "3",
  VisibilityTimeout: "6000",
  MessageRetentionPeriod: "432000",
};
const MAPPING = { BatchSize: 2, MaximumBatchingWindowInSeconds: 10 };
const RECEIVES = 100;

let node: StepwellNode;
let sqs: SQSClient;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger, time: "virtual" });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const settings = { endpoint: url, region: "us-east-1", credentials };
  sqs = new SQSClient(settings);
  lambda = new LambdaClient(settings);
  logs = new CloudWatchLogsClient(settings);
});
afterAll(async () => {
  for (const client of [sqs, lambda, logs]) client.destroy();
  await node.close(0);
});

async function queue(name: string): Promise<string> {
  const dead = `${name}DLQ`;
  await sqs.send(
    new CreateQueueCommand({ QueueName: dead, Attributes: { MessageRetentionPeriod: "1209600" } }),
  );
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${DEFAULT_ACCOUNT}:${dead}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: RECEIVES });
  const created = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { ...QUEUE, RedrivePolicy } }),
  );
  return created.QueueUrl!;
}

async function advance(seconds: number): Promise<void> {
  const context = {
    ...{ account: DEFAULT_ACCOUNT, region: "us-east-1", principal: "", requestId: "r" },
    ...{ clock: node.clock, signal: new AbortController().signal, log: silentLogger },
  };
  await node.operations.call(context, "stepwell.AdvanceTime", { Milliseconds: seconds * 1000 });
}

/** What the function has said of its batches. */
async function batches(): Promise<unknown[]> {
  const found = await logs
    .send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/recorder", filterPattern: "batch" }))
    .catch((error: Error) => {
      if (error.name === "ResourceNotFoundException") return { events: [] };
      throw error;
    });
  return found.events!.map(({ message }) => JSON.parse(/batch (.*)$/m.exec(message!)![1]!));
}

test("messages wait 3 s, and go to the function by twos or after 10 s", async () => {
  const QueueUrl = await queue("sfnCommonEventProcessorQueue");
  await createFunction(
    lambda,
    "recorder",
    `export const handler = async ({ Records }) => {
      console.log("batch " + JSON.stringify(Records.map(({ body }) => JSON.parse(body).Record)));
    };`,
  );
  const EventSourceArn = `arn:aws:sqs:us-east-1:${DEFAULT_ACCOUNT}:sfnCommonEventProcessorQueue`;
  await lambda.send(
    new CreateEventSourceMappingCommand({ EventSourceArn, FunctionName: "recorder", ...MAPPING }),
  );
  for (const Record of [1, 2, 3]) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ Record }) }));
  }
  await advance(2);
  expect(await batches()).toEqual([]);
  await advance(1);
  await expect.poll(batches, { timeout: 20_000 }).toHaveLength(1);
  const [first] = (await batches()) as [number[]];
  expect(first).toHaveLength(2);
  await advance(9);
  expect(await batches()).toHaveLength(1);
  await advance(1);
  await expect.poll(batches, { timeout: 20_000 }).toHaveLength(2);
  expect((await batches()).flat().sort()).toEqual([1, 2, 3]);
});

test("a message that was received 100 times is in the dead-letter queue the next time", async () => {
  const QueueUrl = await queue("poisoned");
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
  await advance(3);
  const receive = (url: string) =>
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ["All"],
      }),
    );
  for (let n = 1; n <= RECEIVES; n++) {
    const { Messages } = await receive(QueueUrl);
    expect(Messages![0]!.Attributes!.ApproximateReceiveCount).toBe(String(n));
  }
  expect((await receive(QueueUrl)).Messages).toBe(undefined);
  const { Messages } = await receive(QueueUrl.replace("poisoned", "poisonedDLQ"));
  expect(Messages).toMatchObject([{ Body: "poison" }]);
});
