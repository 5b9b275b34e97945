import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { VirtualClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openNode, type StepwellNode } from "../../node.ts";
import { createFunction } from "../../testing/whole-nodes.ts";

const DAY_MS = 86_400_000;

let node: StepwellNode;
let lambda: LambdaClient;
let sqs: SQSClient;
let notes: string;
let QueueUrl: string;
beforeEach(async () => {
  node = await openNode({ data: ":memory:", log: silentLogger, time: "virtual" });
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const config = { endpoint: url, region: "us-east-1", credentials };
  lambda = new LambdaClient(config);
  sqs = new SQSClient(config);
  notes = join(await mkdtemp(join(tmpdir(), "stepwell-mapping-")), "notes");
  await createFunction(
    lambda,
    "work",
    `import { appendFileSync } from "node:fs";
     export const handler = async ({ Records }) => {
       appendFileSync(process.env.NOTES, Records.map(({ body }) => body).join() + "\\n");
       if (Records[0].body === "bad" && Records[0].attributes.ApproximateReceiveCount === "1") throw new Error("no");
     };`,
    { Environment: { Variables: { NOTES: notes } } },
  );
  const Attributes = { VisibilityTimeout: "600" };
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes }))).QueueUrl!;
});
afterEach(async () => {
  lambda.destroy();
  sqs.destroy();
  await node.close(0);
});

const map = (more: object = {}) =>
  lambda.send(
    new CreateEventSourceMappingCommand({
      ...{ FunctionName: "work", EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:jobs", ...more },
    }),
  );
const send = (MessageBody: string, more: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
/** Moves time on; resolves when all that fell due has happened. */
const advance = (Milliseconds: number) => {
  const { clock } = node;
  const context = { account: "000000000000", region: "us-east-1", principal: "", requestId: "r", clock };
  const { signal } = new AbortController();
  return node.operations.call({ ...context, signal, log: silentLogger }, "stepwell.AdvanceTime", {
    Milliseconds,
  });
};
const noted = async () => (await readFile(notes, "utf8").catch(() => "")).split("\n").slice(0, -1);

test("a delayed message, a failed one and a batching window wait in virtual time", async () => {
  await map({ BatchSize: 100, MaximumBatchingWindowInSeconds: 60 });
  await send("later", { DelaySeconds: 900 });
  await send("bad");
  await advance(59_000);
  expect(await noted()).toEqual([]);
  await advance(1_000);
  expect(await noted()).toEqual(["bad"]);
  await advance(700_000);
  expect(await noted()).toEqual(["bad", "bad"]);
  await advance(140_000);
  expect(await noted()).toEqual(["bad", "bad"]);
  await advance(60_000);
  expect(await noted()).toEqual(["bad", "bad", "later"]);
});

test("an idle mapping has no timer", async () => {
  await map();
  await advance(1);
  const { nextTimerMs = () => undefined } = node.clock as Partial<VirtualClock>;
  const nextMs = nextTimerMs.call(node.clock) ?? Number.POSITIVE_INFINITY;
  // What the server does by itself is hours away.
  expect(nextMs - node.clock.now()).toBeGreaterThan(600_000);
  await advance(400 * DAY_MS);
  await send("after a year");
  await advance(1);
  expect(await noted()).toEqual(["after a year"]);
});
