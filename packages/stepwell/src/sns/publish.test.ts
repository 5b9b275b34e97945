import { createPublicKey, verify, X509Certificate } from "node:crypto";
import {
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import { FUNCTION_ARN, QUEUE_ARN, type SnsNodes, TOPIC_ARN } from "./fixtures/sns-nodes.ts";
import { newTopic, refusal, subscribe } from "./fixtures/topics.ts";

/** The text that a message is signed over (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html). */
function signedText(message: Record<string, string>): string {
  return ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    .filter((name) => message[name] != null)
    .map((name) => `${name}\n${message[name]}\n`)
    .join("");
}

async function isSigned(message: Record<string, string>, url: string, hash: "sha1" | "sha256") {
  const response = await fetch(url);
  expect(response.headers.get("content-type")).toBe("application/x-pem-file");
  const certificate = new X509Certificate(await response.text());
  const key = createPublicKey(certificate.publicKey.export({ type: "spki", format: "pem" }));
  expect(certificate.verify(key)).toBe(true);
  const signature = Buffer.from(message.Signature!, "base64");
  return verify(hash, Buffer.from(signedText(message)), key, signature);
}

onBothStores((nodes: () => SnsNodes) => {
  const publish = async (input: ConstructorParameters<typeof PublishCommand>[0]) =>
    nodes().sns.send(new PublishCommand(input));
  const payloads = async (arn: string) => (await nodes().taken(arn)).map(({ payload }) => payload);
  const envelopes = async (arn: string) => (await payloads(arn)).map((payload) => JSON.parse(payload));

  describe("a message", () => {
    test("reaches a queue in AWS's envelope", async () => {
      const TopicArn = await newTopic(nodes());
      const queue = `${QUEUE_ARN}:envelope`;
      const subscription = await subscribe(nodes(), TopicArn, queue);
      expect(subscription).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
      const { MessageId, SequenceNumber } = await publish({
        ...{ TopicArn, Message: 'ö "quoted"', Subject: "greeting" },
        MessageAttributes: {
          colour: { DataType: "String", StringValue: "red" },
          icon: { DataType: "Binary", BinaryValue: Buffer.from([2, 3, 4]) },
        },
      });
      expect(SequenceNumber).toBeUndefined();
      const [taken, ...others] = await nodes().taken(queue);
      expect(others).toEqual([]);
      expect(taken).toMatchObject({ sourceArn: TopicArn, message: {} });
      expect(JSON.parse(taken!.payload)).toEqual({
        ...{ Type: "Notification", MessageId, TopicArn, Subject: "greeting", Message: 'ö "quoted"' },
        Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        SignatureVersion: "1",
        Signature: expect.stringMatching(/^[\w+/=]{344}$/),
        SigningCertURL: expect.stringMatching(/^http:\/\/.+\/SimpleNotificationService-[0-9a-f]{32}\.pem$/),
        UnsubscribeURL: expect.stringMatching(
          new RegExp(`^http://127\\.0\\.0\\.1:\\d+/\\?Action=Unsubscribe&SubscriptionArn=${subscription}$`),
        ),
        MessageAttributes: {
          colour: { Type: "String", Value: "red" },
          icon: { Type: "Binary", Value: "AgME" },
        },
      });
    });

    test("reaches a function as Lambda's event", async () => {
      const TopicArn = await newTopic(nodes());
      const fn = `${FUNCTION_ARN}:handler`;
      const subscription = await subscribe(nodes(), TopicArn, fn);
      const { MessageId } = await publish({
        ...{ TopicArn, Message: "Hello world." },
        MessageAttributes: { n: { DataType: "Number", StringValue: "1.5" } },
      });
      const [event] = await envelopes(fn);
      expect(event).toEqual({
        Records: [
          {
            ...{ EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: subscription },
            Sns: {
              ...{ Type: "Notification", MessageId, TopicArn, Subject: null, Message: "Hello world." },
              Timestamp: expect.any(String),
              ...{ SignatureVersion: "1", Signature: expect.any(String) },
              SigningCertUrl: expect.stringMatching(/\.pem$/),
              UnsubscribeUrl: expect.stringContaining(subscription),
              MessageAttributes: { n: { Type: "Number", Value: "1.5" } },
            },
          },
        ],
      });
    });

    test("reaches a queue raw, its attributes as the queue's", async () => {
      const TopicArn = await newTopic(nodes());
      const queue = `${QUEUE_ARN}:raw`;
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "TrUe" });
      await publish({
        ...{ TopicArn, Message: "as it is", MessageGroupId: "tenant-1" },
        MessageAttributes: { icon: { DataType: "Binary", BinaryValue: Buffer.from([2, 3, 4]) } },
      });
      expect(await nodes().taken(queue)).toMatchObject([
        {
          payload: "as it is",
          message: {
            attributes: { icon: { dataType: "Binary", binaryValue: expect.anything() } },
            groupId: "tenant-1",
          },
        },
      ]);
    });

    test("has a text for each protocol", async () => {
      const TopicArn = await newTopic(nodes());
      const [queue, fn] = [`${QUEUE_ARN}:structured`, `${FUNCTION_ARN}:structured`];
      await subscribe(nodes(), TopicArn, queue);
      await subscribe(nodes(), TopicArn, fn);
      const Message = JSON.stringify({ default: "for all", sqs: '{"field": "value"}', http: 1 });
      await publish({ TopicArn, Message, MessageStructure: "json" });
      expect(await envelopes(queue)).toMatchObject([{ Message: '{"field": "value"}' }]);
      expect(await envelopes(fn)).toMatchObject([{ Records: [{ Sns: { Message: "for all" } }] }]);
    });

    test("published before somebody subscribes is lost for them, and TargetArn names a topic too", async () => {
      const TopicArn = await newTopic(nodes());
      await publish({ TopicArn, Message: "early" });
      const queue = `${QUEUE_ARN}:late`;
      await subscribe(nodes(), TopicArn, queue);
      await publish({ TargetArn: TopicArn, Message: "in time" });
      expect(await envelopes(queue)).toMatchObject([{ Message: "in time" }]);
    });

    test("to a hundred subscribers is one commit", async () => {
      const TopicArn = await newTopic(nodes());
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => subscribe(nodes(), TopicArn, `${QUEUE_ARN}:many-${i}`)),
      );
      const commits: number[] = [];
      const restore = nodes().nodes.map(({ store }) => {
        const { commit } = store;
        store.commit = (changes, options) => {
          commits.push(changes.length);
          return commit.call(store, changes, options);
        };
        return () => {
          store.commit = commit;
        };
      });
      await publish({ TopicArn, Message: "to all" });
      for (const undo of restore) undo();
      expect(commits).toEqual([100]);
      for (const i of [0, 99]) expect(await payloads(`${QUEUE_ARN}:many-${i}`)).toHaveLength(1);
    });
  });

  describe("a signature", () => {
    test.each(["1", "2"] as const)("of version %s can be verified with the certificate", async (version) => {
      const TopicArn = await newTopic(nodes(), version === "1" ? {} : { SignatureVersion: "2" });
      const [queue, fn] = [`${QUEUE_ARN}:signed-${version}`, `${FUNCTION_ARN}:signed-${version}`];
      await subscribe(nodes(), TopicArn, queue);
      await subscribe(nodes(), TopicArn, fn);
      await publish({ TopicArn, Message: "one\ntwo", Subject: "signed" });
      const [message] = await envelopes(queue);
      const hash = version === "1" ? "sha1" : "sha256";
      expect(message.SignatureVersion).toBe(version);
      expect(await isSigned(message, message.SigningCertURL, hash)).toBe(true);
      expect(await isSigned({ ...message, Message: "forged" }, message.SigningCertURL, hash)).toBe(false);
      // AWS says version 1 to functions whatever it has used.
      const { Sns } = (await envelopes(fn))[0].Records[0];
      expect(Sns.SignatureVersion).toBe("1");
      expect(await isSigned(Sns, Sns.SigningCertUrl, hash)).toBe(true);
    });

    test("is every node's with one key, and another certificate is not found", async () => {
      const names = await Promise.all(
        nodes().nodes.map(async ({ service, listener }) => {
          const missing = await fetch(`${listener.url}/_stepwell/sns/SimpleNotificationService-0.pem`);
          expect(missing.status).toBe(404);
          const { message } = (await missing.json()) as { message: string };
          expect(service.name).toBe("sns");
          return /SimpleNotificationService-[0-9a-f]{32}\.pem/.exec(message)?.[0];
        }),
      );
      expect(new Set(names).size).toBe(1);
    });
  });

  describe("what a subscriber cannot take", () => {
    test("goes to its dead-letter queue as the subscriber would have got it, and harms no other", async () => {
      const TopicArn = await newTopic(nodes());
      const [dead, good] = [`${QUEUE_ARN}:dead`, `${QUEUE_ARN}:good`];
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead });
      await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:missing-1`, { RedrivePolicy });
      await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:missing-2`, {
        RedrivePolicy,
        RawMessageDelivery: "true",
      });
      await subscribe(nodes(), TopicArn, `${FUNCTION_ARN}:missing-3`, { RedrivePolicy });
      await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:missing-without`);
      await subscribe(nodes(), TopicArn, good);
      await publish({
        ...{ TopicArn, Message: "m" },
        MessageAttributes: { a: { DataType: "Number", StringValue: "111" } },
      });
      expect(await envelopes(good)).toMatchObject([{ Message: "m" }]);
      const taken = await nodes().taken(dead);
      const raw = taken.filter(({ payload }) => payload === "m");
      expect(raw).toMatchObject([
        { message: { attributes: { a: { dataType: "Number", stringValue: "111" } } } },
      ]);
      const whole = taken.filter(({ payload }) => payload !== "m");
      expect(whole.map(({ payload }) => JSON.parse(payload))).toMatchObject([
        { Type: "Notification", Message: "m", MessageAttributes: { a: { Type: "Number", Value: "111" } } },
        { Type: "Notification", Message: "m" },
      ]);
      expect(whole.map(({ message }) => message?.attributes)).toEqual([undefined, undefined]);
      expect(nodes().lines.filter(({ message }) => message.includes("is lost"))).toHaveLength(1);
    });

    test("with more attributes than a queue takes goes there too", async () => {
      const TopicArn = await newTopic(nodes());
      const [dead, queue] = [`${QUEUE_ARN}:dead-11`, `${QUEUE_ARN}:takes-10`];
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead });
      await subscribe(nodes(), TopicArn, queue, { RedrivePolicy, RawMessageDelivery: "true" });
      const attributes = (count: number) =>
        Object.fromEntries(
          Array.from({ length: count }, (_, i) => [`a${i}`, { DataType: "String", StringValue: "v" }]),
        );
      await publish({ TopicArn, Message: "ten", MessageAttributes: attributes(10) });
      await publish({ TopicArn, Message: "eleven", MessageAttributes: attributes(11) });
      expect(await payloads(queue)).toEqual(["ten"]);
      expect(await envelopes(dead)).toMatchObject([{ Message: "eleven" }]);
    });
  });

  describe("a batch", () => {
    test("is published whole, each entry with its own id", async () => {
      const TopicArn = await newTopic(nodes());
      const queue = `${QUEUE_ARN}:batch`;
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
      const { Successful, Failed } = await nodes().sns.send(
        new PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: [
            { Id: "1", Message: "one", Subject: "s" },
            { Id: "2", Message: JSON.stringify({ default: "d", sqs: "two" }), MessageStructure: "json" },
          ],
        }),
      );
      expect(Failed).toEqual([]);
      expect(Successful).toEqual([
        { Id: "1", MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        { Id: "2", MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ]);
      expect((await payloads(queue)).sort()).toEqual(["one", "two"]);
    });

    test.each<[string, { Id: string; Message: string }[], string, string]>([
      ["without entries", [], "EmptyBatchRequestException", "The batch request doesn't contain any entries."],
      [
        "with more than ten",
        Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, Message: "m" })),
        "TooManyEntriesInBatchRequestException",
        "The batch request contains more entries than permissible.",
      ],
      [
        "with an id twice",
        [1, 2].map(() => ({ Id: "same", Message: "m" })),
        "BatchEntryIdsNotDistinctException",
        "Two or more batch entries in the request have the same Id.",
      ],
      [
        "with an odd id",
        [{ Id: "a b", Message: "m" }],
        "InvalidBatchEntryIdException",
        "The Id of a batch entry in a batch request doesn't abide by the specification.",
      ],
      [
        "that is too long together",
        ["a", "b"].map((Id, i) => ({ Id, Message: "x".repeat(131_072 + i) })),
        "BatchRequestTooLongException",
        "The length of all the messages put together is more than the limit.",
      ],
    ])("%s is refused", async (_, PublishBatchRequestEntries, code, text) => {
      const TopicArn = await newTopic(nodes());
      const command = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
      expect(await refusal(nodes().sns.send(command))).toEqual([code, 400, text]);
    });
  });

  describe("refused", () => {
    const invalid = (text: string) => ["InvalidParameterException", 400, `Invalid parameter: ${text}`];
    test.each([
      [{ Message: "" }, invalid("Empty message")],
      [{ Subject: "" }, invalid("Subject")],
      [{ Subject: "x".repeat(101) }, invalid("Subject")],
      [{ Subject: "a\nb" }, invalid("Subject")],
      [{ Message: "x".repeat(262_145) }, invalid("Message too long")],
      [
        {
          Message: "x".repeat(262_144 - 11),
          MessageAttributes: { attr1: { DataType: "Number", StringValue: "1" } },
        },
        invalid("Message too long"),
      ],
      [
        { Message: '{"sqs":"m"}', MessageStructure: "json" },
        invalid("Message Structure - No default entry in JSON message body"),
      ],
      [
        { Message: '{"default":{"a":1}}', MessageStructure: "json" },
        invalid("Message Structure - No default entry in JSON message body"),
      ],
      [
        { Message: '{"default":"m"} }', MessageStructure: "json" },
        invalid("Message Structure - JSON message body failed to parse"),
      ],
      [
        { MessageDeduplicationId: "id" },
        invalid(
          "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for " +
            "this topic type",
        ),
      ],
      [{ TopicArn: undefined }, invalid("TopicArn or TargetArn Reason: no value for required parameter")],
      [
        { TopicArn: "randomstring:1" },
        invalid("TopicArn Reason: An ARN must have at least 6 elements, not 2"),
      ],
      [{ TopicArn: "" }, invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1")],
      [{ TopicArn: `${TOPIC_ARN}:nobody` }, ["NotFoundException", 404, "Topic does not exist"]],
      [{ TopicArn: TOPIC_ARN.replace("us-east-1", "eu-west-1").concat(":t") }, invalid("TopicArn")],
      [
        { TopicArn: undefined, TargetArn: `${TOPIC_ARN}:endpoint/APNS/app/0f7d5971` },
        invalid("TargetArn Reason: No endpoint found for the target arn specified"),
      ],
      [
        { TopicArn: undefined, PhoneNumber: "+1a234" },
        invalid("PhoneNumber Reason: +1a234 is not valid to publish to"),
      ],
    ])("%o", async (change, expected) => {
      const TopicArn = await newTopic(nodes());
      const before = await nodes().stored();
      expect(await refusal(publish({ TopicArn, Message: "m", ...change }))).toEqual(expected);
      expect(await nodes().stored()).toEqual(before);
    });

    const empty = (type: string) =>
      `The message attribute 'a' must contain non-empty message attribute value for message attribute type '${type}'.`;
    const badType =
      "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, " +
      "Number, and String.";
    const bytes = Buffer.from("b");
    test.each([
      ["a", { DataType: "String", StringValue: "" }, empty("String")],
      ["a", { DataType: "String" }, empty("String")],
      ["a", { DataType: "Binary", BinaryValue: Buffer.alloc(0) }, empty("Binary")],
      [
        "a",
        { DataType: "String", BinaryValue: bytes },
        "The message attribute 'a' with type 'String' must use field 'String'.",
      ],
      [
        "a",
        { DataType: "Number", BinaryValue: bytes },
        "The message attribute 'a' with type 'Number' must use field 'String'.",
      ],
      [
        "a",
        { DataType: "Binary", StringValue: "s" },
        "The message attribute 'a' with type 'Binary' must use field 'Binary'.",
      ],
      ["a", { DataType: "InvalidType", StringValue: "s" }, badType],
      ["a", { DataType: "Stringprefixed", StringValue: "s" }, badType],
      [
        "a",
        { DataType: "Number", StringValue: "ten" },
        "Could not cast message attribute 'a' value to number.",
      ],
      [
        "a".repeat(257),
        { DataType: "String", StringValue: "s" },
        "Length of message attribute name must be less than 256 bytes.",
      ],
      [
        "a^*?",
        { DataType: "String", StringValue: "s" },
        "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include " +
          "alphanumeric characters, hyphens, underscores, or dots.",
      ],
      [
        ".a",
        { DataType: "String", StringValue: "s" },
        "Invalid message attribute name starting with character '.' was found.",
      ],
      [
        "a.",
        { DataType: "String", StringValue: "s" },
        "Invalid message attribute name ending with character '.' was found.",
      ],
      [
        "a..b",
        { DataType: "String", StringValue: "s" },
        "Message attribute name can not have successive '.' character.",
      ],
    ])("the attribute %s: %o", async (name, attribute, text) => {
      const TopicArn = await newTopic(nodes());
      const MessageAttributes = { [name]: attribute };
      const expected = ["InvalidParameterValueException", 400, text];
      expect(await refusal(publish({ TopicArn, Message: "m", MessageAttributes }))).toEqual(expected);
      const PublishBatchRequestEntries = [{ Id: "1", Message: "m", MessageAttributes }];
      const batch = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
      expect(await refusal(nodes().sns.send(batch))).toEqual(expected);
    });

    test("an attribute without a type, as AWS's model says", async () => {
      const TopicArn = await newTopic(nodes());
      const MessageAttributes = { attr1: { StringValue: "s" } as never };
      const text = (path: string) =>
        `1 validation error detected: Value null at '${path}.attr1.member.dataType' failed to satisfy constraint: ` +
        "Member must not be null";
      expect(await refusal(publish({ TopicArn, Message: "m", MessageAttributes }))).toEqual([
        ...["ValidationError", 400, text("messageAttributes")],
      ]);
      const PublishBatchRequestEntries = [{ Id: "1", Message: "m", MessageAttributes }];
      const batch = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
      expect(await refusal(nodes().sns.send(batch))).toEqual([
        ...["ValidationError", 400, text("publishBatchRequestEntries.1.member.messageAttributes")],
      ]);
    });
  });

  test("settings of a topic and of a subscription hold from the next message on", async () => {
    const TopicArn = await newTopic(nodes());
    const queue = `${QUEUE_ARN}:settings`;
    const SubscriptionArn = await subscribe(nodes(), TopicArn, queue);
    await nodes().sns.send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: "SignatureVersion", AttributeValue: "2" }),
    );
    await publish({ TopicArn, Message: "enveloped" });
    await nodes().sns.send(
      new SetSubscriptionAttributesCommand({
        ...{ SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: "true" },
      }),
    );
    await publish({ TopicArn, Message: "raw" });
    const [first, second] = await payloads(queue);
    expect(JSON.parse(first!)).toMatchObject({ Message: "enveloped", SignatureVersion: "2" });
    expect(second).toBe("raw");
  });
});
