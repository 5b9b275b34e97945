import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterEach, describe, expect, test } from "vitest";
import { onBothStores } from "../fixtures/both-stores.ts";
import { type Endpoint, openEndpoint, status } from "../fixtures/endpoint.ts";
import { QUEUE_ARN, type SnsNodes, until } from "../fixtures/sns-nodes.ts";
import { newTopic, refusal, subscribe } from "../fixtures/topics.ts";

const opened: Endpoint[] = [];
afterEach(async () => {
  for (const endpoint of opened.splice(0)) await endpoint.close();
});

async function open(...args: Parameters<typeof openEndpoint>): Promise<Endpoint> {
  const endpoint = await openEndpoint(...args);
  opened.push(endpoint);
  return endpoint;
}

onBothStores((nodes: () => SnsNodes) => {
  const publish = (TopicArn: string, Message: string) =>
    nodes().sns.send(new PublishCommand({ TopicArn, Message }));
  const get = async (SubscriptionArn: string) =>
    (await nodes().sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes!;
  const set = (SubscriptionArn: string, AttributeName: string, AttributeValue: string) =>
    nodes().sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
    );
  /** A confirmed subscription of the endpoint; what it received until then does not count. */
  const confirmed = async (TopicArn: string, endpoint: Endpoint, attributes?: Record<string, string>) => {
    const arn = await subscribe(nodes(), TopicArn, endpoint.url, attributes);
    const { SubscribeURL } = JSON.parse((await endpoint.at(endpoint.received.length)).body);
    expect((await fetch(SubscribeURL)).status).toBe(200);
    endpoint.received.length = 0;
    return arn;
  };
  /** Everything that is due has been done, and what is left waits for time. */
  const settled = () =>
    until(async () => {
      const all = await nodes().stored();
      const due = all.at(-1)!.filter((row) => Number(row.available_at) <= nodes().clock.now());
      return due.length === 0;
    });
  const deadLetters = async (queue: string) =>
    (await nodes().taken(queue)).map(({ payload }) => JSON.parse(payload).Message);

  describe("an endpoint", () => {
    test("confirms by the link that it gets, whoever opens it, once or more often", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const plain = new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: endpoint.url });
      expect((await nodes().sns.send(plain)).SubscriptionArn).toBe("pending confirmation");
      const { headers, body } = await endpoint.at(0);
      expect(headers).toMatchObject({
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "accept-encoding": "gzip,deflate",
        "x-amz-sns-message-type": "SubscriptionConfirmation",
        "x-amz-sns-message-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
        "x-amz-sns-topic-arn": TopicArn,
      });
      expect(headers).not.toHaveProperty("x-amz-sns-subscription-arn");
      const message = JSON.parse(body);
      expect(message).toEqual({
        ...{ Type: "SubscriptionConfirmation", MessageId: headers["x-amz-sns-message-id"], TopicArn },
        Token: expect.stringMatching(/^[0-9a-f]{128}$/),
        Message:
          `You have chosen to subscribe to the topic ${TopicArn}.\n` +
          "To confirm the subscription, visit the SubscribeURL included in this message.",
        SubscribeURL: expect.stringMatching(
          new RegExp(
            `^http://[^/]+/\\?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=${message.Token}$`,
          ),
        ),
        Timestamp: expect.any(String),
        ...{ SignatureVersion: "1", Signature: expect.any(String), SigningCertURL: expect.any(String) },
      });

      const [shown] = (await nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })))
        .Subscriptions!;
      expect(shown).toMatchObject({ SubscriptionArn: "PendingConfirmation", Endpoint: endpoint.url });
      await publish(TopicArn, "too early");

      const opened = async (change: (url: string) => string = (url) => url) => {
        const response = await fetch(change(message.SubscribeURL));
        return [response.status, await response.text()] as const;
      };
      for (const [change, code, text] of [
        [(url) => url.replace(TopicArn, "not-an-arn"), 400, "Invalid parameter: Topic<"],
        [(url) => url.replace("us-east-1", "eu-central-1"), 400, "Invalid parameter: Topic<"],
        [(url) => url.replace(message.Token, "abc123"), 400, "Invalid parameter: Token<"],
      ] as [(url: string) => string, number, string][]) {
        const [status, xml] = await opened(change);
        expect(status).toBe(code);
        expect(xml).toContain(`<Code>InvalidParameter</Code><Message>${text}`);
      }
      const [code, xml] = await opened();
      expect(code).toBe(200);
      const [, arn] = /<SubscriptionArn>(.+)<\/SubscriptionArn>/.exec(xml)!;
      expect(await opened()).toEqual([200, expect.stringContaining(arn!)]);
      expect(await get(arn!)).toMatchObject({
        ...{ PendingConfirmation: "false", ConfirmationWasAuthenticated: "false" },
      });
      await publish(TopicArn, "in time");
      expect(JSON.parse((await endpoint.at(1)).body).Message).toBe("in time");
    });

    test("is asked again when it is subscribed again, and may confirm by the API", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const arn = await subscribe(nodes(), TopicArn, endpoint.url);
      const first = JSON.parse((await endpoint.at(0)).body);
      expect(await subscribe(nodes(), TopicArn, endpoint.url)).toBe(arn);
      const { Token } = JSON.parse((await endpoint.at(1)).body);
      expect(Token).toBe(first.Token);
      const confirm = new ConfirmSubscriptionCommand({
        ...{ TopicArn, Token, AuthenticateOnUnsubscribe: "true" },
      });
      expect((await nodes().sns.send(confirm)).SubscriptionArn).toBe(arn);
      expect(await get(arn)).toMatchObject({ ConfirmationWasAuthenticated: "true" });
      const link = await fetch(`${nodes().url}/?Action=Unsubscribe&SubscriptionArn=${arn}`);
      expect([link.status, await link.text()]).toEqual([
        403,
        expect.stringContaining("<Code>AuthorizationError</Code>"),
      ]);
      await nodes().sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
      expect((await refusal(get(arn)))[0]).toBe("NotFoundException");
    });

    test("that nobody confirms within two days is forgotten", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const arn = await subscribe(nodes(), TopicArn, endpoint.url);
      const { Token } = JSON.parse((await endpoint.at(0)).body);
      await settled();
      nodes().clock.advance(2 * 86_400_000);
      expect((await refusal(get(arn)))[0]).toBe("NotFoundException");
      const confirm = new ConfirmSubscriptionCommand({ TopicArn, Token });
      expect(await refusal(nodes().sns.send(confirm))).toEqual([
        ...["InvalidParameterException", 400, "Invalid parameter: Token"],
      ]);
      expect(await subscribe(nodes(), TopicArn, endpoint.url)).not.toBe(arn);
    });

    test("gets the envelope with AWS's headers, or the message itself", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const arn = await confirmed(TopicArn, endpoint);
      const { MessageId } = await publish(TopicArn, "enveloped");
      const { headers, body } = await endpoint.at(0);
      expect(headers).toMatchObject({
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": MessageId,
        "x-amz-sns-topic-arn": TopicArn,
        "x-amz-sns-subscription-arn": arn,
        "content-type": "text/plain; charset=UTF-8",
      });
      expect(headers).not.toHaveProperty("x-amz-sns-rawdelivery");
      expect(JSON.parse(body)).toMatchObject({ Type: "Notification", MessageId, Message: "enveloped" });
      await set(arn, "RawMessageDelivery", "true");
      await set(arn, "DeliveryPolicy", '{"requestPolicy":{"headerContentType":"text/csv"}}');
      await publish(TopicArn, "ra,w");
      const raw = await endpoint.at(1);
      expect(raw.body).toBe("ra,w");
      expect(raw.headers).toMatchObject({ "x-amz-sns-rawdelivery": "true", "content-type": "text/csv" });
    });

    test("gets its topic's content type", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      await confirmed(TopicArn, endpoint);
      const AttributeValue = '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}';
      await nodes().sns.send(
        new SetTopicAttributesCommand({ TopicArn, AttributeName: "DeliveryPolicy", AttributeValue }),
      );
      await publish(TopicArn, "m");
      expect((await endpoint.at(0)).headers["content-type"]).toBe("application/json");
    });

    test("that opens the link to unsubscribe can get its subscription back", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const arn = await confirmed(TopicArn, endpoint);
      await publish(TopicArn, "first");
      const { UnsubscribeURL } = JSON.parse((await endpoint.at(0)).body);
      const response = await fetch(UnsubscribeURL);
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining("<UnsubscribeResponse"),
      ]);
      expect((await refusal(get(arn)))[0]).toBe("NotFoundException");
      await publish(TopicArn, "to nobody");
      const { headers, body } = await endpoint.at(1);
      expect(headers).toMatchObject({
        "x-amz-sns-message-type": "UnsubscribeConfirmation",
        "x-amz-sns-subscription-arn": arn,
      });
      const message = JSON.parse(body);
      expect(message).toMatchObject({
        Type: "UnsubscribeConfirmation",
        Message:
          `You have chosen to deactivate subscription ${arn}.\n` +
          "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
      });
      await fetch(message.SubscribeURL);
      await publish(TopicArn, "again");
      expect(JSON.parse((await endpoint.at(2)).body).Message).toBe("again");
    });
  });

  describe("a delivery that fails", () => {
    test.each([
      ["with status 500", 500],
      ["with status 429", 429],
    ])(
      "%s is tried again every 20 s, three times, then goes to the dead-letter queue",
      async (name, code) => {
        const TopicArn = await newTopic(nodes());
        const dead = `${QUEUE_ARN}:dead-http-${name.at(-3)}${code}`;
        const endpoint = await open();
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead });
        await confirmed(TopicArn, endpoint, { RedrivePolicy });
        endpoint.answering(status(code));
        await publish(TopicArn, "m");
        for (let attempt = 1; attempt <= 4; attempt++) {
          await endpoint.at(attempt - 1);
          await settled();
          expect(await deadLetters(dead)).toHaveLength(attempt === 4 ? 1 : 0);
          nodes().clock.advance(19_999);
          await settled();
          expect(endpoint.received).toHaveLength(attempt);
          nodes().clock.advance(1);
        }
        await settled();
        expect(endpoint.received).toHaveLength(4);
        expect(new Set(endpoint.received.map(({ body }) => body)).size).toBe(1);
        expect(await deadLetters(dead)).toEqual(["m"]);
      },
    );

    test("because nobody listens is tried again, and succeeds then", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      await confirmed(TopicArn, endpoint);
      endpoint.answering((response) => void response.destroy());
      await publish(TopicArn, "m");
      await endpoint.at(0);
      await settled();
      endpoint.answering(status(204));
      nodes().clock.advance(20_000);
      await endpoint.at(1);
      await settled();
      nodes().clock.advance(60_000);
      await settled();
      expect(endpoint.received).toHaveLength(2);
    });

    test.each([400, 404, 301])("with status %s goes to the dead-letter queue at once", async (code) => {
      const TopicArn = await newTopic(nodes());
      const dead = `${QUEUE_ARN}:dead-http-${code}`;
      const endpoint = await open();
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead });
      await confirmed(TopicArn, endpoint, { RedrivePolicy, RawMessageDelivery: "true" });
      endpoint.answering(status(code));
      await publish(TopicArn, '{"Message":"raw"}');
      await endpoint.at(0);
      await settled();
      expect(await deadLetters(dead)).toEqual(["raw"]);
      expect(endpoint.received).toHaveLength(1);
    });

    test("is tried again as its policy says", async () => {
      const TopicArn = await newTopic(nodes());
      const endpoint = await open();
      const DeliveryPolicy = JSON.stringify({
        healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 5, numRetries: 2, numNoDelayRetries: 1 },
      });
      await confirmed(TopicArn, endpoint, { DeliveryPolicy });
      endpoint.answering(status(503));
      await publish(TopicArn, "m");
      await endpoint.at(1);
      await settled();
      nodes().clock.advance(1_000);
      await endpoint.at(2);
      await settled();
      nodes().clock.advance(3_600_000);
      await settled();
      expect(endpoint.received).toHaveLength(3);
    });

    test("holds up no other endpoint", async () => {
      const TopicArn = await newTopic(nodes());
      const slow = await open();
      const quick = await open();
      await confirmed(TopicArn, slow);
      await confirmed(TopicArn, quick);
      const held: (() => void)[] = [];
      slow.answering((response) => void held.push(() => void response.end()));
      for (let i = 0; i < 300; i++) await publish(TopicArn, `${i}`);
      await quick.at(299);
      for (let done = 0; done < 300; ) {
        await until(() => held.length > 0);
        done += held.length;
        for (const answer of held.splice(0)) answer();
      }
      await settled();
      expect(slow.received).toHaveLength(300);
    });
  });

  test("endpoints that hang take no room from other work of their node", async () => {
    const TopicArn = await newTopic(nodes());
    const hanging = await open();
    for (let i = 0; i < 300; i++) {
      hanging.received.length = 0;
      await subscribe(nodes(), TopicArn, `${hanging.url}/${i}`);
      const { SubscribeURL } = JSON.parse((await hanging.at(0)).body);
      expect((await fetch(SubscribeURL)).status).toBe(200);
    }
    await settled();
    hanging.received.length = 0;
    const held: (() => void)[] = [];
    hanging.answering((response) => void held.push(() => void response.end()));
    await publish(TopicArn, "to all");
    await publish(TopicArn, "to all again");
    const startedMs = performance.now();
    await until(() => hanging.received.length === 600);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const other = await open();
    const otherArn = await newTopic(nodes());
    await confirmed(otherArn, other);
    await publish(otherArn, "quick");
    await other.at(0);
    expect(held).toHaveLength(600);
    for (const answer of held.splice(0)) answer();
    await settled();
  });

  test("an endpoint gets no more messages in a second than its policy says", async () => {
    const TopicArn = await newTopic(nodes());
    const endpoint = await open();
    const DeliveryPolicy = JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 1 } });
    await confirmed(TopicArn, endpoint, { DeliveryPolicy });
    nodes().clock.advance(1_000);
    for (const message of ["1", "2", "3", "4", "5"]) await publish(TopicArn, message);
    const least = nodes().nodes.length;
    for (let second = 1; endpoint.received.length < 5; second++) {
      await settled();
      // Every node counts for itself.
      expect(endpoint.received.length).toBeLessThanOrEqual(second * least);
      nodes().clock.advance(1_000);
    }
    await settled();
    expect(endpoint.received.map(({ body }) => JSON.parse(body).Message).toSorted()).toEqual([
      ...["1", "2", "3", "4", "5"],
    ]);
  });
});
