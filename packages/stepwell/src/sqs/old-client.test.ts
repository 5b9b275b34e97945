import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from "client-sqs-query";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";

/** AWS's client of 2023, the last that speaks Query to SQS; it checks the MD5 of whatever it sends and receives. */
onBothStores((open) => {
  test("an older client sends, receives and deletes, with attributes of every kind", async () => {
    const sqs = (await open()).client(SQSClient);
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({
        QueueName: "orders",
        Attributes: { DelaySeconds: "0" },
        tags: { team: "shop" },
      }),
    );
    const MessageAttributes = {
      colour: { DataType: "String", StringValue: "red & <green>" },
      count: { DataType: "Number", StringValue: "7" },
      icon: { DataType: "Binary.png", BinaryValue: new Uint8Array([0, 1, 255]) },
    };
    const MessageBody = 'a <b> & "c" \r\n ü 🎉';
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        ...{ QueueUrl, MessageAttributeNames: ["All"], AttributeNames: ["All"] },
        ...{ MaxNumberOfMessages: 10, WaitTimeSeconds: 1 },
      }),
    );
    expect(Messages).toMatchObject([
      { Body: MessageBody, MessageAttributes, Attributes: { ApproximateReceiveCount: "1" } },
    ]);
    const { ReceiptHandle } = Messages![0]!;
    const shown = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", ReceiptHandle, VisibilityTimeout: 60 },
          { Id: "b", ReceiptHandle: "nonsense", VisibilityTimeout: 60 },
        ],
      }),
    );
    expect(shown.Successful).toEqual([{ Id: "a" }]);
    expect(shown.Failed).toMatchObject([{ Id: "b", Code: "ReceiptHandleIsInvalid", SenderFault: true }]);
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", ReceiptHandle }] }),
    );
    expect(deleted.Successful).toEqual([{ Id: "a" }]);
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: "shop" });
  });

  test("batches, attributes and tags are understood, and errors are those that it knows", async () => {
    const sqs = (await open()).client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", MessageBody: "one" },
          { Id: "b", MessageBody: "two", DelaySeconds: 900 },
        ],
      }),
    );
    expect(sent.Successful).toMatchObject([{ Id: "a" }, { Id: "b" }]);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "45" } }));
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: "shop" } }));
    const AttributeNames: QueueAttributeName[] = ["VisibilityTimeout", "ApproximateNumberOfMessagesDelayed"];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(Attributes).toEqual({ VisibilityTimeout: "45", ApproximateNumberOfMessagesDelayed: "1" });
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([
      expect.stringMatching(/\/000000000000\/orders$/),
    ]);

    const gone = QueueUrl!.replace("orders", "gone");
    await expect(
      sqs.send(new SendMessageCommand({ QueueUrl: gone, MessageBody: "x" })),
    ).rejects.toMatchObject({
      name: "AWS.SimpleQueueService.NonExistentQueue",
    });
  });
});
