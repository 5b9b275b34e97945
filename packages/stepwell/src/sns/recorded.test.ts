import { ListSubscriptionsByTopicCommand, PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import type { SnsNodes } from "./fixtures/sns-nodes.ts";
import { newTopic, refusal } from "./fixtures/topics.ts";

onBothStores((nodes: () => SnsNodes) => {
  /** What `curl http://…/_stepwell/notifications?…` says. */
  const recorded = async (query: Record<string, string>) => {
    const response = await fetch(`${nodes().url}/_stepwell/notifications?${new URLSearchParams(query)}`);
    return [response.status, await response.json()] as [
      number,
      { Notifications: Record<string, string>[]; NextToken?: string; message?: string },
    ];
  };
  const of = async (Endpoint: string) => (await recorded({ Endpoint }))[1].Notifications;

  test("an SMS to a phone is recorded and shown in the log, not sent", async () => {
    const PhoneNumber = "+33000000001";
    const { MessageId } = await nodes().sns.send(
      new PublishCommand({ PhoneNumber, Message: "Your code: 7" }),
    );
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await of(PhoneNumber)).toEqual([
      {
        ...{ NotificationId: expect.any(String), At: expect.any(Number) },
        ...{ Protocol: "sms", Endpoint: PhoneNumber, Message: "Your code: 7" },
      },
    ]);
    expect(nodes().lines).toContainEqual({
      level: "info",
      message: "an SMS was recorded, not sent",
      fields: expect.objectContaining({ to: PhoneNumber, text: "Your code: 7" }),
    });
  });

  test("a topic's phones get its messages", async () => {
    const TopicArn = await newTopic(nodes());
    for (const Endpoint of ["+33000000002", "+33000000003"]) {
      await nodes().sns.send(new SubscribeCommand({ TopicArn, Protocol: "sms", Endpoint }));
    }
    const Message = JSON.stringify({ default: "long", sms: "short" });
    await nodes().sns.send(new PublishCommand({ TopicArn, Message, MessageStructure: "json" }));
    for (const Endpoint of ["+33000000002", "+33000000003"]) {
      expect(await of(Endpoint)).toMatchObject([{ Protocol: "sms", TopicArn, Message: "short" }]);
    }
  });

  describe("an e-mail", () => {
    test("asks for a confirmation first, whose link is recorded", async () => {
      const TopicArn = await newTopic(nodes());
      const Endpoint = "ann@example.com";
      const subscribe = new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint });
      expect((await nodes().sns.send(subscribe)).SubscriptionArn).toBe("pending confirmation");
      const { Subscriptions } = await nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      expect(Subscriptions).toEqual([
        {
          ...{ SubscriptionArn: "PendingConfirmation", Owner: "000000000000" },
          ...{ Protocol: "email", Endpoint, TopicArn },
        },
      ]);
      await nodes().sns.send(new PublishCommand({ TopicArn, Message: "too early" }));
      const [asked, ...others] = await of(Endpoint);
      expect(others).toEqual([]);
      expect(asked).toMatchObject({ Subject: "AWS Notification - Subscription Confirmation" });
      expect((await fetch(asked!.SubscribeURL!)).status).toBe(200);
      await nodes().sns.send(new PublishCommand({ TopicArn, Subject: "Hello", Message: "in time" }));
      expect(await of(Endpoint)).toMatchObject([
        { Subject: "Hello", Message: "in time" },
        { Protocol: "email" },
      ]);
    });

    test("as JSON is the envelope", async () => {
      const TopicArn = await newTopic(nodes());
      const Endpoint = "json@example.com";
      await nodes().sns.send(new SubscribeCommand({ TopicArn, Protocol: "email-json", Endpoint }));
      await fetch((await of(Endpoint))[0]!.SubscribeURL!);
      await nodes().sns.send(new PublishCommand({ TopicArn, Message: "m" }));
      const [{ Message }] = (await of(Endpoint)) as [{ Message: string }];
      expect(JSON.parse(Message)).toMatchObject({ Type: "Notification", TopicArn, Message: "m" });
    });
  });

  test("what was recorded is listed in pages, the latest first, for a fortnight", async () => {
    const PhoneNumber = "+33000000004";
    for (const Message of ["1", "2", "3"]) {
      await nodes().sns.send(new PublishCommand({ PhoneNumber, Message }));
      nodes().clock.advance(1);
    }
    const query = { Endpoint: PhoneNumber, Protocol: "sms", MaxItems: "2" };
    const [, first] = await recorded(query);
    const [, second] = await recorded({ ...query, NextToken: first.NextToken! });
    expect([first, second].map((page) => page.Notifications.map(({ Message }) => Message))).toEqual([
      ...[["3", "2"], ["1"]],
    ]);
    expect(second.NextToken).toBeUndefined();
    expect((await recorded({ ...query, MaxItems: "0" }))[0]).toBe(400);
    expect((await recorded({ ...query, NextToken: "garbage" }))[0]).toBe(400);
    nodes().clock.advance(14 * 86_400_000);
    await nodes().sns.send(new PublishCommand({ PhoneNumber: "+33000000005", Message: "later" }));
    expect(await of(PhoneNumber)).toEqual([]);
  });

  test("an empty SMS is refused, and not recorded", async () => {
    const before = await nodes().stored();
    const command = new PublishCommand({ PhoneNumber: "+33000000006", Message: "" });
    expect(await refusal(nodes().sns.send(command))).toEqual([
      ...["InvalidParameterException", 400, "Invalid parameter: Empty message"],
    ]);
    expect(await nodes().stored()).toEqual(before);
  });
});
