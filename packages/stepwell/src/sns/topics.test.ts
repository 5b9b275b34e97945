import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { onBothStores } from "./fixtures/both-stores.ts";
import { QUEUE_ARN, type SnsNodes, TOPIC_ARN } from "./fixtures/sns-nodes.ts";
import { newTopic, refusal, subscribe } from "./fixtures/topics.ts";

const invalid = (text: string) => ["InvalidParameterException", 400, `Invalid parameter: ${text}`];

onBothStores((nodes: () => SnsNodes) => {
  const create = (input: ConstructorParameters<typeof CreateTopicCommand>[0]) =>
    nodes().sns.send(new CreateTopicCommand(input));
  const set = (TopicArn: string, AttributeName: string, AttributeValue: string) =>
    nodes().sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
  const attributes = async (TopicArn: string) =>
    (await nodes().sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes!;

  describe("a topic", () => {
    test("has AWS's attributes", async () => {
      const { TopicArn } = await create({ Name: "plain" });
      expect(TopicArn).toBe(`${TOPIC_ARN}:plain`);
      const { Policy, EffectiveDeliveryPolicy, ...others } = await attributes(TopicArn!);
      expect(others).toEqual({
        ...{ TopicArn, Owner: "000000000000", DisplayName: "" },
        ...{ SubscriptionsPending: "0", SubscriptionsConfirmed: "0", SubscriptionsDeleted: "0" },
      });
      expect(JSON.parse(EffectiveDeliveryPolicy!)).toEqual({
        http: {
          defaultHealthyRetryPolicy: {
            ...{ minDelayTarget: 20, maxDelayTarget: 20, numRetries: 3, numMaxDelayRetries: 0 },
            ...{ numNoDelayRetries: 0, numMinDelayRetries: 0, backoffFunction: "linear" },
          },
          disableSubscriptionOverrides: false,
          defaultRequestPolicy: { headerContentType: "text/plain; charset=UTF-8" },
        },
      });
      expect(JSON.parse(Policy!)).toEqual({
        ...{ Version: "2008-10-17", Id: "__default_policy_ID" },
        Statement: [
          {
            ...{ Sid: "__default_statement_ID", Effect: "Allow", Principal: { AWS: "*" } },
            Action: [
              ...["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission"],
              ...["SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe"],
              ...["SNS:ListSubscriptionsByTopic", "SNS:Publish"],
            ],
            Resource: TopicArn,
            Condition: { StringEquals: { "AWS:SourceOwner": "000000000000" } },
          },
        ],
      });
    });

    test("that is FIFO says so", async () => {
      const Attributes = { DisplayName: "Test", SignatureVersion: "2", FifoTopic: "true" };
      const { TopicArn } = await create({ Name: "ordered.fifo", Attributes });
      expect(await attributes(TopicArn!)).toMatchObject({
        ...Attributes,
        ContentBasedDeduplication: "false",
      });
    });

    test("can be created again, unless it differs", async () => {
      const Tags = [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ];
      const { TopicArn } = await create({ Name: "again", Tags });
      await set(TopicArn!, "DisplayName", "Set");
      for (const given of [Tags, [Tags[0]!], []]) {
        expect(await create({ Name: "again", Tags: given })).toMatchObject({ TopicArn });
      }
      expect(await create({ Name: "again" })).toMatchObject({ TopicArn });
      expect(await attributes(TopicArn!)).toMatchObject({ DisplayName: "Set" });
      expect(await refusal(create({ Name: "again", Tags: [{ Key: "c", Value: "3" }] }))).toEqual(
        invalid("Tags Reason: Topic already exists with different tags"),
      );
      expect(await refusal(create({ Name: "again", Attributes: { DisplayName: "Other" } }))).toEqual(
        invalid("Attributes Reason: Topic already exists with different attributes"),
      );
    });

    test("created by twenty at once is one", async () => {
      const made = await Promise.all(Array.from({ length: 20 }, () => create({ Name: "raced" })));
      expect(new Set(made.map(({ TopicArn }) => TopicArn)).size).toBe(1);
    });

    test("that is deleted is gone with its subscriptions, and deleting it again is no error", async () => {
      const TopicArn = await newTopic(nodes());
      await subscribe(nodes(), TopicArn, `${QUEUE_ARN}:q`);
      for (let i = 0; i < 2; i++) await nodes().sns.send(new DeleteTopicCommand({ TopicArn }));
      const gone = ["NotFoundException", 404, "Topic does not exist"];
      expect(await refusal(attributes(TopicArn))).toEqual(gone);
      expect(await refusal(nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })))).toEqual(
        gone,
      );
      await create({ Name: TopicArn.split(":")[5], Tags: [{ Key: "new", Value: "1" }] });
      expect(await attributes(TopicArn)).toMatchObject({ SubscriptionsConfirmed: "0" });
    });

    test.each(["", "a".repeat(257), "bad:name", "bad!name", "bad name", "bad.name", "bad.fifo"])(
      "cannot be called %o",
      async (Name) => {
        expect(await refusal(create({ Name }))).toEqual(invalid("Topic Name"));
      },
    );

    test("that is FIFO has to be called so", async () => {
      const [code, status, text] = await refusal(create({ Name: "a", Attributes: { FifoTopic: "true" } }));
      expect([code, status]).toEqual(["InvalidParameterException", 400]);
      expect(text).toMatch(/^Invalid parameter: Fifo Topic names must end with \.fifo/);
      expect(await create({ Name: "b".repeat(256), Attributes: { FifoTopic: "false" } })).toMatchObject({
        TopicArn: `${TOPIC_ARN}:${"b".repeat(256)}`,
      });
    });

    test("belongs to its region", async () => {
      const west = nodes().client("us-west-2");
      const { TopicArn } = await west.send(new CreateTopicCommand({ Name: "western" }));
      expect(TopicArn).toBe("arn:aws:sns:us-west-2:000000000000:western");
      const { Topics } = await west.send(new ListTopicsCommand({}));
      west.destroy();
      expect(Topics).toEqual([{ TopicArn }]);
      for (const call of [
        attributes(TopicArn!),
        set(TopicArn!, "DisplayName", "x"),
        nodes().sns.send(new DeleteTopicCommand({ TopicArn })),
        nodes().sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })),
        subscribe(nodes(), TopicArn!, `${QUEUE_ARN}:q`),
      ]) {
        expect(await refusal(call)).toEqual(invalid("TopicArn"));
      }
    });

    test("of another account is nobody's here", async () => {
      const TopicArn = TOPIC_ARN.replace("000000000000", "111111111111").concat(":theirs");
      expect(await refusal(attributes(TopicArn))).toEqual([
        "AuthorizationErrorException",
        403,
        "User: arn:aws:iam::000000000000:root is not authorized to perform: SNS:GetTopicAttributes on resource: " +
          TopicArn,
      ]);
    });
  });

  test("topics are listed a hundred at a time", async () => {
    const north = nodes().client("eu-north-1");
    const names = Array.from({ length: 120 }, (_, i) => `paged-${i}`);
    await Promise.all(names.map((Name) => north.send(new CreateTopicCommand({ Name }))));
    const first = await north.send(new ListTopicsCommand({}));
    const second = await north.send(new ListTopicsCommand({ NextToken: first.NextToken }));
    const garbage = await refusal(north.send(new ListTopicsCommand({ NextToken: "garbage" })));
    north.destroy();
    expect([first.Topics!.length, second.Topics!.length]).toEqual([100, 20]);
    expect(second.NextToken).toBeUndefined();
    expect(new Set([...first.Topics!, ...second.Topics!].map(({ TopicArn }) => TopicArn)).size).toBe(120);
    expect(garbage).toEqual(invalid("NextToken"));
  });

  describe("an attribute", () => {
    test.each([
      ["FifoTopic", "false", "AttributeName"],
      ["Shape", "round", "AttributeName"],
      ["SignatureVersion", "3", "SignatureVersion: Invalid value [3]. Must be 1 or 2."],
      ["DisplayName", "x".repeat(101), "DisplayName: must be at most 100 characters long"],
      ["ContentBasedDeduplication", "true", "ContentBasedDeduplication: only FIFO topics have it"],
      ["Policy", "{", "Policy Error: null"],
      ["DeliveryPolicy", "[]", "DeliveryPolicy: policy must be an object"],
      ["DeliveryPolicy", '{"http":{"speed":1}}', "DeliveryPolicy: unknown field http.speed"],
      [
        "DeliveryPolicy",
        '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}',
        "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100",
      ],
      [
        "DeliveryPolicy",
        '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30}}}',
        "DeliveryPolicy: http.defaultHealthyRetryPolicy.minDelayTarget must be less than or equal to " +
          "http.defaultHealthyRetryPolicy.maxDelayTarget",
      ],
      [
        "DeliveryPolicy",
        '{"http":{"defaultRequestPolicy":{"headerContentType":"text/plain\\r\\nx: y"}}}',
        "DeliveryPolicy: http.defaultRequestPolicy.headerContentType is not a valid content type",
      ],
    ])("%s cannot be %o", async (name, value, text) => {
      const TopicArn = await newTopic(nodes());
      const before = await nodes().stored();
      expect(await refusal(set(TopicArn, name, value))).toEqual(invalid(text));
      expect(await nodes().stored()).toEqual(before);
    });

    test("DeliveryPolicy is shown as it was set and as it works, until it is taken away", async () => {
      const TopicArn = await newTopic(nodes());
      const shown = async () => {
        const { DeliveryPolicy, EffectiveDeliveryPolicy } = await attributes(TopicArn);
        return [DeliveryPolicy && JSON.parse(DeliveryPolicy), JSON.parse(EffectiveDeliveryPolicy!).http];
      };
      const retries = { minDelayTarget: 5, maxDelayTarget: 6, numRetries: 1 };
      await set(TopicArn, "DeliveryPolicy", JSON.stringify({ http: { defaultHealthyRetryPolicy: retries } }));
      const [own, effective] = await shown();
      expect(own).toEqual({
        http: { defaultHealthyRetryPolicy: retries, disableSubscriptionOverrides: false },
      });
      expect(effective.defaultHealthyRetryPolicy).toEqual({
        ...retries,
        ...{ numMaxDelayRetries: 0, numNoDelayRetries: 0, numMinDelayRetries: 0, backoffFunction: "linear" },
      });
      await set(TopicArn, "DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":null}}');
      expect((await shown())[0]).toEqual({ http: { disableSubscriptionOverrides: false } });
      await set(TopicArn, "DeliveryPolicy", "");
      const [none, byDefault] = await shown();
      expect(none).toBeUndefined();
      expect(byDefault.defaultHealthyRetryPolicy.numRetries).toBe(3);
    });

    test("ArchivePolicy is refused by its name", async () => {
      const call = create({
        Name: "archive.fifo",
        Attributes: { FifoTopic: "true", ArchivePolicy: '{"MessageRetentionPeriod":"30"}' },
      });
      const [code, status, text] = await refusal(call);
      expect([code, status]).toEqual(["NotSupportedException", 501]);
      expect(text).toContain("ArchivePolicy");
    });
  });

  test("tags are put, changed and taken away", async () => {
    const ResourceArn = await newTopic(nodes());
    const tag = (Tags: { Key: string; Value: string }[]) =>
      nodes().sns.send(new TagResourceCommand({ ResourceArn, Tags }));
    const listed = async () => (await nodes().sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
    const twice = ["k1", "k2", "k2"].map((Key) => ({ Key, Value: "v" }));
    expect(await refusal(tag(twice))).toEqual(invalid("Duplicated keys are not allowed."));
    await tag([
      { Key: "k1", Value: "v1" },
      { Key: "k2", Value: "v2" },
    ]);
    await nodes().sns.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["k1"] }));
    await tag([{ Key: "k2", Value: "v2b" }]);
    expect(await listed()).toEqual([{ Key: "k2", Value: "v2b" }]);
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `m${i}`, Value: "v" }));
    expect((await refusal(tag(many)))[0]).toBe("TagLimitExceededException");
    const missing = new ListTagsForResourceCommand({ ResourceArn: `${TOPIC_ARN}:nobody` });
    expect(await refusal(nodes().sns.send(missing))).toEqual([
      ...["ResourceNotFoundException", 404, "Resource does not exist"],
    ]);
  });

  test("permissions are added to the policy and removed from it", async () => {
    const TopicArn = await newTopic(nodes());
    const add = (Label: string, ActionName = ["Publish"]) =>
      nodes().sns.send(
        new AddPermissionCommand({ TopicArn, Label, AWSAccountId: ["111122223333"], ActionName }),
      );
    const labels = async () =>
      JSON.parse((await attributes(TopicArn)).Policy!).Statement.map(({ Sid }: { Sid: string }) => Sid);
    await add("partner");
    expect(JSON.parse((await attributes(TopicArn)).Policy!).Statement[1]).toEqual({
      ...{ Sid: "partner", Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" } },
      ...{ Action: "SNS:Publish", Resource: TopicArn },
    });
    expect(await refusal(add("partner"))).toEqual(invalid("Statement already exists"));
    expect(await refusal(add("other", ["Fly"]))).toEqual(
      invalid("Policy statement action out of service scope!"),
    );
    await nodes().sns.send(new RemovePermissionCommand({ TopicArn, Label: "partner" }));
    expect(await labels()).toEqual(["__default_statement_ID"]);
  });
});
