import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogsClient, StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedPostgresUrl } from "../postgres-server.ts";
import { createNoting, ended } from "./cluster.ts";
import { type NodeProcess, startNode } from "./node-process.ts";

const SCHEMA = "leaving";
let url: string;
let folder: string;
let record: string;
let staying: NodeProcess;
const nodes: NodeProcess[] = [];

async function joined(...options: readonly string[]): Promise<NodeProcess> {
  const node = await startNode(url, SCHEMA, ...options);
  nodes.push(node);
  return node;
}

beforeAll(async () => {
  url = await sharedPostgresUrl();
  folder = await mkdtemp(join(tmpdir(), "stepwell-leaving-"));
  record = join(folder, "record");
  staying = await joined();
  for (const name of ["slow", "stuck"]) await createNoting(staying.client, record, name);
  await createNoting(staying.client, record, "caller", {
    DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 1 },
  });
}, 60_000);
afterAll(async () => {
  for (const { child } of nodes) child.kill("SIGKILL");
  await Promise.all(nodes.map(({ gone }) => gone));
  await rm(folder, { recursive: true, force: true });
});

async function invoke(
  node: NodeProcess,
  name: string,
  id: string,
  ms: number,
  type: "Event" | "RequestResponse",
) {
  const Payload = Buffer.from(JSON.stringify({ id, ms }));
  const FunctionName = name === "caller" ? "caller:$LATEST" : name;
  return node.client.send(new InvokeCommand({ FunctionName, InvocationType: type, Payload }));
}

async function lines(): Promise<string[]> {
  return (await readFile(record, "utf8").catch(() => "")).split("\n").filter(Boolean);
}

/** Resolves when the record has all of these lines. */
async function recorded(...expected: readonly string[]): Promise<string[]> {
  for (;;) {
    const found = await lines();
    if (expected.every((line) => found.includes(line))) return found;
    await delay(50);
  }
}

/** What any node holds of the work. */
async function held(): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(
    `SELECT count(*)::int AS held FROM ${SCHEMA}.work WHERE owner IS NOT NULL`,
  );
  await client.end();
  return rows[0].held;
}

test("a node that is told to leave ends what it has begun and hands the rest on, each exactly once", async () => {
  const leaving = await joined();
  const address = await leaving.client.config.endpoint!();
  const logs = new CloudWatchLogsClient({
    endpoint: `http://${address.hostname}:${address.port}`,
    disableHostPrefix: true,
    ...{ region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } },
  });
  const group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/slow";
  // Its function has logged, so its group is there.
  await invoke(leaving, "slow", "first", 0, "RequestResponse");
  const tail = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers: [group] }));
  let updates = 0;
  const tailed = (async () => {
    for await (const event of tail.responseStream!) if (event.sessionUpdate) updates++;
  })();

  const ids = Array.from({ length: 40 }, (_, i) => `event-${i}`);
  await Promise.all(ids.map((id) => invoke(leaving, "slow", id, 700, "Event")));
  const chained = await invoke(leaving, "caller", "chained", 1_500, "Event");
  const synchronous = invoke(leaving, "slow", "synchronous", 1_500, "RequestResponse");
  await recorded("begun synchronous");
  while (updates === 0) await delay(20);
  leaving.child.kill("SIGTERM");
  expect(JSON.parse(Buffer.from((await synchronous).Payload!).toString())).toBe("synchronous");
  expect(await leaving.gone).toBe(0);
  await tailed;
  logs.destroy();

  expect((await ended(staying.client, chained.DurableExecutionArn!)).Status).toBe("SUCCEEDED");
  const all = await recorded(...ids.map((id) => `ended ${id}`));
  const begun = all.filter((line) => line.startsWith("begun"));
  expect(begun.length).toBe(new Set(begun).size);
  // Each end is recorded a moment after the function's own line.
  while ((await held()) > 0) await delay(50);
}, 120_000);

test("what does not end within the grace is begun anew at another node", async () => {
  const leaving = await joined("--grace", "0.5");
  await invoke(leaving, "stuck", "too-long", 0, "Event");
  await recorded("begun too-long");
  leaving.child.kill("SIGTERM");
  expect(await leaving.gone).toBe(0);
  const all = await recorded("ended too-long");
  expect(all.filter((line) => line.endsWith("too-long"))).toEqual([
    "begun too-long",
    "begun too-long",
    "ended too-long",
  ]);
}, 120_000);

test("a node behind a load balancer says that it is leaving while it still serves", async () => {
  // Longer than any machine needs for what follows: a second signal ends it.
  const leaving = await joined("--drain", "3600");
  const address = await leaving.client.config.endpoint!();
  const ready = () => fetch(`http://${address.hostname}:${address.port}/readyz`);
  expect((await ready()).status).toBe(200);
  leaving.child.kill("SIGTERM");
  while ((await ready()).status === 200) await delay(20);
  expect(await (await ready()).text()).toBe("draining: the node is leaving\n");
  const { StatusCode } = await invoke(leaving, "slow", "late", 0, "RequestResponse");
  expect(StatusCode).toBe(200);
  leaving.child.kill("SIGTERM");
  expect(await leaving.gone).toBe(143);
}, 120_000);

test("a node whose drain time is over is gone", async () => {
  const leaving = await joined("--drain", "0.1");
  leaving.child.kill("SIGTERM");
  expect(await leaving.gone).toBe(0);
  expect(leaving.log()).toMatch(/leaving soon.*leaving:/s);
}, 120_000);

test("a second signal ends a node at once, and its work goes on elsewhere", async () => {
  const leaving = await joined();
  await invoke(leaving, "stuck", "cut", 0, "Event");
  await recorded("begun cut");
  leaving.child.kill("SIGTERM");
  // Two signals that are there at once are one.
  while (!leaving.log().includes("leaving:")) await delay(20);
  leaving.child.kill("SIGTERM");
  expect(await leaving.gone).toBe(143);
  expect((await lines()).filter((line) => line === "ended cut")).toEqual([]);
  await recorded("ended cut");
}, 120_000);
