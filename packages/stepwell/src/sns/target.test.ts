import { expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import { QUEUE_ARN, type SnsNodes, TOPIC_ARN } from "./fixtures/sns-nodes.ts";
import { newTopic, subscribe } from "./fixtures/topics.ts";

const sourceArn = "arn:aws:events:us-east-1:000000000000:rule/r";

onBothStores((nodes: () => SnsNodes) => {
  const deliver = async (arn: string, event: object) => {
    const delivery = await nodes().targets.changes(arn, { payload: "from a rule", sourceArn, ...event });
    await nodes().store.commit(delivery.changes, { key: "sender" });
    delivery.committed();
  };

  test("what others send to a topic is published in their commit", async () => {
    const TopicArn = await newTopic(nodes());
    const queue = `${QUEUE_ARN}:of-target`;
    await subscribe(nodes(), TopicArn, queue);
    const attributes = { a: { dataType: "String", stringValue: "v" } };
    await deliver(TopicArn, { message: { subject: "s", attributes } });
    const [taken] = await nodes().taken(queue);
    expect(JSON.parse(taken!.payload)).toMatchObject({
      ...{ TopicArn, Subject: "s", Message: "from a rule" },
      MessageAttributes: { a: { Type: "String", Value: "v" } },
      UnsubscribeURL: expect.stringContaining(nodes().url),
    });
  });

  test("a FIFO topic takes it with a group", async () => {
    const TopicArn = await newTopic(nodes(), { FifoTopic: "true", ContentBasedDeduplication: "true" });
    const queue = `${QUEUE_ARN}:of-target.fifo`;
    await subscribe(nodes(), TopicArn, queue, { RawMessageDelivery: "true" });
    for (let i = 0; i < 2; i++) await deliver(TopicArn, { message: { groupId: "g" } });
    expect(await nodes().taken(queue)).toMatchObject([{ payload: "from a rule", message: { groupId: "g" } }]);
    await expect(deliver(TopicArn, {})).rejects.toMatchObject({ code: "InvalidParameterException" });
  });

  test("a topic that is not there, or a message that it does not take, is the sender's affair", async () => {
    await expect(deliver(`${TOPIC_ARN}:nobody`, {})).rejects.toMatchObject({ code: "NotFoundException" });
    const TopicArn = await newTopic(nodes());
    await expect(deliver(TopicArn, { payload: "" })).rejects.toMatchObject({
      message: "Invalid parameter: Empty message",
    });
  });
});
