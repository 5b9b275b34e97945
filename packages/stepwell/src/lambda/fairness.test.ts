import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { work } from "../kernel/work.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";
import { WorkerHost } from "./host/worker-host.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A function that writes its name down whenever it runs. */
const noting = (file: string, ms: number) => `
  import { appendFileSync } from "node:fs";
  export const handler = async () => {
    appendFileSync(${JSON.stringify(file)}, process.env.AWS_LAMBDA_FUNCTION_NAME + "\\n");
    await new Promise((resolve) => setTimeout(resolve, ${ms}));
  };`;

/** Events that have been due for as long as one that was sent first. */
async function flood(node: LambdaNode, count: number): Promise<void> {
  const key = { account: "000000000000", region: "us-east-1", name: "busy", version: "$LATEST" };
  const acceptedAtMs = node.clock.now();
  const items = Array.from({ length: count }, (_, i) => {
    const pending = {
      id: `flood-${i}`,
      key,
      requestId: `${i}`,
      event: { json: "1" },
      acceptedAtMs,
      failures: 0,
    };
    return work.insert({
      key: `000000000000/us-east-1/lambda-async/flood-${i}.0`,
      kind: "lambda-async",
      dueAtMs: acceptedAtMs,
      availableAtMs: acceptedAtMs,
      lane: "busy",
      data: JSON.stringify({ ...pending, invokedArn: "arn:aws:lambda:us-east-1:000000000000:function:busy" }),
    });
  });
  await node.store.commit(items, { key: "flood" });
}

test("an event is not kept waiting by ten thousand that another function was sent before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-fairness-"));
  const file = join(folder, "ran");
  const node = await openLambdaNode({ host: new WorkerHost({ maxBusy: 2 }) });
  closing.push(async () => {
    await node.close();
    await rm(folder, { recursive: true });
  });
  await node.call("CreateFunction", functionInput("busy", noting(file, 5)));
  await node.call("CreateFunction", functionInput("quiet", noting(file, 5)));
  await flood(node, 10_000);
  const send = (FunctionName: string) => node.call("Invoke", { FunctionName, InvocationType: "Event" });
  await send("busy");
  const ran = async () => (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean);
  while ((await ran()).length < 10) await sleep(5);
  node.clock.advance(1);
  await send("quiet");
  while (!(await ran()).includes("quiet")) await sleep(5);
  expect((await ran()).indexOf("quiet")).toBeLessThan(1_000);
});
