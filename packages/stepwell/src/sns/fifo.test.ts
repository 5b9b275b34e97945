import { createHash } from "node:crypto";
import { PublishBatchCommand, PublishCommand } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import { FUNCTION_ARN, QUEUE_ARN, type SnsNodes } from "./fixtures/sns-nodes.ts";
import { newTopic, refusal, subscribe } from "./fixtures/topics.ts";

const invalid = (text: string) => ["InvalidParameterException", 400, `Invalid parameter: ${text}`];
let queues = 0;

onBothStores((nodes: () => SnsNodes) => {
  const publish = (input: ConstructorParameters<typeof PublishCommand>[0]) =>
    nodes().sns.send(new PublishCommand(input));
  const fifoTopic = (more: Record<string, string> = {}) => newTopic(nodes(), { FifoTopic: "true", ...more });
  const byContent = () => fifoTopic({ ContentBasedDeduplication: "true" });
  const newQueue = () => `${QUEUE_ARN}:fifo-${++queues}.fifo`;

  describe("a FIFO topic", () => {
    test("hands group, deduplication id and number on, and signs nothing", async () => {
      const TopicArn = await byContent();
      const queue = newQueue();
      await subscribe(nodes(), TopicArn, queue);
      const { MessageId, SequenceNumber } = await publish({
        ...{ TopicArn, Message: "Test", MessageGroupId: "g" },
      });
      expect(SequenceNumber).toMatch(/^\d{20}$/);
      const [taken] = await nodes().taken(queue);
      const deduplicationId = createHash("sha256").update("Test").digest("hex");
      expect(taken!.message).toEqual({ groupId: "g", deduplicationId });
      expect(JSON.parse(taken!.payload)).toEqual({
        ...{ Type: "Notification", MessageId, SequenceNumber, TopicArn, Message: "Test" },
        ...{ Timestamp: expect.any(String), UnsubscribeURL: expect.any(String) },
      });
    });

    test("reaches standard queues too, without groups", async () => {
      const TopicArn = await fifoTopic();
      const queue = `${QUEUE_ARN}:standard-of-fifo`;
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
      await publish({ TopicArn, Message: "m", MessageGroupId: "g", MessageDeduplicationId: "d" });
      expect((await nodes().taken(queue))[0]!.message).toEqual({ attributes: {} });
    });

    test("takes a message once in five minutes, whatever its group, and answers as it did then", async () => {
      const TopicArn = await fifoTopic();
      const queue = newQueue();
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
      const send = (MessageGroupId: string) =>
        publish({ TopicArn, Message: "m", MessageGroupId, MessageDeduplicationId: "same" });
      const first = await send("g1");
      const { MessageId, SequenceNumber } = first;
      nodes().clock.advance(299_999);
      expect(await send("g2")).toMatchObject({ MessageId, SequenceNumber });
      nodes().clock.advance(1);
      const later = await send("g1");
      expect(later.MessageId).not.toBe(MessageId);
      expect(BigInt(later.SequenceNumber!)).toBeGreaterThan(BigInt(SequenceNumber!));
      expect(await nodes().taken(queue)).toHaveLength(2);
    });

    test("deduplicates by group where that is its scope", async () => {
      const TopicArn = await fifoTopic({ FifoThroughputScope: "MessageGroup" });
      const queue = newQueue();
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
      for (const MessageGroupId of ["g1", "g2", "g1"]) {
        await publish({ TopicArn, Message: "m", MessageGroupId, MessageDeduplicationId: "same" });
      }
      expect((await nodes().taken(queue)).map(({ message }) => message?.groupId)).toEqual(["g1", "g2"]);
    });

    test("knows the duplicates of a batch, within it and when it comes again", async () => {
      const TopicArn = await byContent();
      const queue = newQueue();
      await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
      const PublishBatchRequestEntries = ["one", "two", "one"].map((Message, i) => ({
        ...{ Id: String(i), Message, MessageGroupId: "g" },
      }));
      const batch = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
      const first = await nodes().sns.send(batch);
      const [a, b, c] = first.Successful!;
      expect(c).toEqual({ ...a, Id: "2" });
      expect(BigInt(b!.SequenceNumber!)).toBeGreaterThan(BigInt(a!.SequenceNumber!));
      expect((await nodes().sns.send(batch)).Successful).toEqual(first.Successful);
      expect((await nodes().taken(queue)).map(({ payload }) => payload)).toEqual(["one", "two"]);
    });

    test("gives all its queues the same order, though many publish at once", async () => {
      const TopicArn = await byContent();
      const all = [newQueue(), newQueue(), newQueue()];
      for (const queue of all) await subscribe(nodes(), TopicArn, queue);
      const published = await Promise.all(
        Array.from({ length: 20 }, (_, i) => publish({ TopicArn, Message: String(i), MessageGroupId: "g" })),
      );
      const numbers = published.map(({ SequenceNumber }) => SequenceNumber!);
      expect(new Set(numbers).size).toBe(20);
      for (const queue of all) {
        const got = (await nodes().taken(queue)).map(({ payload }) => JSON.parse(payload).SequenceNumber);
        expect(got.toSorted()).toEqual(numbers.toSorted());
      }
    });

    test("sends what a queue does not take to a FIFO dead-letter queue, in order", async () => {
      const TopicArn = await fifoTopic();
      const dead = newQueue();
      await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:missing.fifo`, {
        ...{ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead }), RawMessageDelivery: "true" },
      });
      for (const id of ["1", "2"]) {
        await publish({ TopicArn, Message: id, MessageGroupId: "g", MessageDeduplicationId: id });
      }
      expect(await nodes().taken(dead)).toMatchObject([
        { payload: "1", message: { groupId: "g", deduplicationId: "1" } },
        { payload: "2", message: { groupId: "g", deduplicationId: "2" } },
      ]);
    });

    test("has queues only", async () => {
      const TopicArn = await fifoTopic();
      const [code, status] = await refusal(subscribe(nodes(), TopicArn, `${FUNCTION_ARN}:f`));
      expect([code, status]).toEqual(["InvalidParameterException", 400]);
    });

    test.each([
      [{}, "The MessageGroupId parameter is required for FIFO topics"],
      [
        { MessageGroupId: "g" },
        "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
      ],
      [
        { MessageGroupId: "a b", MessageDeduplicationId: "d" },
        "MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in " +
          "length.",
      ],
      [
        { MessageGroupId: "g", MessageDeduplicationId: "d".repeat(129) },
        "MessageDeduplicationId Reason: MessageDeduplicationId can only include alphanumeric and punctuation " +
          "characters. 1 to 128 in length.",
      ],
    ])("refuses %o", async (more, text) => {
      const TopicArn = await fifoTopic();
      const before = await nodes().stored();
      expect(await refusal(publish({ TopicArn, Message: "m", ...more }))).toEqual(invalid(text));
      const PublishBatchRequestEntries = [{ Id: "1", Message: "m", ...more }];
      const batch = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries });
      expect(await refusal(nodes().sns.send(batch))).toEqual(invalid(text));
      expect(await nodes().stored()).toEqual(before);
    });
  });
});
