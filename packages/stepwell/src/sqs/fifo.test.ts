import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { type OpenEventNodes, onBothStores } from "../testing/event-nodes.ts";

onBothStores((open) => {
  test("messages of a group come in order, and none while one of them is held", async () => {
    const queue = await openFifo(open);
    await queue.send("a", "a1");
    await queue.send("b", "b1");
    await queue.send("a", "a2");
    const [first] = await queue.receive(1);
    expect(first!.Body).toBe("a1");
    expect(await queue.bodies(10)).toEqual(["b1"]);
    expect(await queue.bodies(10)).toEqual([]);
    await queue.delete(first!);
    expect(await queue.bodies(10)).toEqual(["a2"]);
  });

  test("one receive takes as many of a group as it may, then those of others", async () => {
    const queue = await openFifo(open);
    for (const [group, body] of [
      ["a", "a1"],
      ["b", "b1"],
      ["a", "a2"],
      ["a", "a3"],
      ["b", "b2"],
    ] as const) {
      await queue.send(group, body);
    }
    expect(await queue.bodies(4)).toEqual(["a1", "a2", "a3", "b1"]);
    queue.clock.advance(30_000);
    expect(await queue.bodies(10)).toEqual(["a1", "a2", "a3", "b1", "b2"]);
  });

  test("a group that has become available before another is received before it", async () => {
    const queue = await openFifo(open);
    await queue.send("a", "a1");
    await queue.send("b", "b1");
    await queue.send("c", "c1");
    expect(await queue.bodies(1, 10)).toEqual(["a1"]);
    queue.clock.advance(1_000);
    expect(await queue.bodies(1, 10)).toEqual(["b1"]);
    queue.clock.advance(10_000);
    expect(await queue.bodies(10)).toEqual(["c1", "a1", "b1"]);
  });

  test("a message that is made visible again is received without those behind it that are held", async () => {
    const queue = await openFifo(open);
    for (const body of ["1", "2", "3"]) await queue.send("a", body);
    const [first, second] = await queue.receive(10);
    await queue.setVisibility(first!, 0);
    expect(await queue.bodies(10)).toEqual(["1"]);
    await queue.setVisibility(second!, 0);
    expect(await queue.bodies(10)).toEqual([]);
  });

  test("an id that was sent within five minutes is not sent again, whatever became of the first", async () => {
    const queue = await openFifo(open);
    const first = await queue.send("a", "first", "id-1");
    const [received] = await queue.receive(1);
    await queue.delete(received!);
    const again = await queue.send("b", "again", "id-1");
    expect([again.MessageId, again.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    expect(await queue.bodies(10)).toEqual([]);
    queue.clock.advance(5 * 60_000);
    const late = await queue.send("b", "late", "id-1");
    expect(late.MessageId).not.toBe(first.MessageId);
    expect(BigInt(late.SequenceNumber!)).toBeGreaterThan(BigInt(first.SequenceNumber!));
    expect(await queue.bodies(10)).toEqual(["late"]);
  });

  test("a queue with the scope messageGroup takes an id once per group, and keeps the scope that it was made with", async () => {
    const queue = await openFifo(open, {
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    });
    await queue.send("a", "1", "same");
    await queue.send("b", "2", "same");
    await queue.send("a", "3", "same");
    expect(await queue.bodies(10)).toEqual(["1", "2"]);
    await queue.set({ DeduplicationScope: "queue", FifoThroughputLimit: "perQueue" });
    await queue.send("c", "4", "same");
    expect(await queue.bodies(10)).toEqual(["4"]);
  });

  test("content-based deduplication takes a body once", async () => {
    const queue = await openFifo(open, { ContentBasedDeduplication: "True" });
    const { sqs, QueueUrl } = queue;
    const send = (MessageBody: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "a" }));
    await send("same");
    await send("same");
    await send("other");
    expect(await queue.bodies(10)).toEqual(["same", "other"]);
  });

  test("a receipt that has run out neither deletes nor holds a message, and one that was extended does", async () => {
    const queue = await openFifo(open);
    await queue.send("a", "1");
    const [held] = await queue.receive(1);
    await queue.setVisibility(held!, 60);
    queue.clock.advance(59_000);
    await queue.delete(held!);
    await queue.delete(held!);
    await queue.send("a", "2");
    const [late] = await queue.receive(1);
    queue.clock.advance(30_000);
    const expired = {
      name: "InvalidParameterValue",
      message: `Value ${late!.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    };
    await expect(queue.delete(late!)).rejects.toMatchObject(expired);
    await expect(queue.setVisibility(late!, 10)).rejects.toMatchObject(expired);
    expect(await queue.bodies(1)).toEqual(["2"]);
  });

  test("the delay of the queue holds for what is in it already", async () => {
    const queue = await openFifo(open, { DelaySeconds: "60" });
    await queue.send("a", "1");
    await queue.send("a", "2");
    queue.clock.advance(10_000);
    expect(await queue.bodies(10)).toEqual([]);
    await queue.set({ DelaySeconds: "10" });
    expect(await queue.bodies(10)).toEqual(["1", "2"]);
  });

  test("an attempt to receive that is repeated under its id gets the same messages and receipts", async () => {
    const queue = await openFifo(open);
    await queue.send("a", "1");
    await queue.send("b", "2");
    const { sqs, QueueUrl } = queue;
    const attempt = async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, ReceiveRequestAttemptId: "try" }),
      );
      return Messages;
    };
    const first = await attempt();
    queue.clock.advance(20_000);
    expect(await attempt()).toEqual(first);
    queue.clock.advance(20_000);
    await queue.delete(first[0]!);
    expect((await attempt()).map(({ Body }) => Body)).toEqual(["2"]);
  });

  test("an attempt that is repeated with another timeout holds its groups for that long", async () => {
    const queue = await openFifo(open);
    for (const group of ["a", "b"]) await queue.send(group, `${group}1`);
    const { sqs, QueueUrl, clock, settle } = queue;
    const attempt = async (VisibilityTimeout: number) => {
      const more = { MaxNumberOfMessages: 2, ReceiveRequestAttemptId: "try", VisibilityTimeout };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
      return Messages.map(({ Body }) => Body);
    };
    expect(await attempt(600)).toEqual(["a1", "b1"]);
    // At each node somebody waits for what he thinks is hidden for ten minutes.
    const WaitTimeSeconds = 20;
    const waiting = [1, 2].map(() => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds })));
    await settle();
    expect(await attempt(5)).toEqual(["a1", "b1"]);
    await settle();
    clock.advance(5_000);
    const bodies = (await Promise.all(waiting)).flatMap(({ Messages }) => Messages?.map(({ Body }) => Body));
    expect(bodies.toSorted()).toEqual(["a1", "b1"]);
    const last = await queue.receive(1);
    expect(last).toEqual([]);
    clock.advance(30_000);
    expect(await attempt(10)).toEqual(["a1", "b1"]);
    expect(await attempt(60)).toEqual(["a1", "b1"]);
    clock.advance(30_000);
    expect(await queue.bodies(10)).toEqual([]);
    clock.advance(30_000);
    expect(await queue.bodies(10)).toEqual(["a1", "b1"]);
  });

  test("who waits for a group gets its next message as soon as the one before is deleted", async () => {
    const queue = await openFifo(open);
    await queue.send("a", "1");
    await queue.send("a", "2");
    const [first] = await queue.receive(1);
    const waiting = queue.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queue.QueueUrl, WaitTimeSeconds: 20 }),
    );
    await queue.settle();
    await queue.delete(first!);
    expect((await waiting).Messages?.map(({ Body }) => Body)).toEqual(["2"]);
  });

  test("a long group and many groups are received whole and in order", async () => {
    const queue = await openFifo(open);
    const { sqs, QueueUrl } = queue;
    for (let batch = 0; batch < 12; batch++) {
      const Entries = Array.from({ length: 10 }, (_, i) => ({
        ...{ Id: `${i}`, MessageBody: `${batch * 10 + i}`, MessageDeduplicationId: `${batch * 10 + i}` },
        MessageGroupId: batch < 6 ? "long" : `group-${batch}-${i}`,
      }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
    const received: string[] = [];
    for (;;) {
      const messages = await queue.receive(10);
      if (messages.length === 0) break;
      received.push(...messages.map(({ Body }) => Body!));
      for (const message of messages) await queue.delete(message);
    }
    expect(received).toHaveLength(120);
    expect(received.filter((body) => Number(body) < 60)).toEqual(
      Array.from({ length: 60 }, (_, i) => `${i}`),
    );
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: "0" });
  });

  test("a message needs a group, and an id unless its body gives it one", async () => {
    const { sqs, QueueUrl } = await openFifo(open);
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageDeduplicationId: "1" })),
    ).rejects.toMatchObject({
      name: "MissingParameter",
      message: "The request must contain the parameter MessageGroupId.",
    });
    const noId = {
      name: "InvalidParameterValue",
      message:
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    };
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageGroupId: "a" })),
    ).rejects.toMatchObject(noId);
    const good = { Id: "1", MessageBody: "x", MessageGroupId: "a", MessageDeduplicationId: "1" };
    await expect(
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: [good, { Id: "2", MessageBody: "x", MessageGroupId: "a" }],
        }),
      ),
    ).rejects.toMatchObject(noId);
    await expect(
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: [good, { Id: "2", MessageBody: "x", MessageDeduplicationId: "2" }],
        }),
      ),
    ).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "The request must contain the parameter MessageGroupId.",
    });
    await expect(
      sqs.send(new SendMessageCommand({ ...good, QueueUrl, DelaySeconds: 2 })),
    ).rejects.toMatchObject({
      message:
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    });
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  });
});

type Received = { readonly ReceiptHandle?: string | undefined; readonly Body?: string | undefined };

async function openFifo(open: OpenEventNodes, attributes: Record<string, string> = {}) {
  const { clock, client, settle } = await open();
  const sqs = client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: "orders.fifo", Attributes: { FifoQueue: "true", ...attributes } }),
  );
  let sent = 0;
  const receive = async (MaxNumberOfMessages: number, VisibilityTimeout?: number) => {
    const command = new ReceiveMessageCommand({
      ...{ QueueUrl, MaxNumberOfMessages },
      ...(VisibilityTimeout !== undefined && { VisibilityTimeout }),
    });
    return (await sqs.send(command)).Messages ?? [];
  };
  return {
    ...{ clock, settle, sqs, QueueUrl, receive },
    send: (MessageGroupId: string, MessageBody: string, MessageDeduplicationId = `${++sent}`) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId })),
    bodies: async (most: number, visibility?: number) =>
      (await receive(most, visibility)).map(({ Body }) => Body),
    delete: ({ ReceiptHandle }: Received) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    setVisibility: ({ ReceiptHandle }: Received, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
    set: (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })),
  };
}
