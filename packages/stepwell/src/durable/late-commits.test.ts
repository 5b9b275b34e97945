import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { OutcomeUnknown } from "../store/errors.ts";
import { CuttingProxy } from "../store/faults/cutting-proxy.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { startPostgres, type TestServer } from "../testing/postgres-server.ts";
import { callbackIdOf, type RawHandler, startNode } from "./fixtures/raw-node.ts";
import type { OperationUpdate } from "./types.ts";

const callback: OperationUpdate = { Id: "c", Type: "CALLBACK", SubType: "Callback", Action: "START" };
const waiting: OperationUpdate = {
  ...{ Id: "w", Type: "WAIT", SubType: "Wait", Action: "START" },
  WaitOptions: { WaitSeconds: 60 },
};

/** Begins an operation in the first invocation and ends in the next. */
const until =
  (operation: OperationUpdate): RawHandler =>
  async (event, port) => {
    if (event.InitialExecutionState.Operations.length > 1) return { Status: "SUCCEEDED" };
    await port.checkpoint({ ...event, Updates: [operation] });
    return { Status: "PENDING" };
  };

let server: TestServer;
let admin: pg.Client;
const proxies: CuttingProxy[] = [];
beforeAll(async () => {
  server = await startPostgres();
  admin = new pg.Client(server.url);
  await admin.connect();
});
afterAll(async () => {
  for (const proxy of proxies) proxy.close();
  await admin.end();
  await server.stop();
});

/** A node whose way to the database is a proxy. */
async function openNode(schema: string, handler: RawHandler) {
  const proxy = new CuttingProxy(server.url);
  proxies.push(proxy);
  const clock = new VirtualClock();
  const store = await openPostgresStore({
    ...{ url: await proxy.listen(), schema, clock, log: silentLogger, lanes: 1 },
  });
  const signals = store.openSignals("node", silentLogger);
  const node = await startNode({ handler, clock, store, signals, owner: "node", seed: 1 });
  return { ...node, proxy };
}

/** Whether commits come to an end: without, they wait for a standby that does not exist, and nobody sees them. */
async function commitsEnd(end: boolean): Promise<void> {
  await admin.query(`ALTER SYSTEM SET synchronous_standby_names = ${end ? "''" : "nobody"}`);
  await admin.query("SELECT pg_reload_conf()");
  const shown = end ? "" : "nobody";
  const setting = async () => (await admin.query("SHOW synchronous_standby_names")).rows[0];
  while ((await setting()).synchronous_standby_names !== shown) await delay(10);
}

test("a commit that becomes visible after a node has asked what became of it is worked on all the same", async () => {
  const begun = await openNode("begun", async () => ({ Status: "SUCCEEDED" }));
  const claimed = await openNode("claimed", until(waiting));
  const resumed = await openNode("resumed", until(callback));
  const nodes = [begun, claimed, resumed];
  const rested = await Promise.all([claimed, resumed].map((node) => node.start()));
  for (const [i, node] of [claimed, resumed].entries()) {
    const arn = rested[i]!.executionArn;
    while (!(await node.events(arn)).includes("InvocationCompleted")) await delay(10);
  }
  const CallbackId = await callbackIdOf(resumed, rested[1]!.executionArn);

  await commitsEnd(false);
  for (const { proxy } of nodes) proxy.cutNextCommit("after", { refuse: true });
  const answers = [
    begun.start({ name: "begun" }),
    resumed.call("SendDurableExecutionCallbackSuccess", { CallbackId }),
  ];
  claimed.clock.advance(60_000);
  const [started, completed] = await Promise.allSettled(answers);
  expect(started).toMatchObject({ reason: expect.any(OutcomeUnknown) });
  expect(completed).toMatchObject({ status: "rejected" });
  for (const { proxy } of nodes) {
    while (proxy.cuts === 0) await delay(10);
    proxy.accept();
  }
  // Time to ask, and to hear that there is nothing.
  await delay(500);
  for (const { clock } of nodes) clock.advance(1000);
  await delay(500);
  await commitsEnd(true);
  const isOver = async (ended: Promise<unknown> | undefined) => {
    let end: unknown;
    void ended!.then((value) => {
      end = value;
    });
    while (!end) {
      for (const { clock } of nodes) clock.advance(1000);
      await delay(50);
    }
    return end;
  };
  const again = await begun.start({ name: "begun" });
  for (const { ended } of [again, ...rested]) {
    expect(await isOver(ended)).toMatchObject({ status: "SUCCEEDED" });
  }
}, 60_000);
