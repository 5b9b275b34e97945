import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CuttingProxy } from "../../store/faults/cutting-proxy.ts";
import { startPostgres, type TestServer } from "../postgres-server.ts";
import { createOrder, ended, type Order, run, start } from "./cluster.ts";
import { type NodeProcess, startNode, startNodeOff } from "./node-process.ts";

const SCHEMA = "faults";
let server: TestServer;
let proxy: CuttingProxy;
let folder: string;
const nodes: NodeProcess[] = [];
/** The database's by way of the proxy. */
let farUrl: string;
let far: NodeProcess;
let near: NodeProcess;

beforeAll(async () => {
  server = await startPostgres();
  proxy = new CuttingProxy(server.url);
  farUrl = await proxy.listen();
  far = await startNode(farUrl, SCHEMA);
  near = await startNode(server.url, SCHEMA);
  nodes.push(far, near);
  folder = await mkdtemp(join(tmpdir(), "stepwell-faults-"));
  await createOrder(near.client, join(folder, "record"));
  await Promise.all([far, near].map((node, i) => run(node.client, { id: `warm-${i}` })));
}, 240_000);
afterAll(async () => {
  for (const { child } of nodes) child.kill("SIGKILL");
  await Promise.all(nodes.map(({ gone }) => gone));
  proxy.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks both nodes for orders until it is `over`, and adds the ARNs of those that were acknowledged. */
async function ask(prefix: string, arns: string[], over: () => boolean): Promise<void> {
  const askOf = async (node: NodeProcess, name: string) => {
    for (let i = 0; !over(); i++) {
      const order: Order = { id: `${prefix}-${name}-${i}`, steps: 3, stepMs: 20, waits: i % 2 === 0 };
      await start(node.client, order).then(
        (arn) => arns.push(arn),
        () => {}, // It was not acknowledged.
      );
      await delay(100);
    }
  };
  await Promise.all(["a", "b"].flatMap((name) => [askOf(far, `far-${name}`), askOf(near, `near-${name}`)]));
}

/** Every one of them succeeds, whichever node is asked. */
async function allSucceed(arns: readonly string[]): Promise<void> {
  const statuses = await Promise.all(
    arns.map(async (arn, i) => (await ended([far, near][i % 2]!.client, arn)).Status),
  );
  expect(new Set(statuses)).toEqual(new Set(["SUCCEEDED"]));
}

/** Orders are asked for before, while and after `trouble` goes on. */
async function during(prefix: string, trouble: () => Promise<unknown>): Promise<string[]> {
  let over = false;
  const arns: string[] = [];
  const asked = ask(prefix, arns, () => over);
  const more = async () => {
    for (const before = arns.length; arns.length < before + 8; ) await delay(20);
  };
  await more();
  await trouble();
  await more();
  over = true;
  await asked;
  return arns;
}

describe("What nodes acknowledged is there and comes to its end", () => {
  test("when PostgreSQL is killed under load, twice, and away for longer than a node waits for it", async () => {
    const arns = await during("killed", async () => {
      for (const awayMs of [0, 6000]) {
        await server.crash();
        await delay(awayMs);
        await server.restart();
        await delay(1000);
      }
    });
    await allSucceed(arns);
  }, 240_000);

  test("when one node's network is slow, and its connections are cut", async () => {
    const arns = await during("cut", async () => {
      proxy.slowDown(50);
      for (let i = 0; i < 4; i++) {
        await delay(300);
        proxy.cutAll();
      }
      proxy.slowDown(0);
    });
    await allSucceed(arns);
  }, 240_000);

  test("when one node's network stands still for longer than its lease, and nobody is told", async () => {
    const arns = await during("still", async () => {
      const burials = () => near.log().split("has died").length;
      const before = burials();
      proxy.standStill();
      // A node that is too busy to renew its own lease in time buries nobody.
      for (let looks = 0; burials() === before && looks < 400; looks++) await delay(50);
      proxy.goOn();
    });
    await allSucceed(arns);
  }, 240_000);
});

test.concurrent.each([5000, -5000])(
  "A node whose machine's clock is %i ms off stamps and wakes by the database's",
  async (byMs) => {
    const off = await startNodeOff(byMs, server.url, SCHEMA);
    nodes.push(off);
    const before = Date.now();
    const arn = await start(off.client, { id: `off-${byMs}`, steps: 2, waits: true });
    const after = Date.now();
    const { Status, StartTimestamp, EndTimestamp } = await ended(near.client, arn);
    expect(Status).toBe("SUCCEEDED");
    // Half of what it is off by: a busy machine measures the database's time less well.
    expect(StartTimestamp!.getTime()).toBeGreaterThan(before - 2500);
    expect(StartTimestamp!.getTime()).toBeLessThan(after + 2500);
    // Two waits of a second each.
    expect(EndTimestamp!.getTime() - StartTimestamp!.getTime()).toBeGreaterThanOrEqual(2000);
    off.child.kill("SIGTERM");
    expect(await off.gone).toBe(0);
  },
  240_000,
);

test("A node that is told to leave while PostgreSQL does not answer goes soon after its grace", async () => {
  const leaving = await startNode(farUrl, SCHEMA, "--grace", "1");
  nodes.push(leaving);
  proxy.standStill();
  leaving.child.kill("SIGTERM");
  expect(await leaving.gone).toBe(0);
  expect(leaving.log()).toContain("gone without a word");
  proxy.goOn();
}, 240_000);

test("A node that is told to leave while PostgreSQL is away goes all the same", async () => {
  await server.crash();
  near.child.kill("SIGTERM");
  expect(await near.gone).toBe(0);
  await server.restart();
}, 240_000);
