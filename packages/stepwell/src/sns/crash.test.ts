import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { RealClock } from "../kernel/clock.ts";
import { functionInput } from "../lambda/fixtures/lambda-node.ts";
import { type ServerProcess, startServer } from "../testing/crash/server-process.ts";
import { openEndpoint, status } from "./fixtures/endpoint.ts";
import { until } from "./fixtures/sns-nodes.ts";
import { subscribe } from "./fixtures/topics.ts";

const KILLS = 3;
const BETWEEN_KILLS = 15;
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

test("every acknowledged message reaches each subscriber, though the server is killed again and again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-sns-crash-"));
  const runs = join(folder, "runs");
  const startMs = new RealClock().now();
  const endpoint = await openEndpoint();
  let server: ServerProcess | undefined;
  const start = async () => {
    server = startServer({ data: join(folder, "data"), startMs });
    const config = { endpoint: await server.ready, region: "us-east-1", credentials, maxAttempts: 1 };
    return { sns: new SNSClient(config), lambda: new LambdaClient(config) };
  };
  try {
    let clients = await start();
    const code = `
      import { appendFileSync } from "node:fs";
      export const handler = async ({ Records: [{ Sns }] }) =>
        appendFileSync(${JSON.stringify(runs)}, Sns.MessageId + "\\n");`;
    const create = new CreateFunctionCommand(functionInput("receiver", code, { Timeout: 60 }) as never);
    const { FunctionArn } = await clients.lambda.send(create);
    const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: "crashing" }));
    await subscribe(clients as never, TopicArn!, FunctionArn!);
    await subscribe(clients as never, TopicArn!, endpoint.url);
    expect((await fetch(JSON.parse((await endpoint.at(0)).body).SubscribeURL)).status).toBe(200);
    // Each message has to be tried again later.
    const seen = new Set<unknown>();
    endpoint.answering((response, { headers }) => {
      const id = headers["x-amz-sns-message-id"];
      status(seen.has(id) ? 200 : 503)(response);
      seen.add(id);
    });

    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged.length;
      const { sns } = clients;
      const publishing = Array.from({ length: 4 }, async () => {
        for (;;) {
          const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: "m" }));
          acknowledged.push(MessageId!);
        }
      });
      await until(() => acknowledged.length >= before + BETWEEN_KILLS);
      server!.kill();
      expect((await Promise.allSettled(publishing)).every(({ status }) => status === "rejected")).toBe(true);
      await server!.gone;
      clients = await start();
    }
    const missing = async () => {
      const counts = new Map<unknown, number>();
      for (const { headers } of endpoint.received) {
        const id = headers["x-amz-sns-message-id"];
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      const atFunction = new Set((await readFile(runs, "utf8").catch(() => "")).split("\n"));
      return acknowledged.filter((id) => (counts.get(id) ?? 0) < 2 || !atFunction.has(id));
    };
    await until(async () => (await missing()).length === 0);
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * BETWEEN_KILLS);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  } finally {
    server?.kill();
    await server?.gone;
    await endpoint.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
