import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { FUNCTION, openEvents, QUEUE, refusal, TOPIC } from "./fixtures/event-bus.ts";

const EventPattern = '{"source":["shop"]}';

onBothStores((open) => {
  test("a rule is put, described, listed by prefix and page, and put again over itself", async () => {
    const { client } = await openEvents(open);
    await client.send(new CreateEventBusCommand({ Name: "shop" }));
    const of = { EventBusName: "shop" };
    const rule = {
      Name: "r1",
      EventPattern,
      Description: "all",
      RoleArn: "arn:aws:iam::000000000000:role/r",
    };
    const { RuleArn } = await client.send(new PutRuleCommand({ ...rule, ...of }));
    expect(RuleArn).toBe("arn:aws:events:us-east-1:000000000000:rule/shop/r1");
    const shown = { ...rule, Arn: RuleArn, EventBusName: "shop", State: "ENABLED" };
    const { $metadata: _, ...described } = await client.send(new DescribeRuleCommand({ Name: "r1", ...of }));
    expect(described).toEqual({ ...shown, CreatedBy: "000000000000" });
    for (const Name of ["r2", "r3", "s1"])
      await client.send(new PutRuleCommand({ Name, EventPattern, ...of }));
    const list = { NamePrefix: "r", Limit: 2, ...of };
    const first = await client.send(new ListRulesCommand(list));
    expect(first.Rules![0]).toEqual(shown);
    const rest = await client.send(new ListRulesCommand({ ...list, NextToken: first.NextToken }));
    expect([...first.Rules!, ...rest.Rules!].map(({ Name }) => Name)).toEqual(["r1", "r2", "r3"]);
    expect(rest.NextToken).toBeUndefined();

    await client.send(new PutTargetsCommand({ Rule: "r1", Targets: [{ Id: "f", Arn: FUNCTION }], ...of }));
    await client.send(new PutRuleCommand({ Name: "r1", EventPattern, State: "DISABLED", ...of }));
    const again = await client.send(new DescribeRuleCommand({ Name: "r1", ...of }));
    expect(again).toMatchObject({ State: "DISABLED" });
    expect(again.Description).toBeUndefined();
    const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: "r1", ...of }));
    expect(Targets).toEqual([{ Id: "f", Arn: FUNCTION }]);
  });

  test("what makes no rule is refused", async () => {
    const { client, nodes } = await openEvents(open);
    await client.send(new CreateEventBusCommand({ Name: "shop" }));
    await client.send(new ListRulesCommand({}));
    const refused = (input: Partial<PutRuleCommandInput>) =>
      refusal(nodes, () => client.send(new PutRuleCommand({ Name: "r", ...input })));
    expect(await refused({})).toBe(
      "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.",
    );
    expect(await refused({ EventPattern: '{"a": 1}' })).toBe(
      'InvalidEventPatternException: Event pattern is not valid. Reason: "a" must be an object or an array\n' +
        ' at [Source: (String)"{"a": 1}"; line: 1, column: 8]',
    );
    for (const ScheduleExpression of [
      "rate(10)",
      "rate(2 minute)",
      "cron(* * * * * *)",
      "at(2030-01-01T00:00:00)",
    ]) {
      expect(await refused({ ScheduleExpression })).toBe(
        "ValidationException: Parameter ScheduleExpression is not valid.",
      );
    }
    expect(await refused({ EventBusName: "shop", ScheduleExpression: "rate(1 minute)" })).toBe(
      "ValidationException: ScheduleExpression is supported only on the default event bus.",
    );
    expect(await refused({ EventBusName: "none", EventPattern })).toBe(
      "ResourceNotFoundException: Event bus none does not exist.",
    );
    expect(await refused({ Name: "a b", EventPattern })).toContain(
      "Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern",
    );
  });

  test("a rule that is switched off gets nothing until it is switched on", async () => {
    const { client, taken, nodes } = await openEvents(open);
    await client.send(new PutRuleCommand({ Name: "r", EventPattern }));
    await client.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "f", Arn: FUNCTION }] }));
    const put = () =>
      client.send(new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "d", Detail: "{}" }] }));
    await client.send(new DisableRuleCommand({ Name: "r" }));
    await put();
    expect(await taken()).toHaveLength(0);
    await client.send(new EnableRuleCommand({ Name: "r" }));
    await put();
    expect(await taken()).toHaveLength(1);
    for (const Command of [DisableRuleCommand, EnableRuleCommand, DescribeRuleCommand]) {
      // biome-ignore lint/suspicious/noExplicitAny: one client for commands of several types.
      expect(await refusal(nodes, () => client.send(new Command({ Name: "x" }) as any))).toBe(
        "ResourceNotFoundException: Rule x does not exist on EventBus default.",
      );
    }
  });

  describe("targets", () => {
    async function openRule() {
      const events = await openEvents(open);
      await events.client.send(new PutRuleCommand({ Name: "r", EventPattern }));
      const put = (...Targets: Target[]) => events.client.send(new PutTargetsCommand({ Rule: "r", Targets }));
      const refused = (target: object) =>
        refusal(events.nodes, () => put({ Id: "t", Arn: QUEUE, ...target }));
      return { ...events, put, refused };
    }

    test("are put, listed in their order and by page, found by their ARN, and removed", async () => {
      const { client, put, nodes } = await openRule();
      const all = ["c", "a", "b"].map((Id) => ({ Id, Arn: Id === "a" ? TOPIC : QUEUE }));
      const { FailedEntryCount, FailedEntries } = await put(...all);
      expect({ FailedEntryCount, FailedEntries }).toEqual({ FailedEntryCount: 0, FailedEntries: [] });
      const first = await client.send(new ListTargetsByRuleCommand({ Rule: "r", Limit: 2 }));
      const more = { Rule: "r", Limit: 2, NextToken: first.NextToken };
      const rest = await client.send(new ListTargetsByRuleCommand(more));
      expect([...first.Targets!, ...rest.Targets!]).toEqual(all);
      expect(rest.NextToken).toBeUndefined();
      const byTarget = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: TOPIC }));
      expect(byTarget.RuleNames).toEqual(["r"]);
      const byOther = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: FUNCTION }));
      expect(byOther.RuleNames).toEqual([]);

      expect(await refusal(nodes, () => client.send(new DeleteRuleCommand({ Name: "r" })))).toBe(
        "ValidationException: Rule can't be deleted since it has targets.",
      );
      const removed = await client.send(new RemoveTargetsCommand({ Rule: "r", Ids: ["a", "b", "c", "x"] }));
      expect(removed.FailedEntryCount).toBe(1);
      expect(removed.FailedEntries).toEqual([
        {
          TargetId: "x",
          ErrorCode: "ResourceNotFoundException",
          ErrorMessage: "Rule 'r' does not have a target with the Id 'x'.",
        },
      ]);
      await client.send(new DeleteRuleCommand({ Name: "r" }));
      await client.send(new DeleteRuleCommand({ Name: "r" }));
      expect(await refusal(nodes, () => put({ Id: "a", Arn: QUEUE }))).toBe(
        "ResourceNotFoundException: Rule r does not exist on EventBus default.",
      );
    });

    test("are five at most", async () => {
      const { put, nodes } = await openRule();
      const targets = Array.from({ length: 6 }, (_, i) => ({ Id: `t${i}`, Arn: QUEUE }));
      expect(await refusal(nodes, () => put(...targets))).toBe(
        "LimitExceededException: The requested resource exceeds the maximum number allowed.",
      );
      await put(...targets.slice(1));
      await put(...targets.slice(1));
      expect(await refusal(nodes, () => put(targets[0]!))).toContain("LimitExceededException");
    });

    test("that could never get an event are refused", async () => {
      const { refused } = await openRule();
      expect(await refused({ Arn: "queue" })).toBe(
        "ValidationException: Parameter queue is not valid. Reason: Provided Arn is not in correct format.",
      );
      expect(await refused({ Arn: `${QUEUE}.fifo` })).toBe(
        "ValidationException: Parameter(s) SqsParameters must be specified for target: t.",
      );
      expect(await refused({ Arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s" })).toContain(
        "NotSupportedException: Stepwell does not support targets of the service kinesis",
      );
      expect(await refused({ HttpParameters: {} })).toContain(
        "NotSupportedException: Stepwell does not support targets with HttpParameters",
      );
      expect(await refused({ Id: "!" })).toBe(
        "ValidationException: 1 validation error detected: Value '!' at 'targets.1.member.id' failed to satisfy " +
          "constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
      );
    });

    test("whose input makes no sense are refused", async () => {
      const { refused } = await openRule();
      const InputTransformer = { InputTemplate: "<a>", InputPathsMap: { a: "$.detail" } };
      expect(await refused({ InputPath: "$.detail", InputTransformer })).toBe(
        "ValidationException: Only one of Input, InputPath, or InputTransformer must be provided for target t.",
      );
      expect(await refused({ InputTransformer: { InputTemplate: '"<b> <aws.events.rule-name>"' } })).toBe(
        "ValidationException: InputTemplate for target t contains invalid placeholder b.",
      );
      expect(
        await refused({ InputTransformer: { ...InputTransformer, InputTemplate: "text <a>" } }),
      ).toContain("ValidationException: Invalid InputTemplate for target t : [Source: (String)");
      expect(await refused({ Input: "{" })).toContain(
        "ValidationException: JSON syntax error in input for target t: [Source: (String)",
      );
      expect(await refused({ InputPath: "detail" })).toBe(
        "ValidationException: InputPath for target t is invalid.",
      );
      const paths = { InputPathsMap: { a: "detail.a" }, InputTemplate: '"<a>"' };
      expect(await refused({ InputTransformer: paths })).toBe(
        "ValidationException: InputPath for target t is invalid.",
      );
    });

    test("have standard queues for dead letters, and nothing else", async () => {
      const { refused } = await openRule();
      const letters = (resource: string) => refused({ DeadLetterConfig: { Arn: `arn:aws:${resource}` } });
      expect(await letters("sns:us-east-1:000000000000:topic")).toBe(
        "ValidationException: sns is not supported as a dead letter resource",
      );
      expect(await letters("sqs:us-east-1:000000000000:dead.fifo")).toBe(
        "ValidationException: SQS FIFO is not supported by Dead Letter Queues",
      );
    });
  });

  test("patterns are tried on events without a rule", async () => {
    const { client, nodes } = await openEvents(open);
    const event = {
      ...{ id: "1", account: "0", source: "shop", time: "2030-01-01T00:00:00Z", region: "us-east-1" },
      "detail-type": "d",
    };
    const ask = (Event: string, pattern = EventPattern) =>
      client.send(new TestEventPatternCommand({ Event, EventPattern: pattern }));
    expect((await ask(JSON.stringify(event))).Result).toBe(true);
    expect((await ask(JSON.stringify({ ...event, source: "other" }))).Result).toBe(false);
    for (const Event of ["text", '"text"', "[]", "{}", JSON.stringify({ ...event, id: undefined })]) {
      expect(await refusal(nodes, () => ask(Event))).toBe(
        "ValidationException: Parameter Event is not valid.",
      );
    }
    expect(await refusal(nodes, () => ask(JSON.stringify(event), "{}"))).toContain(
      "InvalidEventPatternException: Event pattern is not valid. Reason: Empty objects are not allowed",
    );
  });

  test("what Stepwell does not have is refused by name", async () => {
    const { nodes } = await openEvents(open);
    const input = { Name: "a", ConnectionArn: "arn:aws:events:us-east-1:000000000000:connection/a/b" };
    const create = { ...input, InvocationEndpoint: "https://x", HttpMethod: "POST" };
    expect(await refusal(nodes, () => nodes.call("events.CreateApiDestination", create))).toContain(
      "Stepwell does not support API destinations (CreateApiDestination).",
    );
  });
});
