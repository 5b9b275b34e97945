import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogsClient, StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionCommand,
  InvokeCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedPostgresUrl } from "../postgres-server.ts";
import { callbackId, createNoting, createOrder, ended, type Order, run, runs, start } from "./cluster.ts";
import { type NodeProcess, startNode } from "./node-process.ts";

const SCHEMA = "cluster";
let url: string;
let folder: string;
let record: string;
const nodes: NodeProcess[] = [];

async function joined(...options: readonly string[]): Promise<NodeProcess> {
  const node = await startNode(url, SCHEMA, ...options);
  nodes.push(node);
  return node;
}

let a: NodeProcess;
let b: NodeProcess;
beforeAll(async () => {
  url = await sharedPostgresUrl();
  folder = await mkdtemp(join(tmpdir(), "stepwell-cluster-"));
  record = join(folder, "record");
  [a, b] = await Promise.all([joined(), joined()]);
  await createOrder(a.client, record);
}, 120_000);
afterAll(async () => {
  for (const { child } of nodes) child.kill("SIGKILL");
  await Promise.all(nodes.map(({ gone }) => gone));
  await rm(folder, { recursive: true, force: true });
});

const approve = (node: NodeProcess, CallbackId: string) =>
  node.client.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }),
  );

describe("two nodes on one PostgreSQL", () => {
  test("run functions that were created at either of them", async () => {
    const { Configuration } = await b.client.send(new GetFunctionCommand({ FunctionName: "order" }));
    expect(Configuration?.State).toBe("Active");
    const result = { id: "either", done: ["step-0"] };
    expect(await run(a.client, { id: "either" })).toEqual(result);
    expect(await run(b.client, { id: "either" })).toEqual(result);
  });

  test("answer a caller although the execution goes on at the other node", async () => {
    const orders = Array.from({ length: 10 }, (_, i): Order => ({ id: `far-${i}`, steps: 2, waits: true }));
    const results = await Promise.all(orders.map((order, i) => run([a, b][i % 2]!.client, order)));
    expect(results).toEqual(orders.map(({ id }) => ({ id, done: ["step-0", "step-1"] })));
  });

  test.each(["resting", "busy"] as const)(
    "take a callback for an execution of the other node that is %s",
    async (callback) => {
      const arn = await start(a.client, { id: `callback-${callback}`, callback });
      await approve(b, await callbackId(b.client, arn, callback === "resting"));
      const { Status, Result } = await ended(b.client, arn);
      expect([Status, JSON.parse(Result!).done.at(-1)]).toEqual(["SUCCEEDED", '"yes"']);
    },
  );

  test("let one of two completions win", async () => {
    const arn = await start(a.client, { id: "once", callback: "busy" });
    const id = await callbackId(a.client, arn, false);
    const answers = await Promise.allSettled([approve(a, id), approve(b, id), approve(b, id)]);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await ended(a.client, arn)).Status).toBe("SUCCEEDED");
  });

  test("stop an execution of the other node", async () => {
    const arn = await start(a.client, { id: "stopped", stepMs: 60_000 });
    while (!(await runs(record)).has("stopped step-0")) await delay(20);
    await b.client.send(new StopDurableExecutionCommand({ DurableExecutionArn: arn }));
    expect((await ended(a.client, arn)).Status).toBe("STOPPED");
  });

  test("show in a live tail what a function logs at the other node", async () => {
    await createNoting(a.client, record, "slow");
    const invoke = (node: NodeProcess) =>
      node.client.send(new InvokeCommand({ FunctionName: "slow", Payload: '{"id":"logged","ms":0}' }));
    // Its group comes into being with its first line.
    await invoke(b);
    const { hostname, port } = await b.client.config.endpoint!();
    const logs = new CloudWatchLogsClient({
      ...{ endpoint: `http://${hostname}:${port}`, region: "us-east-1", disableHostPrefix: true },
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/slow";
    const tail = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers: [group] }));
    const told = async () => {
      for await (const { sessionUpdate } of tail.responseStream!) {
        const messages = (sessionUpdate?.sessionResults ?? []).map(({ message }) => message!);
        if (messages.some((message) => message.includes("working on logged"))) return messages;
      }
      return undefined;
    };
    const [messages] = await Promise.all([told(), invoke(a)]);
    expect(messages).toBeDefined();
    logs.destroy();
  });

  test("start one execution when both are asked by one name", async () => {
    const order = { id: "same-name" };
    const arns = await Promise.all([a, b, a, b].map(({ client }) => start(client, order)));
    expect(new Set(arns).size).toBe(1);
    await ended(b.client, arns[0]!);
    expect((await runs(record)).get("same-name step-0")).toBe(1);
  });
});

/** Orders in flight on a node; resolves when all have been accepted, and some are in the middle of a step. */
async function inFlight(node: NodeProcess, prefix: string): Promise<string[]> {
  const orders = Array.from(
    { length: 12 },
    (_, i): Order => ({
      ...{ id: `${prefix}-${i}`, steps: 4, stepMs: 100, waits: i % 2 === 0 },
      ...(i % 3 === 0 ? { callback: "resting" } : {}),
    }),
  );
  const arns = await Promise.all(orders.map((order) => start(node.client, order)));
  while (![...(await runs(record)).keys()].some((line) => line.startsWith(prefix))) await delay(20);
  return arns;
}

/** How often the two that stay have found another dead. */
const burials = () => a.log().split("has died").length + b.log().split("has died").length;

/** As a client that tries again when a node cannot say, or a row was locked for too long by one that stood still. */
async function approveAtLast(node: NodeProcess, CallbackId: string): Promise<void> {
  for (;;) {
    const error = await approve(node, CallbackId).then(
      () => undefined,
      (failure: Error) => failure,
    );
    if (!error || error.name === "InvalidParameterValueException") return;
    if (error.name !== "ServiceException") throw error;
    await delay(100);
  }
}

/** Approves what waits and resolves when all have succeeded. */
async function completed(node: NodeProcess, arns: readonly string[]): Promise<void> {
  await Promise.all(
    arns.map(async (arn, i) => {
      if (i % 3 === 0) await approveAtLast(node, await callbackId(node.client, arn, false));
      expect((await ended(node.client, arn)).Status).toBe("SUCCEEDED");
    }),
  );
}

/** Steps whose bodies ran more than once. */
async function repeated(prefix: string): Promise<string[]> {
  const counts = [...(await runs(record))].filter(([line]) => line.startsWith(prefix));
  expect(counts.length).toBe(12 * 4);
  return counts.filter(([, count]) => count > 1).map(([line]) => line);
}

describe("A node of a cluster", () => {
  test("that is killed leaves its work to another, which runs again only what was under way", async () => {
    const doomed = await joined();
    const arns = await inFlight(doomed, "killed");
    doomed.child.kill("SIGKILL");
    await completed(b, arns);
    expect((await repeated("killed")).length).toBeLessThanOrEqual(12);
  }, 120_000);

  test("that is paused for longer than its lease and goes on changes nothing", async () => {
    const paused = await joined();
    const arns = await inFlight(paused, "paused");
    const before = burials();
    paused.child.kill("SIGSTOP");
    while (burials() === before) await delay(50);
    paused.child.kill("SIGCONT");
    await completed(paused, arns);
    expect((await repeated("paused")).length).toBeLessThanOrEqual(12);
    expect(await run(paused.client, { id: "again" })).toMatchObject({ id: "again" });
  }, 120_000);

  test("that is told to leave ends what runs, hands back the rest, and is gone", async () => {
    const leaving = await joined();
    const arns = await inFlight(leaving, "leaving");
    leaving.child.kill("SIGTERM");
    expect(await leaving.gone).toBe(0);
    await completed(a, arns);
    expect(await repeated("leaving")).toEqual([]);
  }, 120_000);
});

test("A node that cannot have its store says why, and what to do", async () => {
  const wrong = (change: (url: URL) => void) => {
    const other = new URL(url);
    change(other);
    return startNode(other.href, SCHEMA);
  };
  await expect(wrong((other) => (other.password = "wrong"))).rejects.toThrow(/password is wrong.*Correct/s);
  await expect(wrong((other) => (other.port = "1"))).rejects.toThrow(/no server listens there.*Start/s);
  await expect(wrong((other) => (other.pathname = "/none"))).rejects.toThrow(/does not exist.*createdb/s);
  await expect(startNode(url, "Not-a-schema")).rejects.toThrow(/cannot be the schema's name/);
}, 120_000);
