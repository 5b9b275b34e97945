import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderNode } from "./fixtures/folder-node.ts";

const SENDER = new URL("./fixtures/killed-sender.ts", import.meta.url);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-killed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a server that is killed has every message that it acknowledged, and goes on moving others", {
  timeout: 60_000,
}, async () => {
  const child = fork(SENDER, [folder], {
    execArgv: process.features.typescript ? [] : ["--experimental-strip-types"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const [output, [, signal]] = await Promise.all([text(child.stdout!), once(child, "exit")]);
  expect(signal).toBe("SIGKILL");
  const acknowledged = output.trim().split("\n");
  expect(acknowledged).toHaveLength(60);

  const node = await openFolderNode(folder);
  try {
    const drain = async (QueueUrl: string, count: number) => {
      const bodies: string[] = [];
      for (let empty = 0; empty < 2; ) {
        const { Messages = [] } = await node.call("ReceiveMessage", {
          ...{ QueueUrl, MaxNumberOfMessages: 10 },
          ...(bodies.length < count && { WaitTimeSeconds: 5 }),
        });
        if (Messages.length === 0) empty++;
        for (const { Body, ReceiptHandle } of Messages) {
          bodies.push(Body);
          await node.call("DeleteMessage", { QueueUrl, ReceiptHandle });
        }
      }
      return bodies;
    };
    // Each batch is there as a whole or not at all, and each that was acknowledged is there.
    const whole = new Map<string, number>();
    for (const body of await drain("busy", 600)) {
      const [batch] = body.split(" ");
      whole.set(batch!, (whole.get(batch!) ?? 0) + 1);
    }
    for (const batch of acknowledged) expect(whole.get(batch), batch).toBe(10);
    for (const [batch, count] of whole) expect(count, batch).toBe(10);

    // What was on its way back from the dead-letter queue comes there, each message once.
    const letters = ["a", "b"].flatMap((batch) => Array.from({ length: 10 }, (_, i) => `${batch} ${i}`));
    expect((await drain("back", letters.length)).sort()).toEqual(letters);
    const SourceArn = "arn:aws:sqs:us-east-1:000000000000:dead";
    const task = async () => (await node.call("ListMessageMoveTasks", { SourceArn })).Results[0];
    while ((await task()).Status === "RUNNING") await sleep(20);
    expect(await task()).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 20 });

    // A FIFO queue knows what it has had.
    const again = { MessageBody: "again", MessageGroupId: "g", MessageDeduplicationId: "1" };
    await node.call("SendMessage", { QueueUrl: "lines.fifo", ...again });
    const next = { MessageBody: "2", MessageGroupId: "g", MessageDeduplicationId: "2" };
    await node.call("SendMessage", { QueueUrl: "lines.fifo", ...next });
    expect(await drain("lines.fifo", 2)).toEqual(["1", "2"]);
  } finally {
    await node.close();
  }
});
