import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  GetDurableExecutionHistoryCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedPostgresUrl } from "../postgres-server.ts";
import { callbackId, createOrder, ended, type Order, run, runs, start } from "./cluster.ts";
import { makeNewerBuild, NEWER_KIND } from "./newer-build.ts";
import { type NodeProcess, startNode, startNodeOf } from "./node-process.ts";

const SCHEMA = "upgrade";
let build: Awaited<ReturnType<typeof makeNewerBuild>>;
let folder: string;
let record: string;
let database: pg.Client;
let old: NodeProcess;
let young: NodeProcess;

beforeAll(async () => {
  const url = await sharedPostgresUrl();
  build = await makeNewerBuild();
  folder = await mkdtemp(join(tmpdir(), "stepwell-upgrade-"));
  record = join(folder, "record");
  old = await startNode(url, SCHEMA);
  await createOrder(old.client, record);
  young = await startNodeOf(build.bin, url, SCHEMA);
  database = new pg.Client({ connectionString: url, options: `-c search_path=${SCHEMA}` });
  await database.connect();
}, 240_000);
afterAll(async () => {
  for (const { child } of [old, young]) child.kill("SIGKILL");
  await Promise.all([old, young].map(({ gone }) => gone));
  await database.end();
  await build.remove();
  await rm(folder, { recursive: true, force: true });
});

const approve = (node: NodeProcess, CallbackId: string) =>
  node.client.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }),
  );

async function all(node: NodeProcess, prefix: string, order: Omit<Order, "id">): Promise<string[]> {
  const ids = Array.from({ length: 8 }, (_, i) => `${prefix}-${i}`);
  return Promise.all(ids.map((id) => start(node.client, { id, ...order })));
}

/** How many journals of executions whose names begin so have rows of the newer kind. */
async function newerJournals(prefix: string): Promise<number> {
  const { rows } = await database.query(
    `SELECT count(DISTINCT execution)::int AS n FROM journal WHERE data LIKE $1 AND execution IN
       (SELECT execution FROM journal WHERE seq = 1 AND data LIKE $2)`,
    [`%${NEWER_KIND}%`, `%${prefix}-%`],
  );
  return rows[0].n;
}

const succeeded = async (node: NodeProcess, arns: readonly string[]) => {
  const ends = await Promise.all(arns.map((arn) => ended(node.client, arn)));
  for (const { Status } of ends) expect(Status).toBe("SUCCEEDED");
  return ends.map(({ Result }) => JSON.parse(Result!) as { id: string; done: string[] });
};

test("a node that meets a journal of a newer build leaves it to the newer node, with what it acknowledged", async () => {
  const arns = await all(young, "newer", { callback: "resting" });
  const ids = await Promise.all(arns.map((arn) => callbackId(young.client, arn, true)));
  expect(await newerJournals("newer")).toBe(arns.length);
  // So that it is the older one that takes them first.
  young.child.kill("SIGSTOP");
  await Promise.all(ids.map((id) => approve(old, id)));
  while (!old.log().includes("left to newer nodes")) await delay(20);
  // What it cannot read it does not tell half: the client is to ask again, and may reach a newer node.
  const history = old.client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arns[0] }));
  await expect(history).rejects.toMatchObject({
    $metadata: { httpStatusCode: 503 },
    message: expect.stringMatching(/Ask a node of that version/),
  });
  young.child.kill("SIGCONT");
  // Whoever is asked tells.
  for (const { done } of await succeeded(old, arns)) expect(done).toEqual(["step-0", '"yes"']);
}, 240_000);

test("executions go on while nodes of both builds take what is due", async () => {
  const order = { steps: 3, waits: true };
  const arns = (await Promise.all([all(young, "mixed-y", order), all(old, "mixed-o", order)])).flat();
  await succeeded(young, arns);
  const counts = [...(await runs(record))].filter(([line]) => line.startsWith("mixed"));
  expect(counts.length).toBe(arns.length * 3);
  expect(counts.filter(([, count]) => count > 1)).toEqual([]);
}, 240_000);

test("an older node that stood still, and whose executions a newer one has taken over, changes nothing", async () => {
  const arns = await all(old, "paused", { steps: 4, stepMs: 100, waits: true });
  while (![...(await runs(record)).keys()].some((line) => line.startsWith("paused"))) await delay(20);
  old.child.kill("SIGSTOP");
  while ((await newerJournals("paused")) === 0) await delay(50);
  old.child.kill("SIGCONT");
  await succeeded(young, arns);
  expect(await run(old.client, { id: "still-serves" })).toMatchObject({ done: ["step-0"] });
}, 240_000);

test("the last older node leaves, and the newer one ends what it had begun", async () => {
  const arns = await all(old, "left", { steps: 4, stepMs: 100, waits: true });
  old.child.kill("SIGTERM");
  expect(await old.gone).toBe(0);
  await succeeded(young, arns);
  const counts = [...(await runs(record))].filter(([line]) => line.startsWith("left"));
  expect(counts.filter(([, count]) => count > 1)).toEqual([]);
}, 240_000);
