import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderNode } from "./fixtures/folder-node.ts";

/** Queues in a node's virtual time: what becomes visible is something that time can be skipped to. */
let folder: string;
let node: Awaited<ReturnType<typeof openFolderNode>>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-time-"));
  node = await openFolderNode(folder, "virtual");
});
afterEach(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

test("time is skipped to messages that become visible, and those who wait have them then", async () => {
  const { call } = node;
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true", DelaySeconds: "60" };
  await call("CreateQueue", { QueueName: "orders" });
  await call("CreateQueue", { QueueName: "lines.fifo", Attributes: fifo });
  await call("SendMessage", { QueueUrl: "orders", MessageBody: "delayed", DelaySeconds: 10 });
  await call("SendMessage", { QueueUrl: "lines.fifo", MessageBody: "line", MessageGroupId: "g" });
  const { Now: start, Due } = await call("stepwell.GetTime", {});
  const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  expect(Due.filter(({ Kind }: { Kind: string }) => Kind === "MESSAGE")).toEqual([
    { At: start + 10_000, Kind: "MESSAGE", ResourceArn: arn("orders") },
    { At: start + 60_000, Kind: "MESSAGE", ResourceArn: arn("lines.fifo") },
  ]);

  const waiting = call("ReceiveMessage", { QueueUrl: "orders", WaitTimeSeconds: 20 });
  const skipped = await call("stepwell.SkipTime", {});
  expect(skipped).toMatchObject({ Now: start + 10_000, Fired: [{ Kind: "MESSAGE" }] });
  expect((await waiting).Messages).toMatchObject([{ Body: "delayed" }]);
  // It has not been deleted, so its visibility timeout of 30 s is what comes next.
  expect(await call("stepwell.SkipTime", {})).toMatchObject({ Now: start + 40_000 });
  const { Messages } = await call("ReceiveMessage", { QueueUrl: "orders" });
  await call("DeleteMessage", { QueueUrl: "orders", ReceiptHandle: Messages[0].ReceiptHandle });
  expect(await call("stepwell.SkipTime", {})).toMatchObject({ Now: start + 60_000 });
  expect(await call("ReceiveMessage", { QueueUrl: "lines.fifo" })).toMatchObject({
    Messages: [{ Body: "line" }],
  });
});
