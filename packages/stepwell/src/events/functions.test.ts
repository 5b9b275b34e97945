import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { functionInput } from "../lambda/fixtures/lambda-node.ts";
import { openNode, type StepwellNode } from "../node.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function";
const lines: string[] = [];
let node: StepwellNode;
let events: EventBridgeClient;
let lambda: LambdaClient;

beforeAll(async () => {
  node = await openNode({
    ...{ data: ":memory:", log: silentLogger },
    onFunctionLog: (logged) => lines.push(...logged.map(({ message }) => message)),
  });
  const { url: endpoint } = await node.listen({ port: 0, host: "127.0.0.1" });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const settings = { endpoint, region: "us-east-1", credentials, maxAttempts: 1 };
  events = new EventBridgeClient(settings);
  lambda = new LambdaClient(settings);
});
afterAll(async () => {
  events.destroy();
  lambda.destroy();
  await node.close();
});

/** What a function has printed as JSON after a word. */
function printed(word: string): unknown {
  const line = lines.find((one) => one.includes(`${word} {`));
  return line === undefined ? undefined : JSON.parse(line.slice(line.indexOf("{")));
}

const PRINTS = `export const handler = async (event) => console.log("got", JSON.stringify(event));`;

test("an event invokes a function with itself, on a whole node", { timeout: 60_000 }, async () => {
  await lambda.send(new CreateFunctionCommand(functionInput("prints", PRINTS) as never));
  await events.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["shop"]}' }));
  await events.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "f", Arn: `${ARN}:prints` }] }));
  const entry = { Source: "shop", DetailType: "Order placed", Detail: '{"id":7}' };
  const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  const expected = { id: Entries![0]!.EventId, source: "shop", detail: { id: 7 } };
  await expect.poll(() => printed("got"), { timeout: 50_000 }).toMatchObject(expected);
});
