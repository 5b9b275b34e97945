import {
  ConfirmSubscriptionCommand,
  CreatePlatformApplicationCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import { FUNCTION_ARN, QUEUE_ARN, type SnsNodes, TOPIC_ARN } from "./fixtures/sns-nodes.ts";
import { newTopic, refusal, subscribe } from "./fixtures/topics.ts";

const invalid = (text: string) => ["InvalidParameterException", 400, `Invalid parameter: ${text}`];
const NOT_FOUND = ["NotFoundException", 404, "Subscription does not exist"];

onBothStores((nodes: () => SnsNodes) => {
  const get = async (SubscriptionArn: string) =>
    (await nodes().sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes!;
  const set = (SubscriptionArn: string, AttributeName: string, AttributeValue: string) =>
    nodes().sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
    );
  const send = (input: ConstructorParameters<typeof SubscribeCommand>[0]) =>
    nodes().sns.send(new SubscribeCommand(input));
  const unsubscribe = (SubscriptionArn: string) =>
    nodes().sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  const listed = async (TopicArn: string) =>
    (await nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions!;

  describe("a subscription", () => {
    test("of a queue is confirmed at once, and has AWS's attributes", async () => {
      const TopicArn = await newTopic(nodes());
      const Endpoint = `${QUEUE_ARN}:q`;
      const SubscriptionArn = await subscribe(nodes(), TopicArn, Endpoint);
      expect(await get(SubscriptionArn)).toEqual({
        ...{ ConfirmationWasAuthenticated: "true", Endpoint, Owner: "000000000000" },
        ...{ PendingConfirmation: "false", Protocol: "sqs", RawMessageDelivery: "false" },
        ...{ SubscriptionArn, SubscriptionPrincipal: "arn:aws:iam::000000000000:root", TopicArn },
      });
      const shown = { Endpoint, Owner: "000000000000", Protocol: "sqs", SubscriptionArn, TopicArn };
      expect(await listed(TopicArn)).toEqual([shown]);
      const all = await nodes().sns.send(new ListSubscriptionsCommand({}));
      expect(all.Subscriptions).toContainEqual(shown);
    });

    test("can be made again, unless its attributes differ", async () => {
      const TopicArn = await newTopic(nodes());
      const again = (Attributes?: Record<string, string>) =>
        subscribe(nodes(), TopicArn, `${QUEUE_ARN}:q`, Attributes);
      const arn = await again({ RawMessageDelivery: "True" });
      const same: (Record<string, string> | undefined)[] = [
        { RawMessageDelivery: "true" },
        { RawMessageDelivery: "true", FilterPolicyScope: "MessageAttributes" },
        {},
        { FilterPolicyScope: "MessageAttributes" },
        undefined,
      ];
      for (const attributes of same) expect(await again(attributes)).toBe(arn);
      expect(await refusal(again({ RawMessageDelivery: "false", FilterPolicyScope: "MessageBody" }))).toEqual(
        invalid("Attributes Reason: Subscription already exists with different attributes"),
      );
      expect(await listed(TopicArn)).toHaveLength(1);
    });

    test("made by twenty at once is one", async () => {
      const TopicArn = await newTopic(nodes());
      const arns = await Promise.all(
        Array.from({ length: 20 }, () => subscribe(nodes(), TopicArn, `${QUEUE_ARN}:raced`)),
      );
      expect(new Set(arns).size).toBe(1);
    });

    test("that has ended is gone, and ending it again is no error", async () => {
      const TopicArn = await newTopic(nodes());
      const arn = await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:q`);
      for (let i = 0; i < 2; i++) await unsubscribe(arn);
      expect(await refusal(get(arn))).toEqual(NOT_FOUND);
      expect(await refusal(set(arn, "RawMessageDelivery", "true"))).toEqual(NOT_FOUND);
      expect(await listed(TopicArn)).toEqual([]);
      const { Attributes } = await nodes().sns.send(new GetTopicAttributesCommand({ TopicArn }));
      expect(Attributes).toMatchObject({ SubscriptionsConfirmed: "0", SubscriptionsDeleted: "1" });
    });

    test.each([
      ["randomstring", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"],
      ["arn:aws:sns:us-east-1:random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"],
      [`${TOPIC_ARN}:random`, "SubscriptionId"],
    ])("has no ARN like %s", async (arn, text) => {
      expect(await refusal(unsubscribe(arn))).toEqual(invalid(text));
      expect(await refusal(get(arn))).toEqual(invalid(text));
    });

    test("without an ARN is refused in SNS's own words", async () => {
      expect(await refusal(unsubscribe(undefined as never))).toEqual(
        invalid("SubscriptionArn Reason: no value for required parameter"),
      );
    });

    test("of a phone is confirmed at once", async () => {
      const TopicArn = await newTopic(nodes());
      const { SubscriptionArn } = await send({ TopicArn, Protocol: "sms", Endpoint: "+12/34-567.890" });
      expect(await get(SubscriptionArn!)).toMatchObject({ PendingConfirmation: "false", Protocol: "sms" });
    });

    test.each([
      ["test-protocol", "x", invalid("Amazon SNS does not support this protocol string: test-protocol")],
      ["sqs", "http://127.0.0.1:4566/000000000000/q", invalid("SQS endpoint ARN")],
      ["sqs", "unknown", invalid("SQS endpoint ARN")],
      ["lambda", "handler", invalid("Lambda endpoint ARN")],
      ["http", "https://example.com", invalid("Endpoint must match the specified protocol")],
      ["https", "https://exa mple", invalid("Endpoint")],
      ["http", `http://example.com/${"x".repeat(2048)}`, invalid("Endpoint")],
      ["email", "nobody", invalid("Email address")],
      ["sms", "NAA+15551234567", ["InvalidParameterException", 400, "Invalid SMS endpoint: NAA+15551234567"]],
      ["sms", "+15--551234567", ["InvalidParameterException", 400, "Invalid SMS endpoint: +15--551234567"]],
      ["sms", "+15551234567.", ["InvalidParameterException", 400, "Invalid SMS endpoint: +15551234567."]],
      ["sms", "/+15551234567", ["InvalidParameterException", 400, "Invalid SMS endpoint: /+15551234567"]],
      [
        "sqs",
        `${QUEUE_ARN}:q.fifo`,
        invalid(
          "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
      ],
    ])("of %s %s is refused", async (Protocol, Endpoint, expected) => {
      const TopicArn = await newTopic(nodes());
      const before = await nodes().stored();
      expect(await refusal(send({ TopicArn, Protocol, Endpoint }))).toEqual(expected);
      expect(await nodes().stored()).toEqual(before);
    });

    test.each(["application", "firehose"])("of %s is refused by its name", async (Protocol) => {
      const TopicArn = await newTopic(nodes());
      const [code, status, text] = await refusal(send({ TopicArn, Protocol, Endpoint: "arn:aws:x" }));
      expect([code, status]).toEqual(["NotSupportedException", 501]);
      expect(text).toContain(`the protocol ${Protocol}`);
    });

    test("needs a topic", async () => {
      const endpoint = { Protocol: "email", Endpoint: "a@example.com" };
      for (const [TopicArn, expected] of [
        ["randomstring", invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1")],
        [
          "arn:aws:sns:us-east-1:random",
          invalid("TopicArn Reason: An ARN must have at least 6 elements, not 5"),
        ],
        [`${TOPIC_ARN}:nobody`, ["NotFoundException", 404, "Topic does not exist"]],
      ] as const) {
        expect(await refusal(send({ TopicArn, ...endpoint }))).toEqual(expected);
      }
    });

    test("goes with its topic", async () => {
      const TopicArn = await newTopic(nodes());
      const arn = await subscribe(nodes(), TopicArn, `${FUNCTION_ARN}:f`);
      await nodes().sns.send(new DeleteTopicCommand({ TopicArn }));
      expect(await refusal(get(arn))).toEqual(NOT_FOUND);
      await unsubscribe(arn);
    });
  });

  test("subscriptions are listed a hundred at a time", async () => {
    const TopicArn = await newTopic(nodes());
    await Promise.all(
      Array.from({ length: 101 }, (_, i) => send({ TopicArn, Protocol: "sms", Endpoint: `+12312312${i}` })),
    );
    for (const list of [
      (NextToken?: string) => nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken })),
      (NextToken?: string) => nodes().sns.send(new ListSubscriptionsCommand({ NextToken })),
    ]) {
      const first = await list();
      const second = await list(first.NextToken);
      expect(first.Subscriptions).toHaveLength(100);
      const both = [...first.Subscriptions!, ...second.Subscriptions!];
      expect(new Set(both.map(({ SubscriptionArn }) => SubscriptionArn)).size).toBe(both.length);
      expect(both.length).toBeGreaterThan(100);
    }
    expect(await refusal(listed(`${TOPIC_ARN}:nobody`))).toEqual([
      ...["NotFoundException", 404, "Topic does not exist"],
    ]);
  });

  describe("an attribute", () => {
    const place = (column: number) =>
      "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: " +
      `${column}]`;
    const unexpected =
      "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name" +
      place(2);
    test.each([
      ["FakeAttribute", "test-value", "AttributeName"],
      [
        "RawMessageDelivery",
        "test-ValUe",
        "RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false.",
      ],
      ["RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."],
      [
        "RedrivePolicy",
        '{"deadLetterTargetArn":"fake-arn"}',
        "RedrivePolicy: deadLetterTargetArn is an invalid arn",
      ],
      ["RedrivePolicy", "{invalidjson}", `RedrivePolicy: ${unexpected}`],
      ["FilterPolicy", "{invalidjson}", `FilterPolicy: ${unexpected}`],
      [
        "FilterPolicyScope",
        "RandomValue",
        "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes",
      ],
      [
        "FilterPolicy",
        '{"object":{"key":[{"prefix":"auto-"}]}}',
        "Filter policy scope MessageAttributes does not support nested filter policy",
      ],
      [
        "FilterPolicy",
        '{"key_a":"value_one"}',
        `FilterPolicy: "key_a" must be an object or an array${place(11)}`,
      ],
      [
        "DeliveryPolicy",
        "{}",
        "DeliveryPolicy: Delivery policy is only supported for the http and https protocols",
      ],
    ])("%s cannot be %o", async (name, value, text) => {
      const TopicArn = await newTopic(nodes());
      const arn = await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:q`);
      const before = await nodes().stored();
      expect(await refusal(set(arn, name, value))).toEqual(invalid(text));
      expect(await nodes().stored()).toEqual(before);
      // AWS takes an empty value for none when somebody subscribes, but for RawMessageDelivery.
      const fresh = subscribe(nodes(), TopicArn, `${QUEUE_ARN}:fresh`, { [name]: value });
      const [, , message] = await refusal(fresh);
      expect(message).toBe(`Invalid parameter: Attributes Reason: ${text}`);
    });

    test("FilterPolicyScope is shown when there is a policy, and an empty policy is none", async () => {
      const arn = await subscribe(nodes(), await newTopic(nodes()), `${QUEUE_ARN}:q`, { FilterPolicy: "" });
      await set(arn, "FilterPolicyScope", "MessageBody");
      expect(await get(arn)).not.toHaveProperty("FilterPolicyScope");
      const FilterPolicy = '{"object": {"key": [{"prefix": "auto-"}]}}';
      await set(arn, "FilterPolicy", FilterPolicy);
      expect(await get(arn)).toMatchObject({ FilterPolicy, FilterPolicyScope: "MessageBody" });
      expect(await refusal(set(arn, "FilterPolicyScope", "MessageAttributes"))).toEqual(
        invalid("Filter policy scope MessageAttributes does not support nested filter policy"),
      );
      await set(arn, "FilterPolicy", "");
      expect(await get(arn)).not.toHaveProperty("FilterPolicy");
      await set(arn, "FilterPolicy", FilterPolicy);
      await set(arn, "FilterPolicy", "{ }");
      expect(await get(arn)).not.toHaveProperty("FilterPolicy");
    });

    test("DeliveryPolicy of an endpoint is shown as it was set and as it works", async () => {
      const TopicArn = await newTopic(nodes());
      const arn = await subscribe(nodes(), TopicArn, "http://127.0.0.1:1/");
      await set(arn, "DeliveryPolicy", '{"requestPolicy":{"headerContentType":"text/csv"}}');
      const { DeliveryPolicy, EffectiveDeliveryPolicy, ...others } = await get(arn);
      expect(others).toMatchObject({ PendingConfirmation: "true", ConfirmationWasAuthenticated: "false" });
      const requestPolicy = { headerContentType: "text/csv" };
      const fixed = { sicklyRetryPolicy: null, throttlePolicy: null, guaranteed: false };
      expect(JSON.parse(DeliveryPolicy!)).toEqual({ healthyRetryPolicy: null, ...fixed, requestPolicy });
      expect(JSON.parse(EffectiveDeliveryPolicy!)).toEqual({
        healthyRetryPolicy: {
          ...{ minDelayTarget: 20, maxDelayTarget: 20, numRetries: 3, numMaxDelayRetries: 0 },
          ...{ numNoDelayRetries: 0, numMinDelayRetries: 0, backoffFunction: "linear" },
        },
        ...fixed,
        requestPolicy,
      });
    });

    test("RedrivePolicy of a FIFO queue needs a FIFO queue", async () => {
      const TopicArn = await newTopic(nodes(), { FifoTopic: "true" });
      const policy = JSON.stringify({ deadLetterTargetArn: `${QUEUE_ARN}:dead` });
      const standard = await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:standard`);
      await set(standard, "RedrivePolicy", policy);
      expect(await get(standard)).toMatchObject({ RedrivePolicy: policy });
      const fifo = await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:fifo.fifo`);
      expect(await refusal(set(fifo, "RedrivePolicy", policy))).toEqual(
        invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."),
      );
    });
  });

  test("a token that nobody was given confirms nothing", async () => {
    const TopicArn = await newTopic(nodes());
    const confirm = (Token: string) => nodes().sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    expect(await refusal(confirm("randomtoken"))).toEqual([
      ...["InvalidParameterException", 400, "Invalid token"],
    ]);
    expect(await refusal(confirm("51b2ff3edb475b7d"))).toEqual(invalid("Token"));
  });

  test("operations that Stepwell does not have say so by their names", async () => {
    const command = new CreatePlatformApplicationCommand({
      Name: "a",
      Platform: "GCM",
      Attributes: { k: "v" },
    });
    const [code, status, text] = await refusal(nodes().sns.send(command));
    expect([code, status]).toEqual(["NotSupportedException", 501]);
    expect(text).toContain("CreatePlatformApplication");
  });
});
