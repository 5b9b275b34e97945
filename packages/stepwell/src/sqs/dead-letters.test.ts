import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { type OpenEventNodes, onBothStores } from "../testing/event-nodes.ts";
import { openQueue } from "./fixtures/open-queue.ts";

const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

onBothStores((open) => {
  test("what is received too often goes to the dead-letter queue as it is, and as old as it is", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 2 });
    const sentAt = String(queue.clock.now());
    const { MessageId } = await queue.send("poison", {
      MessageAttributes: { a: { DataType: "String", StringValue: "b" } },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
    });
    for (let i = 0; i < 2; i++) {
      expect(await queue.bodies()).toEqual(["poison"]);
      queue.clock.advance(30_000);
    }
    await queue.send("good");
    expect(await queue.bodies({ MaxNumberOfMessages: 10 })).toEqual(["good"]);
    const [dead] = await queue.receive({
      ...{ QueueUrl: "dead", MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] },
    });
    expect(dead).toMatchObject({
      ...{ MessageId, Body: "poison" },
      MessageAttributes: { a: { DataType: "String", StringValue: "b" } },
      Attributes: {
        ...{ AWSTraceHeader: "Root=1", SentTimestamp: sentAt, ApproximateReceiveCount: "3" },
        DeadLetterQueueSourceArn: arn("orders"),
      },
    });
  });

  test("who held it too long can neither delete nor hide it there", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.send("poison");
    const [held] = await queue.receive();
    queue.clock.advance(30_000);
    expect(await queue.bodies()).toEqual([]);
    await queue.delete(held!);
    await expect(queue.setVisibility(held!, 600)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    expect(await queue.bodies({ QueueUrl: "dead" })).toEqual(["poison"]);
  });

  test("its time in the queue counts in the dead-letter queue", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 }, { MessageRetentionPeriod: "120" });
    await queue.send("poison");
    await queue.receive();
    queue.clock.advance(60_000);
    expect(await queue.bodies()).toEqual([]);
    queue.clock.advance(59_000);
    expect(await queue.bodies({ QueueUrl: "dead", VisibilityTimeout: 0 })).toEqual(["poison"]);
    queue.clock.advance(1_000);
    expect(await queue.bodies({ QueueUrl: "dead" })).toEqual([]);
  });

  test("who waits at the dead-letter queue has the message when it comes there", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.send("poison");
    await queue.receive({ VisibilityTimeout: 0 });
    const waiting = queue.bodies({ QueueUrl: "dead", WaitTimeSeconds: 20 });
    await queue.settle();
    await queue.receive();
    expect(await waiting).toEqual(["poison"]);
  });

  test("while there is no dead-letter queue any more, messages stay where they are", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.send("poison");
    await queue.sqs.send(new DeleteQueueCommand({ QueueUrl: "dead" }));
    await queue.settle();
    await queue.receive({ VisibilityTimeout: 0 });
    expect(await queue.bodies()).toEqual(["poison"]);
  });

  test("a poison message of a FIFO queue goes, and lets the next of its group through", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1, fifo: true });
    const send = (MessageBody: string, MessageGroupId: string) =>
      queue.sqs.send(new SendMessageCommand({ QueueUrl: "orders.fifo", MessageBody, MessageGroupId }));
    const bodies = (QueueUrl: string, VisibilityTimeout = 0) =>
      queue.bodies({ QueueUrl, VisibilityTimeout, MaxNumberOfMessages: 1 });
    const { MessageId } = await send("poison", "a");
    expect(await bodies("orders.fifo")).toEqual(["poison"]);
    await send("next", "a");
    queue.clock.advance(5_000);
    expect(await bodies("orders.fifo")).toEqual(["next"]);
    const [dead] = await queue.receive({ QueueUrl: "dead.fifo", MessageSystemAttributeNames: ["All"] });
    expect(dead).toMatchObject({
      ...{ MessageId, Body: "poison" },
      Attributes: {
        ...{ MessageGroupId: "a", MessageDeduplicationId: MessageId },
        ...{ DeadLetterQueueSourceArn: arn("orders.fifo"), SentTimestamp: String(queue.clock.now()) },
      },
    });
    await send("last", "a");
    expect(await bodies("orders.fifo", 30)).toEqual(["last"]);
  });

  test("a redrive takes every message back where it came from, as a new one", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    const sent = [];
    for (const body of ["1", "2", "3"]) sent.push((await queue.send(body)).MessageId);
    await bury(queue, 3);
    queue.clock.advance(1_000);
    const { TaskHandle } = await start(queue, { SourceArn: arn("dead") });
    expect(JSON.parse(Buffer.from(TaskHandle!, "base64").toString())).toMatchObject({
      sourceArn: arn("dead"),
    });
    await queue.settle();
    const messages = await queue.receive({ MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All"] });
    expect(messages.map(({ Body }) => Body)).toEqual(["1", "2", "3"]);
    for (const message of messages) {
      expect(sent).not.toContain(message.MessageId);
      expect(message.Attributes).toMatchObject({
        ...{ ApproximateReceiveCount: "1", SentTimestamp: String(queue.clock.now()) },
      });
      expect(message.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
    }
    expect(await tasks(queue)).toEqual([
      {
        ...{ SourceArn: arn("dead"), Status: "COMPLETED", StartedTimestamp: queue.clock.now() },
        ...{ ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3 },
      },
    ]);
  });

  test("a redrive with a rate keeps to it, and is cancelled where it stands", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.create("other");
    for (let i = 0; i < 5; i++) await queue.send(`${i}`);
    await bury(queue, 5);
    const { TaskHandle } = await start(queue, {
      ...{ SourceArn: arn("dead"), DestinationArn: arn("other"), MaxNumberOfMessagesPerSecond: 1 },
    });
    await queue.settle();
    expect(await queue.bodies({ QueueUrl: "other", MaxNumberOfMessages: 10 })).toEqual(["0"]);
    await expect(start(queue, { SourceArn: arn("dead") })).rejects.toMatchObject({
      message:
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    });
    queue.clock.advance(1_000);
    await queue.settle();
    expect(await queue.bodies({ QueueUrl: "other", MaxNumberOfMessages: 10 })).toEqual(["1"]);
    const task = {
      ...{ SourceArn: arn("dead"), DestinationArn: arn("other"), MaxNumberOfMessagesPerSecond: 1 },
      ...{ ApproximateNumberOfMessagesMoved: 2, ApproximateNumberOfMessagesToMove: 5 },
    };
    expect(await tasks(queue)).toMatchObject([{ ...task, TaskHandle, Status: "RUNNING" }]);
    const cancelled = await queue.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(cancelled).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    await queue.settle();
    expect(await tasks(queue)).toMatchObject([{ ...task, Status: "CANCELLED" }]);
    queue.clock.advance(10_000);
    await queue.settle();
    expect(await queue.bodies({ QueueUrl: "dead", MaxNumberOfMessages: 10 })).toEqual(["2", "3", "4"]);
  });

  test("a redrive fails when its destination goes, or when nobody knows where a message came from", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.create("other");
    for (const body of ["1", "2"]) await queue.send(body);
    await bury(queue, 2);
    await start(queue, {
      ...{ SourceArn: arn("dead"), DestinationArn: arn("other"), MaxNumberOfMessagesPerSecond: 1 },
    });
    await queue.settle();
    await queue.sqs.send(new DeleteQueueCommand({ QueueUrl: "other" }));
    await queue.settle();
    queue.clock.advance(1_000);
    await queue.settle();
    expect(await tasks(queue)).toMatchObject([
      { Status: "FAILED", FailureReason: "AWS.SimpleQueueService.NonExistentQueue" },
    ]);
    queue.clock.advance(1_000);
    await queue.sqs.send(new SendMessageCommand({ QueueUrl: "dead", MessageBody: "from nowhere" }));
    await start(queue, { SourceArn: arn("dead") });
    await queue.settle();
    expect(await tasks(queue, 10)).toMatchObject([
      { Status: "FAILED", FailureReason: "CouldNotDetermineMessageSource" },
      { Status: "FAILED" },
    ]);
  });

  test("a FIFO redrive keeps the order of groups", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1, fifo: true });
    const QueueUrl = "orders.fifo";
    for (const body of ["a1", "b1", "a2", "b2"]) {
      await queue.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: body[0] }));
    }
    for (let i = 0; i < 2; i++)
      await queue.receive({ QueueUrl, VisibilityTimeout: 0, MaxNumberOfMessages: 10 });
    await start(queue, { SourceArn: arn("dead.fifo") });
    await queue.settle();
    const bodies = await queue.bodies({ QueueUrl, MaxNumberOfMessages: 10 });
    expect(bodies.filter((body) => body!.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(bodies.filter((body) => body!.startsWith("b"))).toEqual(["b1", "b2"]);
    expect(await queue.bodies({ QueueUrl: "dead.fifo" })).toEqual([]);
  });

  test("moves that make no sense are refused with AWS's words", async () => {
    const queue = await openWithDeadLetters(open, { maxReceiveCount: 1 });
    await queue.create("other");
    await queue.create("other.fifo", { FifoQueue: "true" });
    const format = (name: string) =>
      `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`;
    const cases: [StartMessageMoveTaskCommandInput, string][] = [
      [{ SourceArn: "x" }, format("SourceArn")],
      [
        { SourceArn: arn("none") },
        "The resource that you specified for the SourceArn parameter doesn't exist.",
      ],
      [{ SourceArn: arn("other") }, "Source queue must be configured as a Dead Letter Queue."],
      [{ SourceArn: arn("dead"), DestinationArn: "x" }, format("DestinationArn")],
      [
        { SourceArn: arn("dead"), DestinationArn: arn("none") },
        "The resource that you specified for the DestinationArn parameter doesn't exist.",
      ],
      [
        { SourceArn: arn("dead"), DestinationArn: arn("dead") },
        "Source queue arn and destination queue arn cannot be the same.",
      ],
      [
        { SourceArn: arn("dead"), DestinationArn: arn("other.fifo") },
        "The source queue and destination queue must be of the same queue type.",
      ],
      [
        { SourceArn: arn("dead"), MaxNumberOfMessagesPerSecond: 501 },
        "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.",
      ],
    ];
    for (const [input, message] of cases)
      await expect(start(queue, input)).rejects.toMatchObject({ message });
    const cancel = (handle: string) =>
      queue.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }));
    const handle = (sourceArn: string) =>
      Buffer.from(JSON.stringify({ taskId: "10f57157", sourceArn })).toString("base64");
    await expect(cancel("foobared")).rejects.toMatchObject({
      message: "Value for parameter TaskHandle is invalid.",
    });
    await expect(cancel(handle(arn("none")))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The resource that you specified for the SourceArn parameter doesn't exist.",
      $metadata: { httpStatusCode: 404 },
    });
    await expect(cancel(handle(arn("dead")))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Task does not exist.",
    });
    expect(await tasks(queue)).toBeUndefined();
  });
});

type Opened = Awaited<ReturnType<typeof openWithDeadLetters>>;

function start(queue: Opened, input: StartMessageMoveTaskCommandInput) {
  return queue.sqs.send(new StartMessageMoveTaskCommand(input));
}

async function tasks(queue: Opened, MaxResults?: number) {
  const command = new ListMessageMoveTasksCommand({
    SourceArn: arn("dead"),
    ...(MaxResults && { MaxResults }),
  });
  return (await queue.sqs.send(command)).Results;
}

/** Has as many messages of the queue received too often. */
async function bury(queue: Opened, count: number): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await queue.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: "orders", VisibilityTimeout: 0, MaxNumberOfMessages: count }),
    );
  }
}

async function openWithDeadLetters(
  open: OpenEventNodes,
  { maxReceiveCount, fifo = false }: { maxReceiveCount: number; fifo?: boolean },
  deadLetters: Record<string, string> = {},
) {
  const queue = await openQueue(open);
  const suffix = fifo ? ".fifo" : "";
  const kind: Record<string, string> = fifo ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {};
  await queue.create(`dead${suffix}`, { ...kind, ...deadLetters });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn(`dead${suffix}`), maxReceiveCount });
  if (fifo) {
    await queue.create("orders.fifo", { ...kind, RedrivePolicy });
  } else {
    await queue.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: "orders", Attributes: { RedrivePolicy } }),
    );
    await queue.settle();
  }
  return queue;
}
