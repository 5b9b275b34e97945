import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { type OpenEventNodes, onBothStores } from "../testing/event-nodes.ts";

const DEFAULTS = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
};

onBothStores((open) => {
  test("a queue tells its attributes: those that were set, defaults, and what SQS knows of it", async () => {
    const { sqs, create, attributes, clock } = await openQueues(open);
    await create("orders", { VisibilityTimeout: "20" });
    const created = String(clock.now() / 1000);
    clock.advance(5_000);
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: "orders", Attributes: { DelaySeconds: "420" } }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "delayed" }));
    await sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "1", DelaySeconds: 0 }));
    await sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "2", DelaySeconds: 0 }));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: "orders" }));
    expect(await attributes("orders", "All")).toEqual({
      ...{ ...DEFAULTS, VisibilityTimeout: "20", DelaySeconds: "420" },
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesDelayed: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      CreatedTimestamp: created,
      LastModifiedTimestamp: String(clock.now() / 1000),
      QueueArn: "arn:aws:sqs:us-east-1:000000000000:orders",
    });
    expect(await attributes("orders", "VisibilityTimeout", "Policy")).toEqual({ VisibilityTimeout: "20" });
    expect(await attributes("orders")).toBeUndefined();
    await expect(attributes("orders", "Foobar" as QueueAttributeName)).rejects.toMatchObject({
      name: "InvalidAttributeName",
      message: "Unknown Attribute Foobar.",
    });
  });

  test("a FIFO queue has attributes of its own", async () => {
    const { create, attributes } = await openQueues(open);
    await create("orders.fifo", { FifoQueue: "True", ContentBasedDeduplication: "true" });
    expect(await attributes("orders.fifo", "All")).toMatchObject({
      ...DEFAULTS,
      FifoQueue: "true",
      ContentBasedDeduplication: "true",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    });
  });

  test("making a queue again changes nothing, and other attributes are refused", async () => {
    const { create, attributes } = await openQueues(open);
    const url = await create("orders", { VisibilityTimeout: "69", DelaySeconds: "1" });
    expect(path(await create("orders"))).toBe(path(url));
    expect(path(await create("orders", { DelaySeconds: "1" }))).toBe(path(url));
    await expect(create("orders", { VisibilityTimeout: "69", DelaySeconds: "2" })).rejects.toMatchObject({
      name: "QueueNameExists",
      message: "A queue already exists with the same name and a different value for attribute DelaySeconds",
    });
    expect(await attributes("orders", "DelaySeconds")).toEqual({ DelaySeconds: "1" });
    const made = await Promise.all(Array.from({ length: 6 }, () => create("raced")));
    expect(new Set(made.map(path)).size).toBe(1);
  });

  test("names and attributes that no queue can have are refused with AWS's words", async () => {
    const { sqs, create } = await openQueues(open);
    const standardName =
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    const unknown = (name: string) => ["InvalidAttributeName", `Unknown Attribute ${name}.`] as const;
    const invalid = (name: string, reason = "") =>
      ["InvalidAttributeValue", `Invalid value for the parameter ${name}.${reason}`] as const;
    const cases: [string, Record<string, string>, readonly [string, string]][] = [
      ["orders.fifo", {}, ["InvalidParameterValue", standardName]],
      ["no/slashes", {}, ["InvalidParameterValue", standardName]],
      ["x".repeat(81), {}, ["InvalidParameterValue", standardName]],
      ["", {}, ["InvalidParameterValue", "Queue name cannot be empty"]],
      [
        ...(["orders", { FifoQueue: "true" }] as const),
        [
          "InvalidParameterValue",
          "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length",
        ],
      ],
      ["orders", { FifoQueue: "false" }, unknown("FifoQueue")],
      ["orders", { ContentBasedDeduplication: "false" }, unknown("ContentBasedDeduplication")],
      ["orders", { QueueArn: "x" }, unknown("QueueArn")],
      [
        ...(["orders", { DeduplicationScope: "queue" }] as const),
        [
          "InvalidAttributeName",
          "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ],
      ],
      [
        ...(["orders", { FifoThroughputLimit: "perQueue" }] as const),
        [
          "InvalidAttributeName",
          "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ],
      ],
      ["orders", { VisibilityTimeout: "43201" }, invalid("VisibilityTimeout")],
      ["orders", { VisibilityTimeout: "-1" }, invalid("VisibilityTimeout")],
      ["orders", { DelaySeconds: "901" }, invalid("DelaySeconds")],
      ["orders", { DelaySeconds: "1.5" }, invalid("DelaySeconds")],
      ["orders", { MaximumMessageSize: "1023" }, invalid("MaximumMessageSize")],
      ["orders", { MaximumMessageSize: "1048577" }, invalid("MaximumMessageSize")],
      ["orders", { MessageRetentionPeriod: "59" }, invalid("MessageRetentionPeriod")],
      ["orders", { ReceiveMessageWaitTimeSeconds: "21" }, invalid("ReceiveMessageWaitTimeSeconds")],
      ["orders", { KmsDataKeyReusePeriodSeconds: "59" }, invalid("KmsDataKeyReusePeriodSeconds")],
      ["orders", { SqsManagedSseEnabled: "perhaps" }, invalid("SqsManagedSseEnabled")],
      ["orders", { Policy: "[]" }, invalid("Policy")],
      [
        "orders",
        { Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}' },
        invalid("Policy"),
      ],
      [
        ...(["orders.fifo", { FifoQueue: "true", FifoThroughputLimit: "perMessageGroupId" }] as const),
        invalid(
          "FifoThroughputLimit",
          " Reason: The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        ),
      ],
      [
        ...(["orders", { SqsManagedSseEnabled: "true", KmsMasterKeyId: "alias/aws/sqs" }] as const),
        [
          "InvalidAttributeName",
          "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
        ],
      ],
    ];
    for (const [QueueName, Attributes, [name, message]] of cases) {
      await expect(sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).rejects.toMatchObject({
        name,
        message,
      });
    }
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toBeUndefined();
    await create("orders");
    await create("orders.fifo", { FifoQueue: "true" });
    const set = (QueueUrl: string, Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    await expect(set("orders", { FifoQueue: "true" })).rejects.toMatchObject({
      message: "Unknown Attribute FifoQueue.",
    });
    await set("orders.fifo", { FifoQueue: "true" });
    await expect(set("orders.fifo", { FifoQueue: "false" })).rejects.toMatchObject({
      name: "InvalidAttributeValue",
      message: "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    });
    await expect(set("orders", {})).rejects.toMatchObject({
      message: "The request must contain the parameter Attribute.Name.",
    });
  });

  test("one kind of encryption ends the other, and defaults are shown once there is a key", async () => {
    const { sqs, create, attributes } = await openQueues(open);
    await create("orders");
    const shown = () =>
      attributes("orders", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds");
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: "orders", Attributes }));
    await set({ KmsMasterKeyId: "key" });
    expect(await shown()).toEqual({
      ...{ SqsManagedSseEnabled: "false", KmsMasterKeyId: "key", KmsDataKeyReusePeriodSeconds: "300" },
    });
    await set({ KmsMasterKeyId: "", KmsDataKeyReusePeriodSeconds: "300" });
    expect(await shown()).toEqual({ SqsManagedSseEnabled: "false" });
    await set({ KmsMasterKeyId: "key", KmsDataKeyReusePeriodSeconds: "6000" });
    await set({ SqsManagedSseEnabled: "true" });
    expect(await shown()).toEqual({ SqsManagedSseEnabled: "true" });
  });

  test("queues are listed by name, with a prefix and page by page, and found by name", async () => {
    const { sqs, create } = await openQueues(open);
    for (const name of ["b", "a-1", "a-3", "a-2"]) await create(name);
    const list = async (input: object) => {
      const { QueueUrls, NextToken } = await sqs.send(new ListQueuesCommand(input));
      return { names: QueueUrls?.map((url) => url.split("/").at(-1)), NextToken };
    };
    expect((await list({})).names).toEqual(["a-1", "a-2", "a-3", "b"]);
    expect(await list({ QueueNamePrefix: "none" })).toEqual({ names: undefined, NextToken: undefined });
    const first = await list({ QueueNamePrefix: "a-", MaxResults: 2 });
    expect(first).toEqual({ names: ["a-1", "a-2"], NextToken: expect.any(String) });
    expect(await list({ QueueNamePrefix: "a-", MaxResults: 2, NextToken: first.NextToken })).toEqual({
      names: ["a-3"],
      NextToken: undefined,
    });
    await expect(list({ MaxResults: 1001 })).rejects.toMatchObject({
      message:
        "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    });
    await expect(list({ NextToken: "x" })).rejects.toMatchObject({
      message: "Invalid or expired next token.",
    });
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "b" }));
    expect(path(QueueUrl!)).toBe("/000000000000/b");
  });

  test("a deleted queue is gone with its messages, and another of its name is a new one", async () => {
    const { sqs, create, nodes, clock } = await openQueues(open);
    await create("orders");
    await sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "old" }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: "orders" }));
    const gone = {
      name: "QueueDoesNotExist",
      message: "The specified queue does not exist.",
      $metadata: { httpStatusCode: 400 },
    };
    await nodes.settle();
    for (let node = 0; node < 2; node++) {
      await expect(
        sqs.send(new SendMessageCommand({ QueueUrl: "orders", MessageBody: "x" })),
      ).rejects.toMatchObject(gone);
    }
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }))).rejects.toMatchObject(gone);
    await expect(sqs.send(new DeleteQueueCommand({ QueueUrl: "orders" }))).rejects.toMatchObject(gone);
    await expect(
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: "http://localhost/nowhere" })),
    ).rejects.toMatchObject({
      message: "The address http://localhost/nowhere is not valid for this endpoint.",
    });
    await create("orders");
    expect(await sqs.send(new ReceiveMessageCommand({ QueueUrl: "orders" }))).not.toHaveProperty("Messages");
    clock.advance(60_000);
    await nodes.settle();
  });

  test("nothing is sent into a queue that is gone, also where nobody was told of that", async () => {
    const { nodes, create } = await openQueues(open);
    const [here, there = here!] = nodes.nodes;
    const QueueUrl = await create("orders");
    const send = (node: typeof here, MessageBody: string) =>
      node!.call("sqs.SendMessage", { QueueUrl, MessageBody });
    for (const node of [here, there]) await send(node, "known here");
    // Whatever is said from now on is lost.
    for (const { options } of nodes.nodes) options.signals.send = () => {};
    await here!.call("sqs.DeleteQueue", { QueueUrl });
    await expect(send(there, "into nothing")).rejects.toMatchObject({ code: "QueueDoesNotExist" });
    await there.call("sqs.CreateQueue", { QueueName: "orders" });
    await send(here, "known here");
    await there.call("sqs.DeleteQueue", { QueueUrl });
    await there.call("sqs.CreateQueue", { QueueName: "orders" });
    const sent = await Promise.allSettled(["1", "2", "3", "4"].map((body) => send(here, body)));
    await send(here, "5");
    const accepted = 1 + sent.filter(({ status }) => status === "fulfilled").length;
    const { Messages = [] } = await there.call("sqs.ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    expect(Messages).toHaveLength(accepted);
  });

  test("tags are set, replaced, listed and taken away", async () => {
    const { sqs, create } = await openQueues(open);
    await sqs.send(new CreateQueueCommand({ QueueName: "tagged", tags: { a: "1", b: "2" } }));
    const list = async () => (await sqs.send(new ListQueueTagsCommand({ QueueUrl: "tagged" }))).Tags;
    expect(await list()).toEqual({ a: "1", b: "2" });
    await sqs.send(new TagQueueCommand({ QueueUrl: "tagged", Tags: { a: "3", A: "" } }));
    expect(await list()).toEqual({ a: "3", b: "2", A: "" });
    await sqs.send(new UntagQueueCommand({ QueueUrl: "tagged", TagKeys: ["a", "b", "A", "none"] }));
    expect(await list()).toBeUndefined();
    await create("tagged");
    await expect(
      sqs.send(new TagQueueCommand({ QueueUrl: "tagged", Tags: { "aws:mine": "x" } })),
    ).rejects.toMatchObject({ name: "InvalidParameterValue" });
    expect(await list()).toBeUndefined();
  });

  test("permissions become statements of the policy, and are taken away by their labels", async () => {
    const { sqs, create, attributes } = await openQueues(open);
    await create("orders");
    const add = (Label: string, AWSAccountIds: string[], Actions: string[]) =>
      sqs.send(new AddPermissionCommand({ QueueUrl: "orders", Label, AWSAccountIds, Actions }));
    await add("one", ["111111111111"], ["ReceiveMessage"]);
    await add("two", ["111111111111", "222222222222"], ["SendMessage", "DeleteMessage"]);
    const Resource = "arn:aws:sqs:us-east-1:000000000000:orders";
    const two = {
      ...{ Sid: "two", Effect: "Allow", Resource },
      Principal: { AWS: ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"] },
      Action: ["SQS:SendMessage", "SQS:DeleteMessage"],
    };
    const policy = async () => JSON.parse((await attributes("orders", "Policy"))!.Policy!);
    expect(await policy()).toEqual({
      Version: "2008-10-17",
      Id: `${Resource}/SQSDefaultPolicy`,
      Statement: [
        {
          ...{ Sid: "one", Effect: "Allow", Resource, Action: "SQS:ReceiveMessage" },
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
        },
        two,
      ],
    });
    const refused: [Parameters<typeof add>, string][] = [
      [["one", ["222222222222"], ["*"]], "Value one for parameter Label is invalid. Reason: Already exists."],
      [
        ["three", ["222222222222"], ["Fly"]],
        "Value SQS:Fly for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions. ",
      ],
      [
        ["three", ["222222222222"], ["CreateQueue"]],
        "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.",
      ],
    ];
    for (const [input, message] of refused) await expect(add(...input)).rejects.toMatchObject({ message });
    const remove = (Label: string) => sqs.send(new RemovePermissionCommand({ QueueUrl: "orders", Label }));
    await remove("one");
    expect((await policy()).Statement).toEqual([two]);
    await remove("two");
    expect(await attributes("orders", "Policy")).toBeUndefined();
    await expect(remove("two")).rejects.toMatchObject({
      message: "Value two for parameter Label is invalid. Reason: can't find label.",
    });
  });

  test("a redrive policy names a queue that is there, of the same kind, and that allows it", async () => {
    const { sqs, create, attributes } = await openQueues(open);
    const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
    await create("dead");
    await create("dead.fifo", { FifoQueue: "true" });
    await create("closed", { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    await create("mine", {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arn("orders")] }),
    });
    const refused: [object, string][] = [
      [
        { deadLetterTargetArn: arn("dead") },
        "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
      ],
      [{ maxReceiveCount: 5 }, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."],
      [{ deadLetterTargetArn: "dummy", maxReceiveCount: 42 }, "Invalid value for deadLetterTargetArn."],
      [{ deadLetterTargetArn: arn("none"), maxReceiveCount: 5 }, "Dead letter target does not exist."],
      [
        { deadLetterTargetArn: arn("dead.fifo"), maxReceiveCount: 5 },
        "Dead-letter queue must be same type of queue as the source..",
      ],
      [
        { deadLetterTargetArn: arn("dead"), maxReceiveCount: 1001 },
        "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
      ],
      [
        { deadLetterTargetArn: arn("closed"), maxReceiveCount: 5 },
        "The dead-letter queue's redrive allow policy does not allow this source queue.",
      ],
    ];
    for (const [policy, reason] of refused) {
      const RedrivePolicy = JSON.stringify(policy);
      await expect(create("orders", { RedrivePolicy })).rejects.toMatchObject({
        name: "InvalidParameterValue",
        message: `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
      });
    }
    await expect(create("orders", { RedrivePolicy: "4" })).rejects.toMatchObject({
      name: "InvalidAttributeValue",
      message:
        "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
    });
    await expect(
      create("x", { RedriveAllowPolicy: '{"redrivePermission":"byQueue"}' }),
    ).rejects.toMatchObject({
      message: `Value {"redrivePermission":"byQueue"} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.`,
    });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn("mine"), maxReceiveCount: "5" });
    await create("orders", { RedrivePolicy });
    expect(await attributes("orders", "RedrivePolicy")).toEqual({ RedrivePolicy });
    const sources = async () => {
      const { queueUrls } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: "mine" }));
      return queueUrls?.map(path);
    };
    expect(await sources()).toEqual(["/000000000000/orders"]);
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: "orders", Attributes }));
    await set({ DelaySeconds: "5" });
    expect(await sources()).toEqual(["/000000000000/orders"]);
    await set({ RedrivePolicy: "" });
    expect(await attributes("orders", "RedrivePolicy")).toBeUndefined();
    expect(await sources()).toEqual([]);
  });
});

function path(url: string): string {
  return new URL(url).pathname;
}

async function openQueues(open: OpenEventNodes) {
  const nodes = await open();
  const sqs = nodes.client(SQSClient);
  return {
    ...{ nodes, sqs, clock: nodes.clock },
    create: async (QueueName: string, Attributes: Record<string, string> = {}) =>
      (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!,
    attributes: async (QueueUrl: string, ...AttributeNames: QueueAttributeName[]) =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes,
  };
}
