import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";

onBothStores((open) => {
  test("a message is sent, received and deleted", async () => {
    const nodes = await open();
    const sqs = nodes.client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
    expect(QueueUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/orders$/);
    const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one coffee" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toEqual([
      {
        MessageId: sent.MessageId,
        Body: "one coffee",
        MD5OfBody: sent.MD5OfMessageBody,
        ReceiptHandle: expect.any(String),
      },
    ]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
    nodes.clock.advance(3_600_000);
    expect(await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).not.toHaveProperty("Messages");
  });

  test("a message that is not deleted is received again after its visibility timeout", async () => {
    const nodes = await open();
    const sqs = nodes.client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
    const receive = async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
      );
      return Messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount);
    };
    expect(await receive()).toEqual(["1"]);
    nodes.clock.advance(29_999);
    expect(await receive()).toEqual([]);
    nodes.clock.advance(1);
    expect(await receive()).toEqual(["2"]);
  });

  test("who waits for messages has one as soon as it is sent, and one that becomes visible at its time", async () => {
    const nodes = await open();
    const sqs = nodes.client(SQSClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
    const receive = async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      return Messages.map(({ Body }) => Body);
    };
    const first = receive();
    await nodes.settle();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "now" }));
    expect(await first).toEqual(["now"]);
    const second = receive();
    await nodes.settle();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "later", DelaySeconds: 10 }));
    await nodes.settle();
    nodes.clock.advance(10_000);
    expect(await second).toEqual(["later"]);
    const third = receive();
    await nodes.settle();
    nodes.clock.advance(19_000);
    await nodes.settle();
    nodes.clock.advance(1_000);
    expect(await third).toEqual([]);
  });
});
