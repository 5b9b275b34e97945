import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
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
let logs: CloudWatchLogsClient;

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
  logs = new CloudWatchLogsClient(settings);
});
afterAll(async () => {
  events.destroy();
  lambda.destroy();
  logs.destroy();
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

test("an event is written to a log group", { timeout: 60_000 }, async () => {
  const logGroupName = "/aws/events/shop";
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const Arn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
  await events.send(new PutRuleCommand({ Name: "logged", EventPattern: '{"source":["logged"]}' }));
  const gone = { Id: "gone", Arn: `${Arn}/gone` };
  await events.send(
    new PutTargetsCommand({ Rule: "logged", Targets: [gone, { Id: "there", Arn: `${Arn}:*` }] }),
  );
  const entry = { Source: "logged", DetailType: "d", Detail: '{"id":8}' };
  const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  const written = async () => {
    const found = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return found.events!.map(({ message }) => JSON.parse(message!));
  };
  const expected = [expect.objectContaining({ id: Entries![0]!.EventId, detail: { id: 8 } })];
  await expect.poll(written, { timeout: 50_000 }).toEqual(expected);
});
