import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { openQueue } from "./fixtures/open-queue.ts";

onBothStores((open) => {
  test("a message is sent, received and deleted", async () => {
    const queue = await openQueue(open);
    expect(queue.QueueUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/orders$/);
    const sent = await queue.send("one coffee");
    const messages = await queue.receive();
    expect(messages).toEqual([
      {
        MessageId: sent.MessageId,
        Body: "one coffee",
        MD5OfBody: sent.MD5OfMessageBody,
        ReceiptHandle: expect.any(String),
      },
    ]);
    await queue.delete(messages[0]!);
    queue.clock.advance(3_600_000);
    expect(await queue.sqs.send(new ReceiveMessageCommand({ QueueUrl: "orders" }))).not.toHaveProperty(
      "Messages",
    );
    await queue.delete(messages[0]!);
  });

  test("a message that is not deleted is received again after its visibility timeout", async () => {
    const queue = await openQueue(open);
    await queue.send("again");
    const counts = async () =>
      (await queue.receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] })).map(
        ({ Attributes }) => Attributes?.ApproximateReceiveCount,
      );
    expect(await counts()).toEqual(["1"]);
    queue.clock.advance(29_999);
    expect(await counts()).toEqual([]);
    queue.clock.advance(1);
    expect(await counts()).toEqual(["2"]);
  });

  test("the visibility of a message is extended, and ended, by any receipt of it", async () => {
    const queue = await openQueue(open);
    await queue.send("1");
    const [old] = await queue.receive({ VisibilityTimeout: 0 });
    const [held] = await queue.receive({ VisibilityTimeout: 3 });
    expect(held!.ReceiptHandle).not.toBe(old!.ReceiptHandle);
    await queue.setVisibility(held!, 60);
    queue.clock.advance(59_999);
    expect(await queue.bodies()).toEqual([]);
    await queue.setVisibility(old!, 0);
    expect(await queue.bodies()).toEqual(["1"]);
    queue.clock.advance(30_000);
    // Its time has run out, and it can still be held.
    await queue.setVisibility(held!, 10);
    expect(await queue.bodies()).toEqual([]);
    await queue.delete(old!);
    await expect(queue.setVisibility(held!, 10)).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: `Value ${held!.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    });
  });

  test("a message can be held for twelve hours in all", async () => {
    const queue = await openQueue(open);
    await queue.send("1");
    const [held] = await queue.receive({ VisibilityTimeout: 43_200 });
    queue.clock.advance(3_600_000);
    await queue.setVisibility(held!, 39_600);
    await expect(queue.setVisibility(held!, 39_601)).rejects.toMatchObject({
      message:
        "Value 39601 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    });
  });

  test("who waits has a message as soon as it is sent, and one that becomes visible at its time", async () => {
    const queue = await openQueue(open, { ReceiveMessageWaitTimeSeconds: "20", VisibilityTimeout: "25" });
    const first = queue.bodies();
    await queue.settle();
    await queue.send("now");
    expect(await first).toEqual(["now"]);
    const second = queue.bodies();
    await queue.settle();
    await queue.send("later", { DelaySeconds: 10 });
    await queue.settle();
    queue.clock.advance(10_000);
    expect(await second).toEqual(["later"]);
    const third = queue.bodies();
    await queue.settle();
    queue.clock.advance(15_000);
    expect(await third).toEqual(["now"]);
    const fourth = queue.bodies({ WaitTimeSeconds: 1 });
    await queue.settle();
    queue.clock.advance(1_000);
    expect(await fourth).toEqual([]);
  });

  test("several who wait get one message each, in the order in which they came", async () => {
    const queue = await openQueue(open);
    const [node] = queue.nodes;
    const bodies: string[] = [];
    const wait = async (place: number) => {
      const { Messages } = await node!.call("sqs.ReceiveMessage", {
        QueueUrl: "orders",
        WaitTimeSeconds: 20,
      });
      bodies.push(`${place}: ${Messages[0].Body}`);
    };
    const waiting: Promise<void>[] = [];
    for (const place of [1, 2, 3]) {
      waiting.push(wait(place));
      await queue.settle();
    }
    for (const body of ["a", "b", "c"])
      await node!.call("sqs.SendMessage", { QueueUrl: "orders", MessageBody: body });
    await Promise.all(waiting);
    expect(bodies).toEqual(["1: a", "2: b", "3: c"]);
  });

  test("who stops waiting takes no message with it", async () => {
    const queue = await openQueue(open);
    const gone = new AbortController();
    const waiting = queue.nodes[0]!.call(
      "sqs.ReceiveMessage",
      { QueueUrl: "orders", WaitTimeSeconds: 20 },
      { signal: gone.signal },
    );
    await queue.settle();
    gone.abort();
    expect(await waiting).toEqual({});
    await queue.send("kept");
    const [kept] = await queue.receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(kept).toMatchObject({ Body: "kept", Attributes: { ApproximateReceiveCount: "1" } });
  });

  test("a batch is sent whole, but for entries that are wrong by themselves", async () => {
    const queue = await openQueue(open, { MaximumMessageSize: "1024" });
    const sent = await queue.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: "orders",
        Entries: [
          { Id: "good", MessageBody: "good" },
          { Id: "long", MessageBody: "x".repeat(1025) },
          { Id: "late", MessageBody: "late", DelaySeconds: 901 },
          { Id: "characters", MessageBody: "\u0001" },
          {
            Id: "also",
            MessageBody: "also good",
            MessageAttributes: { n: { DataType: "Number", StringValue: "1" } },
          },
        ],
      }),
    );
    expect(sent.Successful).toEqual([
      { Id: "good", MessageId: expect.any(String), MD5OfMessageBody: "755f85c2723bb39381c7379a604160d8" },
      {
        ...{ Id: "also", MessageId: expect.any(String), MD5OfMessageBody: expect.any(String) },
        MD5OfMessageAttributes: expect.any(String),
      },
    ]);
    expect(sent.Failed).toEqual([
      {
        ...{ Id: "long", SenderFault: true, Code: "InvalidParameterValue" },
        Message:
          "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
      },
      {
        ...{ Id: "late", SenderFault: true, Code: "InvalidParameterValue" },
        Message:
          "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
      },
      {
        ...{ Id: "characters", SenderFault: true, Code: "InvalidMessageContents" },
        Message:
          "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
      },
    ]);
    const messages = await queue.receive({ MaxNumberOfMessages: 10 });
    expect(messages.map(({ Body }) => Body)).toEqual(["good", "also good"]);
    const changed = await queue.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: "orders",
        Entries: [
          { Id: "a", ReceiptHandle: messages[0]!.ReceiptHandle, VisibilityTimeout: 60 },
          { Id: "b", ReceiptHandle: "garbage", VisibilityTimeout: 60 },
          { Id: "c", ReceiptHandle: messages[1]!.ReceiptHandle, VisibilityTimeout: -20 },
        ],
      }),
    );
    expect(changed).toMatchObject({
      Successful: [{ Id: "a" }],
      Failed: [
        {
          ...{ Id: "b", SenderFault: true, Code: "ReceiptHandleIsInvalid" },
          Message: 'The input receipt handle "garbage" is not a valid receipt handle.',
        },
        {
          ...{ Id: "c", SenderFault: true, Code: "InvalidParameterValue" },
          Message:
            "Value -20 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.",
        },
      ],
    });
    const deleted = await queue.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: "orders",
        Entries: [
          ...messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle })),
          { Id: "bad", ReceiptHandle: "garbage" },
        ],
      }),
    );
    expect(deleted).toMatchObject({
      Successful: [{ Id: "0" }, { Id: "1" }],
      Failed: [{ Id: "bad", Code: "ReceiptHandleIsInvalid" }],
    });
    queue.clock.advance(120_000);
    expect(await queue.bodies()).toEqual([]);
  });

  test("a batch that is wrong as a whole is refused as a whole", async () => {
    const { sqs, bodies } = await openQueue(open);
    const send = (...Entries: { Id: string; MessageBody: string }[]) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl: "orders", Entries }));
    const one = (Id: string, MessageBody = "x") => ({ Id, MessageBody });
    const badId =
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    const cases: [Parameters<typeof send>, string, string][] = [
      [[], "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."],
      [
        Array.from({ length: 11 }, (_, i) => one(`${i}`)),
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 11.",
      ],
      [[one("a"), one("a")], "BatchEntryIdsNotDistinct", "Id a repeated."],
      [[one("")], "InvalidBatchEntryId", badId],
      [[one("a:b")], "InvalidBatchEntryId", badId],
      [[one("x".repeat(81))], "InvalidBatchEntryId", badId],
      [
        [one("a", "a".repeat(1_048_576)), one("b", "b")],
        "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
      ],
    ];
    for (const [entries, name, message] of cases) {
      await expect(send(...entries)).rejects.toMatchObject({ name, message });
    }
    expect(await bodies()).toEqual([]);
  });

  test("what a message says besides its body is told to who asks for it", async () => {
    const queue = await openQueue(open, { VisibilityTimeout: "0" });
    const sentAt = String(queue.clock.now());
    await queue.send("msg", {
      MessageGroupId: "tenant",
      MessageAttributes: {
        Hello: { DataType: "String", StringValue: "There" },
        "Help.Me": { DataType: "String.custom", StringValue: "Me" },
        Bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
        "naïve-1": { DataType: "Number", StringValue: "-1.5e3" },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988" } },
    });
    queue.clock.advance(1_000);
    const received = await queue.receive({ AttributeNames: ["All"] });
    expect(received[0]).toMatchObject({
      Attributes: {
        SenderId: "000000000000",
        SentTimestamp: sentAt,
        ApproximateFirstReceiveTimestamp: String(queue.clock.now()),
        ApproximateReceiveCount: "1",
        AWSTraceHeader: "Root=1-5759e988",
        MessageGroupId: "tenant",
      },
    });
    expect(received[0]).not.toHaveProperty("MessageAttributes");
    const names = async (...MessageAttributeNames: string[]) =>
      Object.keys((await queue.receive({ MessageAttributeNames }))[0]!.MessageAttributes ?? {}).sort();
    const all = ["Bytes", "Hello", "Help.Me", "naïve-1"];
    expect(await names("All")).toEqual(all);
    expect(await names(".*")).toEqual(all);
    expect(await names("*")).toEqual(all);
    expect(await names("Hel.*")).toEqual(["Hello", "Help.Me"]);
    expect(await names("Hello", "none")).toEqual(["Hello"]);
    expect(await names("Help", "AWS.", "..foo")).toEqual([]);
    const [some] = await queue.receive({
      ...{ MessageAttributeNames: ["Bytes"], AttributeNames: ["CreatedTimestamp"] },
      MessageSystemAttributeNames: ["SentTimestamp", "SequenceNumber"],
    });
    expect(some!.MessageAttributes!.Bytes!.BinaryValue).toEqual(new Uint8Array([0, 255]));
    expect(some!.Attributes).toEqual({ SentTimestamp: sentAt });
  });

  test("the digests of a message are AWS's", async () => {
    const queue = await openQueue(open);
    const sent = await queue.send("Test Message", {
      MessageAttributes: { UserId: { DataType: "Number.bigint", StringValue: "1234567890123456789012" } },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "some-trace-id" } },
    });
    expect(sent).toMatchObject({
      MD5OfMessageBody: "d1d4180b7e411c4be86b00fb2ee103eb",
      MD5OfMessageAttributes: "797ab158d73dcb5242dedc4412c8e855",
      MD5OfMessageSystemAttributes: "fdce4f2818803f2f73becc09a54792c0",
    });
  });

  test("a message may have a mebibyte, its attributes included", async () => {
    const queue = await openQueue(open);
    const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
    await queue.send("a".repeat(1_048_568), { MessageAttributes });
    await expect(queue.send("a".repeat(1_048_569), { MessageAttributes })).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    });
    const [large] = await queue.receive();
    expect(large!.Body).toHaveLength(1_048_568);
    await queue.send("ü \"'&lt;\r\n\t😀");
    expect(await queue.bodies()).toEqual(["ü \"'&lt;\r\n\t😀"]);
  });

  test("messages and requests that are wrong are refused with AWS's words", async () => {
    const queue = await openQueue(open);
    const attribute = (name: string, DataType: string, StringValue?: string) => ({
      MessageAttributes: { [name]: { DataType, ...(StringValue !== undefined && { StringValue }) } },
    });
    const invalid: [Partial<SendMessageCommandInput>, string, string?][] = [
      [{ MessageBody: "" }, "The request must contain the parameter MessageBody.", "MissingParameter"],
      [
        ...([{ MessageDeduplicationId: "1" }] as const),
        "Value 1 for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.",
      ],
      [
        ...([{ MessageGroupId: "group 123" }] as const),
        "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
      ],
      [
        attribute("a", "String", ""),
        "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
      ],
      [attribute("a", "Number", "x"), "Can't cast the value of message (user) attribute 'a' to a number."],
      [
        attribute("a", "Invalid", "x"),
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.",
      ],
      [
        attribute("AWS.a", "String", "x"),
        "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.",
      ],
      [
        attribute("x".repeat(257), "String", "x"),
        "Message (user) attribute name must be shorter than 256 bytes.",
      ],
      [
        {
          MessageAttributes: Object.fromEntries(
            Array.from({ length: 11 }, (_, i) => [`a${i}`, { DataType: "String", StringValue: "x" }]),
          ),
        },
        "Number of message attributes [11] exceeds the allowed maximum [10].",
      ],
    ];
    for (const [input, message, name = "InvalidParameterValue"] of invalid) {
      await expect(queue.send(input.MessageBody ?? "x", input)).rejects.toMatchObject({ name, message });
    }
    const refused: [Partial<ReceiveMessageCommandInput>, string][] = [
      [
        { MaxNumberOfMessages: 11 },
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
      ],
      [
        { WaitTimeSeconds: -1 },
        "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
      ],
      [
        { VisibilityTimeout: 43_201 },
        "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.",
      ],
    ];
    for (const [input, message] of refused)
      await expect(queue.receive(input)).rejects.toMatchObject({ message });
    await expect(
      queue.sqs.send(new DeleteMessageCommand({ QueueUrl: "orders", ReceiptHandle: "garbage" })),
    ).rejects.toMatchObject({
      name: "ReceiptHandleIsInvalid",
      message: 'The input receipt handle "garbage" is not a valid receipt handle.',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      queue.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: "orders",
          ReceiptHandle: "x",
          VisibilityTimeout: 43_201,
        }),
      ),
    ).rejects.toMatchObject({
      message: "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.",
    });
    expect(await queue.bodies()).toEqual([]);
  });

  test("a purge takes what was sent before, held and delayed too, and comes once a minute", async () => {
    const queue = await openQueue(open);
    await queue.send("held");
    await queue.receive();
    await queue.send("visible");
    await queue.send("delayed", { DelaySeconds: 10 });
    const purge = () => queue.sqs.send(new PurgeQueueCommand({ QueueUrl: "orders" }));
    await purge();
    await queue.send("after");
    await expect(purge()).rejects.toMatchObject({
      name: "PurgeQueueInProgress",
      message: "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
      $metadata: { httpStatusCode: 403 },
    });
    queue.clock.advance(60_000);
    expect(await queue.bodies({ MaxNumberOfMessages: 10 })).toEqual(["after"]);
    await purge();
  });

  test("a message past its retention is not received, nor counted, and is removed", async () => {
    const queue = await openQueue(open, { MessageRetentionPeriod: "60", VisibilityTimeout: "0" });
    await queue.send("1");
    await queue.receive();
    await queue.send("2");
    await queue.send("3", { DelaySeconds: 30 });
    queue.clock.advance(59_999);
    expect(await queue.bodies({ MaxNumberOfMessages: 10 })).toHaveLength(3);
    queue.clock.advance(1);
    expect(await queue.bodies({ MaxNumberOfMessages: 10 })).toEqual([]);
    await queue.send("4");
    queue.clock.advance(2 * 3_600_000);
    await queue.settle();
    queue.clock.advance(2 * 3_600_000);
    await queue.settle();
    const { Attributes } = await queue.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: "orders", AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: "0" });
    expect(await queue.stored()).toBe(0);
  });
});
