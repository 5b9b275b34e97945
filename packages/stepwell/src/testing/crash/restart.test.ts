import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  SendDurableExecutionCallbackSuccessCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { makeZip } from "../../lambda/fixtures/zip.ts";
import { openNode, type StepwellNode } from "../../node.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import { request } from "../../wire/fixtures/request.ts";
import { clientOf, executionsOf, historyOf, payloadOf } from "./client.ts";

let folder: string;
let node: StepwellNode;
let client: LambdaClient;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stepwell-restart-"));
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  node = await openNode({ data: join(folder, "data"), log: silentLogger });
  client = clientOf((await node.listen({ port: 0, host: "127.0.0.1" })).url);
}

async function stop(): Promise<void> {
  client.destroy();
  await node.close(0);
}

/** A durable function that notes the state that each of its invocations begins with; approved so, one hangs. */
const ORDER = `
  import { appendFileSync } from "node:fs";
  import { withDurableExecution } from "@stepwell/durable";
  const durable = withDurableExecution(async ({ fails }, context) => {
    const large = await context.step("large", async () => "large ".repeat(60_000));
    const both = await context.parallel("both", [async (c) => c.step("left", async () => 1), async (c) => c.wait("right", { seconds: 1 })]);
    console.log("charged", large.length);
    if (fails) throw new Error("too expensive");
    const approval = await context.waitForCallback("approval", async () => {});
    return { large, approval, both: both.successCount };
  });
  export const handler = async (event, context) => {
    const state = JSON.stringify(event.InitialExecutionState);
    appendFileSync(process.env.STATES, state + "\\n");
    if (state.includes('"hang"')) await new Promise(() => setInterval(() => {}, 1_000));
    return durable(event, context);
  };`;

const NAMES = ["finished", "failed", "waiting", "hanging"];
const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:order";

async function createAll(): Promise<void> {
  const FunctionName = "order";
  await client.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Description: "orders" },
      Role: "arn:aws:iam::000000000000:role/order",
      Code: { ZipFile: makeZip([{ name: "index.mjs", content: ORDER }]) },
      Environment: { Variables: { STATES: join(folder, "states") } },
      DurableConfig: { ExecutionTimeout: 3_600 },
      Timeout: 600,
    }),
  );
  await client.send(new PublishVersionCommand({ FunctionName, Description: "the first" }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  await client.send(new TagResourceCommand({ Resource: FUNCTION, Tags: { team: "orders" } }));
  await client.send(
    new AddPermissionCommand({
      ...{ FunctionName, StatementId: "all", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" },
    }),
  );
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 7 }));
  await client.send(
    new PublishLayerVersionCommand({
      LayerName: "shared",
      Content: { ZipFile: makeZip([{ name: "nodejs/x.js", content: "1" }]) },
    }),
  );
  for (const DurableExecutionName of NAMES) {
    await client.send(
      new InvokeCommand({
        ...{ FunctionName, Qualifier: "live", InvocationType: "Event", DurableExecutionName },
        Payload: payloadOf({ fails: DurableExecutionName === "failed" }),
      }),
    );
  }
}

/** Waits until an execution's history has an event, or also an invocation that ended after it, and returns the event. */
async function eventOf(name: string, type: string, atRest = false) {
  for (;;) {
    const found = (await executionsOf(client, "order")).find((one) => one.DurableExecutionName === name)!;
    const events = await historyOf(client, found.DurableExecutionArn!);
    const event = events.find(({ EventType }) => EventType === type);
    if (event && (!atRest || events.at(-1)!.EventType === "InvocationCompleted")) return event;
    await sleep(20);
  }
}

/** The id of an execution's callback, once its handler rests. */
async function callbackOf(name: string): Promise<string> {
  const { CallbackStartedDetails } = await eventOf(name, "CallbackStarted", true);
  return CallbackStartedDetails!.CallbackId!;
}

async function approve(name: string, result: string): Promise<void> {
  const CallbackId = await callbackOf(name);
  await client.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from(result) }),
  );
}

/** The bytes of an answer, with its status. */
async function answerTo(line: string, target?: string, body = ""): Promise<string> {
  const headers: Record<string, string> = target
    ? { "x-amz-target": `Logs_20140328.${target}`, "content-type": "application/x-amz-json-1.1" }
    : {};
  const response = await node.handle(request(line, { headers, body }));
  const bytes: Uint8Array[] = [];
  if (typeof response.body === "string") bytes.push(Buffer.from(response.body));
  else if (response.body instanceof Uint8Array) bytes.push(response.body);
  else for await (const piece of response.body) bytes.push(piece);
  return `${response.status} ${Buffer.concat(bytes)}`;
}

/** The answers to everything that can be asked, by the question. */
async function everyAnswer(): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const get = async (path: string) => {
    const answer = await answerTo(`GET ${path}`);
    expect(answer, path).toMatch(/^200 /);
    answers.set(path, answer);
    return JSON.parse(answer.slice(4)) as Record<string, string>;
  };
  const fn = "/2015-03-31/functions/order";
  for (const path of ["", "/configuration", "?Qualifier=live", "/configuration?Qualifier=1", "/versions"]) {
    await get(fn + path);
  }
  for (const path of ["/aliases", "/aliases/live", "/policy", "/versions?MaxItems=1"]) await get(fn + path);
  for (const path of [
    "/2015-03-31/functions?FunctionVersion=ALL",
    `/2017-03-31/tags/${encodeURIComponent(FUNCTION)}`,
    "/2019-09-25/functions/order/event-invoke-config",
    "/2019-09-25/functions/order/event-invoke-config/list",
    "/2019-09-30/functions/order/concurrency",
    "/2016-08-19/account-settings",
    "/2018-10-31/layers",
    "/2018-10-31/layers/shared/versions",
    "/2018-10-31/layers/shared/versions/1",
    "/2025-12-01/functions/order/durable-executions",
    "/2025-12-01/functions/order/durable-executions?ReverseOrder=true&Statuses=SUCCEEDED&Statuses=FAILED",
    "/2025-12-01/functions/order/durable-executions?MaxItems=2",
  ]) {
    await get(path);
  }
  for (const { DurableExecutionArn } of await executionsOf(client, "order")) {
    const path = `/2025-12-01/durable-executions/${encodeURIComponent(DurableExecutionArn!)}`;
    await get(path);
    await get(`${path}?IncludeExecutionData=false`);
    await get(`${path}/history?IncludeExecutionData=false&ReverseOrder=true`);
    let marker = "";
    do {
      const page = await get(`${path}/history?MaxItems=3${marker}`);
      marker = page.NextMarker ? `&Marker=${encodeURIComponent(page.NextMarker)}` : "";
    } while (marker);
  }
  const logGroupName = "/aws/lambda/order";
  const ask = async (target: string, input: object) => {
    const answer = await answerTo("POST /", target, JSON.stringify(input));
    expect(answer, target).toMatch(/^200 /);
    answers.set(`${target} ${JSON.stringify(input)}`, answer);
    return JSON.parse(answer.slice(4)) as { logStreams: { logStreamName: string }[] };
  };
  await ask("DescribeLogGroups", {});
  const { logStreams } = await ask("DescribeLogStreams", { logGroupName });
  for (const { logStreamName } of logStreams) {
    await ask("GetLogEvents", { logGroupName, logStreamName, startFromHead: true });
  }
  await ask("FilterLogEvents", { logGroupName, filterPattern: "charged" });
  return answers;
}

/** What each invocation that has begun was given to begin with. */
function states(): string[] {
  return readFileSync(join(folder, "states"), "utf8").trim().split("\n");
}

/** Until the last line of every invocation's log is stored. */
async function logsAreStored(): Promise<void> {
  const input = JSON.stringify({ logGroupName: "/aws/lambda/order", filterPattern: "REPORT" });
  const stored = async () => (await answerTo("POST /", "FilterLogEvents", input)).split("REPORT ").length - 1;
  while ((await stored()) < states().length) await sleep(20);
}

test("a server that starts anew answers every question with the same bytes", {
  timeout: 90_000,
}, async () => {
  await start();
  await createAll();
  await approve("finished", "yes");
  await eventOf("finished", "ExecutionSucceeded");
  await eventOf("failed", "ExecutionFailed");
  for (const name of ["waiting", "hanging"]) await callbackOf(name);
  await logsAreStored();
  const answers = await everyAnswer();
  expect(answers.size).toBeGreaterThan(50);
  await stop();
  await start();
  for (const [question, answer] of await everyAnswer()) expect(answer, question).toBe(answers.get(question));
});

test("a server that starts anew calls handlers with the state that they had before", {
  timeout: 90_000,
}, async () => {
  await start();
  await createAll();
  for (const name of ["waiting", "hanging"]) await callbackOf(name);
  await approve("finished", "yes");
  await eventOf("finished", "ExecutionSucceeded");
  const before = states().length;
  await approve("hanging", "hang");
  while (states().length === before) await sleep(20);
  const state = states().at(-1)!;
  await stop();
  const invocations = states().length;
  await start();
  while (states().length === invocations) await sleep(20);
  expect(states().at(-1)).toBe(state);
});

test("a server that starts removes what a crash has left of blobs", async () => {
  const data = join(folder, "data");
  const store = await openSqliteStore({ folder: data, clock: new VirtualClock(0), log: silentLogger });
  const hash = await store.putBlob(Buffer.from("nobody refers to it"));
  await store.close();
  expect(existsSync(join(data, "blobs", hash))).toBe(true);
  await start();
  while (existsSync(join(data, "blobs", hash))) await sleep(5);
  expect(existsSync(join(data, "blobs", hash))).toBe(false);
});
