import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventBusCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { DEAD_LETTERS, FUNCTION, openEvents, QUEUE, refusal } from "./fixtures/event-bus.ts";

const arn = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;

onBothStores((open) => {
  test("every region has a default bus from the beginning, and it cannot be deleted", async () => {
    const { client, nodes } = await openEvents(open);
    const bus = await client.send(new DescribeEventBusCommand({}));
    expect(bus).toMatchObject({ Name: "default", Arn: arn("default") });
    expect((await client.send(new ListEventBusesCommand({}))).EventBuses).toHaveLength(1);
    const elsewhere = await nodes.call("events.DescribeEventBus", {}, { region: "eu-west-1" });
    expect(elsewhere.Arn).toBe("arn:aws:events:eu-west-1:000000000000:event-bus/default");
    expect(await refusal(nodes, () => client.send(new DeleteEventBusCommand({ Name: "default" })))).toBe(
      "ValidationException: Cannot delete event bus default.",
    );
  });

  test("a bus that is made again knows nothing of the rules of the one before", async () => {
    const { client, taken } = await openEvents(open);
    const make = async (source: string, Arn: string) => {
      await client.send(new CreateEventBusCommand({ Name: "orders" }));
      const EventPattern = JSON.stringify({ source: [source] });
      await client.send(new PutRuleCommand({ Name: "rule", EventBusName: "orders", EventPattern }));
      const target = { Rule: "rule", EventBusName: "orders", Targets: [{ Id: "1", Arn }] };
      await client.send(new PutTargetsCommand(target));
    };
    const put = async (Source: string) => {
      const entry = { EventBusName: "orders", Source, DetailType: "made", Detail: "{}" };
      // Once at each node.
      for (let i = 0; i < 2; i++) await client.send(new PutEventsCommand({ Entries: [entry] }));
    };
    await make("old", FUNCTION);
    await put("old");
    expect(await taken(FUNCTION)).toHaveLength(2);
    await client.send(new RemoveTargetsCommand({ Rule: "rule", EventBusName: "orders", Ids: ["1"] }));
    await client.send(new DeleteRuleCommand({ Name: "rule", EventBusName: "orders" }));
    await client.send(new DeleteEventBusCommand({ Name: "orders" }));
    await make("new", QUEUE);
    await put("old");
    await put("new");
    expect(await taken(FUNCTION)).toEqual([]);
    expect(await taken(QUEUE)).toHaveLength(2);
  });

  test("a bus is created, described, updated, listed by prefix and page, and deleted", async () => {
    const { client, nodes } = await openEvents(open);
    const settings = {
      Description: "orders",
      KmsKeyIdentifier: "key",
      DeadLetterConfig: { Arn: DEAD_LETTERS },
      LogConfig: { Level: "ERROR" as const, IncludeDetail: "FULL" as const },
    };
    const created = await client.send(new CreateEventBusCommand({ Name: "orders-1", ...settings }));
    expect(created).toMatchObject({ EventBusArn: arn("orders-1"), ...settings });
    const now = new Date(nodes.clock.now());
    const described = await client.send(new DescribeEventBusCommand({ Name: arn("orders-1") }));
    expect(described).toMatchObject({ ...settings, CreationTime: now, LastModifiedTime: now });
    nodes.clock.advance(5000);
    await client.send(new UpdateEventBusCommand({ Name: "orders-1", Description: "more" }));
    const updated = await client.send(new DescribeEventBusCommand({ Name: "orders-1" }));
    expect(updated).toMatchObject({
      ...{ ...settings, Description: "more", CreationTime: now },
      LastModifiedTime: new Date(now.getTime() + 5000),
    });
    for (const n of [2, 3]) await client.send(new CreateEventBusCommand({ Name: `orders-${n}` }));
    const list = { NamePrefix: "orders-", Limit: 2 };
    const first = await client.send(new ListEventBusesCommand(list));
    const rest = await client.send(new ListEventBusesCommand({ ...list, NextToken: first.NextToken }));
    expect([first, rest].map((page) => page.EventBuses!.map(({ Name }) => Name))).toEqual([
      ["orders-1", "orders-2"],
      ["orders-3"],
    ]);
    expect(rest.NextToken).toBeUndefined();
    await client.send(new DeleteEventBusCommand({ Name: "orders-1" }));
    await client.send(new DeleteEventBusCommand({ Name: "orders-1" }));
    expect(await refusal(nodes, () => client.send(new DescribeEventBusCommand({ Name: "orders-1" })))).toBe(
      "ResourceNotFoundException: Event bus orders-1 does not exist.",
    );
  });

  test("a name is taken once, and a bus with rules stays", async () => {
    const { client, nodes } = await openEvents(open);
    const create = (Name: string) => client.send(new CreateEventBusCommand({ Name }));
    await create("a");
    for (const name of ["a", "default"]) {
      expect(await refusal(nodes, () => create(name))).toBe(
        `ResourceAlreadyExistsException: Event bus ${name} already exists.`,
      );
    }
    expect(await refusal(nodes, () => create("a/b"))).toBe(
      "ValidationException: Event bus name must not contain '/'.",
    );
    await client.send(new PutRuleCommand({ Name: "r", EventBusName: "a", EventPattern: '{"a":[1]}' }));
    expect(await refusal(nodes, () => client.send(new DeleteEventBusCommand({ Name: "a" })))).toBe(
      "ValidationException: Event bus can't be deleted since it has rules.",
    );
  });

  test("statements are put and removed by their ids, or a whole policy is", async () => {
    const { client, nodes } = await openEvents(open);
    const permit = (StatementId: string, Principal: string) =>
      client.send(new PutPermissionCommand({ Action: "events:PutEvents", Principal, StatementId }));
    const policy = async () => {
      const { Policy } = await client.send(new DescribeEventBusCommand({}));
      return Policy === undefined ? undefined : JSON.parse(Policy);
    };
    const remove = (StatementId: string) => client.send(new RemovePermissionCommand({ StatementId }));
    await permit("all", "*");
    await permit("one", "111111111111");
    const statement = { Effect: "Allow", Action: "events:PutEvents", Resource: arn("default") };
    expect(await policy()).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Sid: "all", ...statement, Principal: "*" },
        { Sid: "one", ...statement, Principal: { AWS: "arn:aws:iam::111111111111:root" } },
      ],
    });
    await remove("all");
    expect((await policy()).Statement).toHaveLength(1);
    expect(await refusal(nodes, () => remove("all"))).toBe(
      "ResourceNotFoundException: Statement with the provided id does not exist.",
    );
    await client.send(new RemovePermissionCommand({ RemoveAllPermissions: true }));
    expect(await policy()).toBeUndefined();
    const whole = { Version: "2012-10-17", Statement: [{ Sid: "own", Effect: "Allow", Action: "events:*" }] };
    await client.send(new PutPermissionCommand({ Policy: JSON.stringify(whole) }));
    expect(await policy()).toEqual(whole);
    const unknown = () => client.send(new PutPermissionCommand({ EventBusName: "x", Policy: "{}" }));
    expect(await refusal(nodes, unknown)).toBe("ResourceNotFoundException: Event bus x does not exist.");
  });

  test("buses and rules have tags", async () => {
    const { client, nodes } = await openEvents(open);
    const Tags = [{ Key: "a", Value: "1" }];
    await client.send(new CreateEventBusCommand({ Name: "tagged", Tags }));
    const { RuleArn } = await client.send(
      new PutRuleCommand({ Name: "r", EventBusName: "tagged", EventPattern: '{"a":[1]}', Tags }),
    );
    for (const ResourceARN of [arn("tagged"), RuleArn!]) {
      await client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "b", Value: "2" }] }));
      const { Tags: all } = await client.send(new ListTagsForResourceCommand({ ResourceARN }));
      expect(all).toEqual([...Tags, { Key: "b", Value: "2" }]);
      await client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["b", "unknown"] }));
      const left = await client.send(new ListTagsForResourceCommand({ ResourceARN }));
      expect(left.Tags).toEqual(Tags);
    }
    const twice = { Name: "x", Tags: [...Tags, ...Tags] };
    expect(await refusal(nodes, () => client.send(new CreateEventBusCommand(twice)))).toBe(
      "ValidationException: Invalid parameter: Duplicated keys are not allowed.",
    );
    const list = (ResourceARN: string) => client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(await refusal(nodes, () => list(arn("x")))).toBe(
      "ResourceNotFoundException: Event bus x does not exist.",
    );
    const rule = "arn:aws:events:us-east-1:000000000000:rule/x";
    expect(await refusal(nodes, () => list(rule))).toBe(
      "ResourceNotFoundException: Rule x does not exist on EventBus default.",
    );
  });
});
