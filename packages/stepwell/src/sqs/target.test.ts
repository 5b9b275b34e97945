import { expect, test } from "vitest";
import type { TargetMessage } from "../kernel/targets.ts";
import { type EventNode, onBothStores } from "../testing/event-nodes.ts";
import { openQueue } from "./fixtures/open-queue.ts";

const SOURCE = "arn:aws:sns:us-east-1:000000000000:news";
const ORDERS = "arn:aws:sqs:us-east-1:000000000000:orders";

/** Delivers as topics and rules do: in one commit of the sender's own. */
async function deliver(node: EventNode | undefined, arn: string, payload: string, message?: TargetMessage) {
  const { targets, store } = node!;
  const delivery = await targets.changes(arn, { payload, sourceArn: SOURCE, ...(message && { message }) });
  await store.commit(delivery.changes, { key: arn });
  delivery.committed();
}

onBothStores((open) => {
  test("an event becomes a message in its sender's commit, and wakes who waits", async () => {
    const queue = await openQueue(open);
    const waiting = queue.receive({ WaitTimeSeconds: 20, MessageAttributeNames: ["All"] });
    await queue.settle();
    const attributes = {
      colour: { dataType: "String", stringValue: "red" },
      icon: { dataType: "Binary", binaryValue: Buffer.from([0, 1]) },
    };
    await deliver(queue.nodes.at(-1), ORDERS, '{"a":1}', { attributes });
    expect(await waiting).toMatchObject([
      {
        Body: '{"a":1}',
        MessageAttributes: {
          colour: { DataType: "String", StringValue: "red" },
          icon: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1]) },
        },
      },
    ]);
  });

  test("a FIFO queue takes events in order, and needs their groups", async () => {
    const { nodes, sqs: _, ...queue } = await openQueue(open);
    await queue.create("lines.fifo", { FifoQueue: "true" });
    const lines = `${ORDERS.slice(0, -"orders".length)}lines.fifo`;
    for (const [payload, deduplicationId] of [
      ["1", "a"],
      ["2", "b"],
      ["again", "a"],
    ] as const) {
      await deliver(nodes[0], lines, payload, { groupId: "g", deduplicationId });
    }
    expect(await queue.bodies({ QueueUrl: "lines.fifo", MaxNumberOfMessages: 10 })).toEqual(["1", "2"]);
    await expect(deliver(nodes[0], lines, "3")).rejects.toMatchObject({
      message: "The request must contain the parameter MessageGroupId.",
    });
    await expect(deliver(nodes[0], lines, "3", { groupId: "g" })).rejects.toThrow(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  });

  test.each([
    ["orders", {}, undefined],
    ["lines.fifo", { FifoQueue: "true" }, { groupId: "g", deduplicationId: "d" }],
  ])(
    "an event for %s is never lost in a queue that is gone, also where nobody was told of that",
    async (name, attributes, message) => {
      const { nodes, create, settle } = await openQueue(open);
      const [here, there = here!] = nodes;
      const arn = ORDERS.replace("orders", name);
      await create(name, attributes);
      await deliver(there, arn, "known there", message);
      // Whatever is said from now on is lost.
      for (const { options } of nodes) options.signals.send = () => {};
      await here!.call("sqs.DeleteQueue", { QueueUrl: name });
      await expect(deliver(there, arn, "into nothing", message)).rejects.toMatchObject({
        code: "QueueDoesNotExist",
      });
      await here!.call("sqs.CreateQueue", { QueueName: name, Attributes: attributes });
      await deliver(there, arn, "known there", message);
      await here!.call("sqs.DeleteQueue", { QueueUrl: name });
      await here!.call("sqs.CreateQueue", { QueueName: name, Attributes: attributes });
      await deliver(there, arn, "into the new one", message);
      const received = await here!.call("sqs.ReceiveMessage", { QueueUrl: name, MaxNumberOfMessages: 10 });
      expect(received).toMatchObject({ Messages: [{ Body: "into the new one" }] });
      await settle();
    },
  );

  test("what no queue would take is refused before anything is stored", async () => {
    const queue = await openQueue(open);
    await expect(deliver(queue.nodes[0], `${ORDERS}-none`, "1")).rejects.toMatchObject({
      code: "QueueDoesNotExist",
    });
    await expect(deliver(queue.nodes[0], ORDERS, "x".repeat(2 ** 20 + 1))).rejects.toMatchObject({
      code: "InvalidParameterValueException",
    });
    expect(await queue.stored()).toBe(0);
  });
});
