import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { postForm, textOf } from "./fixtures/old-client.ts";
import { openQueue } from "./fixtures/open-queue.ts";

/** The protocol that clients of SQS spoke before JSON, and still do. */
onBothStores((open) => {
  test("an old client makes a queue, sends, receives and deletes", async () => {
    const { nodes } = await openQueue(open);
    const [{ url }] = nodes as [(typeof nodes)[number]];
    const made = await postForm(url, {
      Action: "CreateQueue",
      QueueName: "old",
      "Attribute.1.Name": "VisibilityTimeout",
      "Attribute.1.Value": "90",
    });
    const QueueUrl = textOf(made.xml, "QueueUrl")!;
    expect(QueueUrl).toBe(`${url}/000000000000/old`);
    const sent = await postForm(url, {
      ...{ Action: "SendMessage", QueueUrl, MessageBody: "a < b" },
      "MessageAttribute.1.Name": "colour",
      "MessageAttribute.1.Value.DataType": "String",
      "MessageAttribute.1.Value.StringValue": "red",
    });
    expect(textOf(sent.xml, "MD5OfMessageBody")).toMatch(/^[0-9a-f]{32}$/);
    const asked = {
      Action: "ReceiveMessage",
      "AttributeName.1": "ApproximateReceiveCount",
      "MessageAttributeName.1": "All",
    };
    // At the queue's own address, which then need not be a parameter.
    const { xml } = await postForm(QueueUrl, asked);
    expect(textOf(xml, "MessageId")).toBe(textOf(sent.xml, "MessageId"));
    expect(xml).toContain("<Body>a &lt; b</Body>");
    expect(xml).toContain(
      "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>" +
        `<MD5OfMessageAttributes>${textOf(sent.xml, "MD5OfMessageAttributes")}</MD5OfMessageAttributes>` +
        "<MessageAttribute><Name>colour</Name><Value><DataType>String</DataType><StringValue>red</StringValue></Value>" +
        "</MessageAttribute>",
    );
    const ReceiptHandle = textOf(xml, "ReceiptHandle")!;
    expect(await postForm(url, { Action: "DeleteMessage", QueueUrl, ReceiptHandle })).toMatchObject({
      status: 200,
    });
    const attributes = await postForm(QueueUrl, { Action: "GetQueueAttributes", "AttributeName.1": "All" });
    for (const [name, value] of [
      ["VisibilityTimeout", "90"],
      ["ApproximateNumberOfMessages", "0"],
      ["ApproximateNumberOfMessagesNotVisible", "0"],
    ]) {
      expect(attributes.xml).toContain(`<Attribute><Name>${name}</Name><Value>${value}</Value></Attribute>`);
    }
  });

  test("what there is only one of may go without a number, as in AWS's examples", async () => {
    const { QueueUrl } = await openQueue(open);
    const set = {
      Action: "SetQueueAttributes",
      "Attribute.Name": "VisibilityTimeout",
      "Attribute.Value": "35",
    };
    expect(await postForm(QueueUrl, set)).toMatchObject({ status: 200 });
    const asked = await postForm(QueueUrl, { Action: "GetQueueAttributes", AttributeName: "All" });
    expect(asked.xml).toContain("<Attribute><Name>VisibilityTimeout</Name><Value>35</Value></Attribute>");
    const batch = {
      "SendMessageBatchRequestEntry.Id": "a",
      "SendMessageBatchRequestEntry.MessageBody": "1",
    };
    const sent = await postForm(QueueUrl, { Action: "SendMessageBatch", ...batch });
    expect(sent.xml).toContain("<SendMessageBatchResultEntry><Id>a</Id>");
  });

  test("a batch says which of its entries were sent, and which were wrong", async () => {
    const { nodes, QueueUrl } = await openQueue(open);
    const { xml } = await postForm(nodes[0]!.url, {
      ...{ Action: "SendMessageBatch", QueueUrl },
      "SendMessageBatchRequestEntry.1.Id": "good",
      "SendMessageBatchRequestEntry.1.MessageBody": "1",
      "SendMessageBatchRequestEntry.2.Id": "bad",
      "SendMessageBatchRequestEntry.2.MessageBody": "2",
      "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
    });
    expect(xml).toContain("<SendMessageBatchResultEntry><Id>good</Id><MessageId>");
    expect(xml).toMatch(
      /<BatchResultErrorEntry><Id>bad<\/Id><SenderFault>true<\/SenderFault><Code>InvalidParameterValue<\/Code>/,
    );
  });

  test("a traced request leaves its trace in the message", async () => {
    const { nodes, QueueUrl, receive } = await openQueue(open);
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const message = { Action: "SendMessage", QueueUrl, MessageBody: "1" };
    await postForm(nodes[0]!.url, message, { "x-amzn-trace-id": trace });
    expect(await receive({ MessageSystemAttributeNames: ["AWSTraceHeader"] })).toMatchObject([
      { Attributes: { AWSTraceHeader: trace } },
    ]);
  });

  test.each([
    [
      { Action: "GetQueueUrl", QueueName: "none" },
      "AWS.SimpleQueueService.NonExistentQueue",
      "The specified queue does not exist for this wsdl version.",
    ],
    [
      { Action: "SendMessage", QueueUrl: "orders" },
      "MissingParameter",
      "The request must contain the parameter MessageBody.",
    ],
    [{ Action: "ReceiveMessage" }, "MissingParameter", "The request must contain the parameter QueueUrl."],
    [
      { Action: "GetQueueAttributes", QueueUrl: "orders", "AttributeName.1": "Colour" },
      "InvalidAttributeName",
      "Unknown Attribute Colour.",
    ],
  ])("%o is refused as %s", async (parameters, code, message) => {
    const { nodes } = await openQueue(open);
    expect(await postForm(nodes[0]!.url, parameters)).toMatchObject({ status: 400, code, message });
  });
});
