import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AwsError } from "../kernel/errors.ts";
import { gone, openServiceNodes, type ServiceNodes, STORES } from "../testing/service-nodes.ts";
import { DueThings } from "../time/due-things.ts";
import { createSchedulerService } from "./service.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:order";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders";
const DEAD = "arn:aws:sqs:us-east-1:000000000000:dead";
const ROLE = "arn:aws:iam::000000000000:role/scheduler";
const ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const sent: { QueueUrl: string; MessageBody: string }[] = [];

describe.each(STORES)("schedules on %s", (kind) => {
  let nodes: ServiceNodes;
  let client: SchedulerClient;
  beforeEach(async () => {
    sent.length = 0;
    nodes = await openServiceNodes(
      kind,
      (options) => [createSchedulerService(options)],
      (table) => {
        table.add("sqs", {
          async SendMessage(_, input) {
            if (input.QueueUrl.endsWith("gone")) throw gone();
            sent.push(input);
          },
        });
        const uncalled = async () => expect.fail("It was called.");
        table.add("sns", { Publish: uncalled });
        table.add("lambda", { Invoke: uncalled });
      },
    );
    client = new SchedulerClient(nodes.config);
  });
  afterEach(async () => {
    client.destroy();
    await nodes.close();
  });

  const inputOf = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
    Name: "s",
    ScheduleExpression: "at(2030-01-01T01:00:00)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{"order":7}' },
    ...more,
  });
  const create = (more: Partial<CreateScheduleCommandInput> = {}) =>
    client.send(new CreateScheduleCommand(inputOf(more)));
  const update = (more: Partial<CreateScheduleCommandInput> = {}) =>
    client.send(new UpdateScheduleCommand(inputOf(more)));
  const get = (Name = "s") => client.send(new GetScheduleCommand({ Name }));
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.fail("It was accepted."),
      (thrown) => thrown,
    );
    return { name: error.name, status: error.$metadata.httpStatusCode, message: error.message };
  };
  const missing = (message: string) => ({ name: "ResourceNotFoundException", status: 404, message });
  const invalid = (message: string) => ({ name: "ValidationException", status: 400, message });
  const times = async () =>
    (await nodes.delivered()).map(({ atMs }) => new Date(atMs).toISOString().slice(5, 16));

  test("a one-time schedule invokes its function once, at its time, with exactly its Input", async () => {
    expect((await create()).ScheduleArn).toBe(`${ARN}/default/s`);
    await nodes.advance(HOUR_MS - 1);
    expect(await nodes.delivered()).toEqual([]);
    await nodes.advance(1);
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await nodes.advance(24 * HOUR_MS);
    const [delivery, ...more] = await nodes.delivered();
    expect(more).toEqual([]);
    expect(delivery).toMatchObject({
      arn: FUNCTION,
      event: { payload: '{"order":7}', sourceArn: `${ARN}/default/s` },
      atMs: Date.UTC(2030, 0, 1, 1),
    });
    // It is kept unless it is to be deleted.
    expect(await get()).toMatchObject({ State: "ENABLED", ActionAfterCompletion: "NONE" });
  });

  test("a time that is past already is now, and the schedule is deleted when it is over, if it says so", async () => {
    await create({ ScheduleExpression: "at(2022-12-12T00:00:00)", ActionAfterCompletion: "DELETE" });
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await nodes.settle();
    expect(await refusal(get())).toEqual(missing("Schedule s does not exist."));
    // Its name is free again.
    await create({ ActionAfterCompletion: "DELETE" });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(2);
  });

  test("a rate begins at once, or at its StartDate, and ends with its EndDate", async () => {
    await create({ Name: "now", ScheduleExpression: "rate(20 minutes)" });
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await nodes.advance(40 * MINUTE_MS);
    expect(await times()).toEqual(["01-01T00:00", "01-01T00:20", "01-01T00:40"]);
    await client.send(new DeleteScheduleCommand({ Name: "now" }));
    await create({
      ...{ Name: "between", ScheduleExpression: "rate(1 days)", ActionAfterCompletion: "DELETE" },
      ...{ StartDate: new Date("2030-01-02T08:00:00Z"), EndDate: new Date("2030-01-03T20:00:00Z") },
    });
    await nodes.advance(5 * 24 * HOUR_MS);
    expect((await times()).slice(3)).toEqual(["01-02T08:00", "01-03T08:00"]);
    expect(await refusal(get("between"))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("a cron expression is read in its time zone", async () => {
    const ScheduleExpression = "cron(30 9 ? * MON-FRI *)";
    await create({ ScheduleExpression, ScheduleExpressionTimezone: "America/New_York" });
    await nodes.advance(6 * 24 * HOUR_MS);
    // The first of January 2030 is a Tuesday.
    const days = ["01", "02", "03", "04"].map((day) => `01-${day}T14:30`);
    expect(await times()).toEqual(days);
  });

  test("in a flexible window it goes off at a moment that is drawn once and kept", async () => {
    const FlexibleTimeWindow = { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: 60 };
    for (let i = 0; i < 5; i++) await create({ Name: `s${i}`, FlexibleTimeWindow });
    await nodes.advance(HOUR_MS - 1);
    expect(await nodes.delivered()).toEqual([]);
    await nodes.advance(HOUR_MS);
    const moments = (await nodes.delivered()).map(({ atMs }) => atMs - Date.UTC(2030, 0, 1, 1));
    expect(moments).toHaveLength(5);
    expect(new Set(moments).size).toBe(5);
    expect(moments.every((ms) => ms >= 0 && ms < HOUR_MS)).toBe(true);
  });

  test("a flexible window that is longer than the period leaves no time out", async () => {
    const FlexibleTimeWindow = { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: 15 };
    await create({ ScheduleExpression: "rate(5 minutes)", FlexibleTimeWindow });
    for (let minute = 0; minute < 60; minute++) await nodes.advance(MINUTE_MS);
    // Those of the first 45 minutes: at 0, 5, … 45.
    expect((await nodes.delivered()).length).toBeGreaterThanOrEqual(10);
  });

  test("context attributes in the Input are filled in; without an Input the target gets AWS's event", async () => {
    const Input =
      "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> " +
      "<aws.scheduler.execution-id> <aws.scheduler.other>";
    const group = { MessageGroupId: "g" };
    await create({ Target: { Arn: QUEUE, RoleArn: ROLE, Input, SqsParameters: group } });
    await create({ Name: "bare", Target: { Arn: QUEUE, RoleArn: ROLE } });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(2);
    const events = (await nodes.delivered()).map(({ event }) => event);
    const [filled, bare] = events[0]!.message ? events : events.reverse();
    expect(filled!.message).toEqual({ groupId: "g" });
    expect(filled!.payload).toMatch(
      new RegExp(`^${ARN}/default/s 2030-01-01T01:00:00Z 1 [0-9a-f]{16} <aws.scheduler.other>$`),
    );
    expect(JSON.parse(bare!.payload)).toEqual({
      ...{ version: "0", id: expect.any(String), "detail-type": "Scheduled Event", source: "aws.scheduler" },
      ...{ account: "000000000000", region: "us-east-1", time: "2030-01-01T01:00:00Z" },
      ...{ resources: [`${ARN}/default/bare`], detail: "{}" },
    });
  });

  test("an event bus gets an event with the source and detail type of the target", async () => {
    const Arn = "arn:aws:events:us-east-1:000000000000:event-bus/orders";
    const EventBridgeParameters = { Source: "shop", DetailType: "reminder" };
    await create({ Target: { Arn, RoleArn: ROLE, Input: '{"a":1}', EventBridgeParameters } });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    expect((await nodes.delivered())[0]).toMatchObject({
      arn: Arn,
      event: { payload: '{"a":1}', busEvent: { source: "shop", detailType: "reminder" } },
    });
  });

  test("a universal target is a call of that operation", async () => {
    const QueueUrl = "http://127.0.0.1:4566/000000000000/orders";
    const Input = JSON.stringify({
      QueueUrl,
      MessageBody: "<aws.scheduler.scheduled-time>",
      DelaySeconds: 5,
    });
    const Arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage";
    await create({ Target: { Arn, RoleArn: ROLE, Input } });
    await nodes.advance(HOUR_MS);
    await expect
      .poll(() => sent)
      .toEqual([{ QueueUrl, MessageBody: "2030-01-01T01:00:00Z", DelaySeconds: 5 }]);
    await nodes.advance(24 * HOUR_MS);
    expect(sent).toHaveLength(1);
  });

  test("a universal target that only sends is delivered in the schedule's own commit", async () => {
    const universal = async (operation: string, input: object) => {
      const Arn = `arn:aws:scheduler:::aws-sdk:${operation}`;
      const Name = operation.replace(":", "-");
      await create({ Name, Target: { Arn, RoleArn: ROLE, Input: JSON.stringify(input) } });
    };
    const MessageAttributes = { kind: { DataType: "String", StringValue: "x" } };
    await universal("sqs:sendMessage", {
      ...{ QueueUrl: "https://sqs.eu-west-1.amazonaws.com/000000000000/q.fifo", MessageBody: "one" },
      ...{ MessageGroupId: "g", MessageDeduplicationId: "d", MessageAttributes },
    });
    const topic = "arn:aws:sns:us-east-1:000000000000:news";
    await universal("sns:publish", { TopicArn: topic, Message: "two", Subject: "s" });
    await universal("lambda:invoke", { FunctionName: "order", InvocationType: "Event", Payload: '{"a":1}' });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(3);
    expect(sent).toEqual([]);
    const deliveries = (await nodes.delivered()).map(({ arn, event }) => {
      const { sourceArn: _, ...rest } = event;
      return [arn, rest];
    });
    expect(Object.fromEntries(deliveries)).toEqual({
      "arn:aws:sqs:eu-west-1:000000000000:q.fifo": {
        payload: "one",
        message: {
          ...{ groupId: "g", deduplicationId: "d" },
          attributes: { kind: { dataType: "String", stringValue: "x" } },
        },
      },
      [topic]: { payload: "two", message: { subject: "s" } },
      [FUNCTION]: { payload: '{"a":1}' },
    });
  });

  test("a function is not handed what is no JSON", async () => {
    const RetryPolicy = { MaximumRetryAttempts: 0 };
    await create({
      Target: { Arn: FUNCTION, RoleArn: ROLE, Input: "x", RetryPolicy, DeadLetterConfig: { Arn: DEAD } },
    });
    await nodes.advance(HOUR_MS);
    await expect
      .poll(() => nodes.delivered())
      .toMatchObject([
        {
          arn: DEAD,
          event: {
            payload: "x",
            message: { attributes: { ERROR_CODE: { stringValue: "InvalidRequestContentException" } } },
          },
        },
      ]);
  });

  test("a target that refuses is tried again until it takes it", async () => {
    nodes.refused.set(QUEUE, gone());
    const Input = "attempt <aws.scheduler.attempt-number>";
    await create({ Target: { Arn: QUEUE, RoleArn: ROLE, Input }, ActionAfterCompletion: "DELETE" });
    await nodes.advance(HOUR_MS + 20_000);
    expect(await nodes.delivered()).toEqual([]);
    nodes.refused.clear();
    await nodes.advance(HOUR_MS);
    const payloads = (await nodes.delivered()).map(({ event }) => event.payload);
    expect(payloads).toEqual([expect.stringMatching(/^attempt [4-6]$/)]);
  });

  test("what is tried again does not hold up the next time", async () => {
    nodes.refused.set(FUNCTION, new AwsError("ServiceException", "not now", { httpStatus: 500 }));
    const RetryPolicy = { MaximumRetryAttempts: 185 };
    const Input = '"<aws.scheduler.scheduled-time>"';
    const Target = { Arn: FUNCTION, RoleArn: ROLE, Input, RetryPolicy };
    await create({ ScheduleExpression: "rate(1 minute)", Target });
    await nodes.advance(2 * MINUTE_MS);
    await client.send(new DeleteScheduleCommand({ Name: "s" }));
    nodes.refused.clear();
    await nodes.advance(10 * MINUTE_MS);
    const payloads = (await nodes.delivered()).map(({ event }) => event.payload.slice(12, 17));
    expect(payloads.sort()).toEqual(["00:00", "00:01", "00:02"]);
  });

  test("what cannot be delivered becomes a dead letter that says why", async () => {
    nodes.refused.set(QUEUE, gone());
    const Target = {
      ...{ Arn: QUEUE, RoleArn: ROLE, Input: "hello", DeadLetterConfig: { Arn: DEAD } },
      RetryPolicy: { MaximumRetryAttempts: 2 },
    };
    await create({ Target });
    const universal = {
      ...{ Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", RoleArn: ROLE },
      ...{ Input: '{"QueueUrl":"gone","MessageBody":"m"}', DeadLetterConfig: { Arn: DEAD } },
      RetryPolicy: { MaximumRetryAttempts: 0 },
    };
    await create({ Name: "universal", Target: universal });
    await nodes.advance(2 * HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(2);
    const letters = new Map(
      (await nodes.delivered()).map(({ arn, event }) => {
        const attributes = Object.entries(event.message!.attributes!);
        const values = Object.fromEntries(attributes.map(([name, { stringValue }]) => [name, stringValue]));
        return [values.RETRY_ATTEMPTS, { arn, payload: event.payload, ...values }];
      }),
    );
    expect(letters.get("2")).toEqual({
      ...{ arn: DEAD, payload: "hello", RETRY_ATTEMPTS: "2" },
      ERROR_CODE: "AWS.SimpleQueueService.NonExistentQueue",
      ERROR_MESSAGE: "The specified queue does not exist.",
      EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      IS_PAYLOAD_TRUNCATED: "false",
      SCHEDULE_ARN: `${ARN}/default/s`,
      SCHEDULED_TIME: "2030-01-01T01:00:00Z",
      TARGET_ARN: QUEUE,
    });
    expect(letters.get("0")).toMatchObject({ TARGET_ARN: universal.Arn, payload: universal.Input });
  });

  test("a delivery that has become too old is given up", async () => {
    nodes.refused.set(QUEUE, gone());
    const RetryPolicy = { MaximumEventAgeInSeconds: 60 };
    await create({ Target: { Arn: QUEUE, RoleArn: ROLE, DeadLetterConfig: { Arn: DEAD }, RetryPolicy } });
    await nodes.advance(HOUR_MS + 2 * MINUTE_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    const { event } = (await nodes.delivered())[0]!;
    expect(event.message!.attributes!.EXHAUSTED_RETRY_CONDITION!.stringValue).toBe(
      "MaximumEventAgeInSeconds",
    );
  });

  test("a schedule that is switched off does nothing, and an update replaces everything", async () => {
    await create({ State: "DISABLED", Description: "later" });
    await nodes.advance(HOUR_MS);
    expect(await nodes.delivered()).toEqual([]);
    await update({ ScheduleExpression: "at(2030-01-01T03:00:00)" });
    const updated = await get();
    expect(updated).toMatchObject({ State: "ENABLED", ScheduleExpression: "at(2030-01-01T03:00:00)" });
    expect(updated.Description).toBeUndefined();
    expect(updated.LastModificationDate!.getTime() - updated.CreationDate!.getTime()).toBe(HOUR_MS);
    await update({ ScheduleExpression: "at(2030-01-01T02:00:00)" });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await nodes.advance(2 * HOUR_MS);
    expect(await times()).toEqual(["01-01T02:00"]);
  });

  test("a one-time schedule that has gone off does not go off again because it is changed", async () => {
    await create();
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await update({ Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '"other"' } });
    await update({ FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 1 } });
    await update({ State: "DISABLED" });
    await update({ State: "DISABLED", Description: "off" });
    await update();
    await update({
      ...{ ScheduleExpression: "at(2030-01-01T02:00:00)", ScheduleExpressionTimezone: "Europe/Berlin" },
    });
    await nodes.advance(HOUR_MS);
    expect(await nodes.delivered()).toHaveLength(1);
    expect(await get()).not.toHaveProperty("firedAtMs");
    // Another time is another occurrence, also one that is past.
    await update({ ScheduleExpression: "at(2030-01-01T01:30:00)" });
    await expect.poll(() => nodes.delivered()).toHaveLength(2);
    await update({ ScheduleExpression: "at(2030-01-01T03:00:00)" });
    await nodes.advance(HOUR_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(3);
    expect(await times()).toEqual(["01-01T01:00", "01-01T02:00", "01-01T03:00"]);
  });

  test("one that was off at its time goes off when it is switched on", async () => {
    await create({ State: "DISABLED" });
    await nodes.advance(2 * HOUR_MS);
    await update();
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
  });

  test("an update that is not about times leaves the next time as it was", async () => {
    await create({ ScheduleExpression: "rate(1 hour)" });
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await nodes.advance(30 * MINUTE_MS);
    const Target = { Arn: FUNCTION, RoleArn: ROLE, Input: '"new"' };
    await update({ ScheduleExpression: "rate(1 hour)", Target });
    await nodes.advance(30 * MINUTE_MS);
    await expect.poll(() => nodes.delivered()).toHaveLength(2);
    expect((await nodes.delivered()).map(({ event }) => event.payload)).toEqual(['{"order":7}', '"new"']);
    expect(await times()).toEqual(["01-01T00:00", "01-01T01:00"]);
  });

  test("a deleted schedule goes off no more, nor do those of a deleted group", async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: "g" }));
    await create();
    await create({ GroupName: "g" });
    await create({ Name: "other" });
    await client.send(new DeleteScheduleCommand({ Name: "s" }));
    await client.send(new DeleteScheduleGroupCommand({ Name: "g" }));
    expect(await refusal(client.send(new GetScheduleGroupCommand({ Name: "g" })))).toEqual(
      missing("Schedule group g does not exist."),
    );
    await nodes.advance(2 * HOUR_MS);
    const sources = (await nodes.delivered()).map(({ event }) => event.sourceArn);
    expect(sources).toEqual([`${ARN}/default/other`]);
  });

  test("GetSchedule shows what was said, and AWS's defaults", async () => {
    const StartDate = new Date("2030-02-01T00:00:00Z");
    await create({ ScheduleExpression: "rate(5 minutes)", StartDate });
    const { $metadata: _, ...shown } = await get();
    expect(shown).toEqual({
      ...{ Arn: `${ARN}/default/s`, Name: "s", GroupName: "default", State: "ENABLED", StartDate },
      ...{ ScheduleExpression: "rate(5 minutes)", ScheduleExpressionTimezone: "UTC" },
      ...{ FlexibleTimeWindow: { Mode: "OFF" }, ActionAfterCompletion: "NONE" },
      ...{
        CreationDate: new Date("2030-01-01T00:00:00Z"),
        LastModificationDate: new Date("2030-01-01T00:00:00Z"),
      },
      Target: {
        ...{ Arn: FUNCTION, RoleArn: ROLE, Input: '{"order":7}' },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  test("schedules are listed by group, prefix and state, page by page", async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: "z" }));
    for (const Name of ["a1", "a2", "b1"]) await create({ Name });
    await create({ Name: "a3", GroupName: "z", State: "DISABLED" });
    const list = async (input: object) => {
      const { Schedules, NextToken } = await client.send(new ListSchedulesCommand(input));
      return { names: Schedules!.map(({ GroupName, Name }) => `${GroupName}/${Name}`), NextToken };
    };
    const first = await list({ MaxResults: 3 });
    expect(first.names).toEqual(["default/a1", "default/a2", "default/b1"]);
    expect(await list({ MaxResults: 3, NextToken: first.NextToken })).toEqual({ names: ["z/a3"] });
    expect((await list({ NamePrefix: "a" })).names).toEqual(["default/a1", "default/a2", "z/a3"]);
    expect((await list({ GroupName: "z" })).names).toEqual(["z/a3"]);
    expect((await list({ State: "ENABLED", NamePrefix: "a" })).names).toEqual(["default/a1", "default/a2"]);
    const { Schedules } = await client.send(new ListSchedulesCommand({ GroupName: "z" }));
    expect(Schedules![0]).toMatchObject({ State: "DISABLED", Target: { Arn: FUNCTION } });
    expect(Schedules![0]!.Target).not.toHaveProperty("RoleArn");
  });

  test("groups are listed, the default one always, and have tags", async () => {
    const list = async (input: object = {}) =>
      (await client.send(new ListScheduleGroupsCommand(input))).ScheduleGroups!.map(({ Name }) => Name);
    expect(await list()).toEqual(["default"]);
    const Tags = [{ Key: "team", Value: "orders" }];
    const { ScheduleGroupArn: ResourceArn } = await client.send(
      new CreateScheduleGroupCommand({ Name: "a", Tags }),
    );
    await client.send(new CreateScheduleGroupCommand({ Name: "z" }));
    expect(await list()).toEqual(["a", "default", "z"]);
    expect(await list({ NamePrefix: "z" })).toEqual(["z"]);
    expect(await list({ MaxResults: 2 })).toEqual(["a", "default"]);
    expect(await client.send(new GetScheduleGroupCommand({ Name: "a" }))).toMatchObject({
      ...{ Arn: ResourceArn, Name: "a", State: "ACTIVE", CreationDate: new Date("2030-01-01T00:00:00Z") },
    });
    const more = [
      { Key: "team", Value: "billing" },
      { Key: "stage", Value: "test" },
    ];
    await client.send(new TagResourceCommand({ ResourceArn, Tags: more }));
    const tags = async () => (await client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
    expect(await tags()).toEqual(more);
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team", "none"] }));
    expect(await tags()).toEqual([{ Key: "stage", Value: "test" }]);
  });

  test("a request that is sent again with its token has been done; another one of that name is refused", async () => {
    const again = { ClientToken: "token-1" };
    await create(again);
    expect((await create(again)).ScheduleArn).toBe(`${ARN}/default/s`);
    const conflict = { name: "ConflictException", status: 409, message: "Schedule s already exists." };
    expect(await refusal(create({ ...again, Description: "another" }))).toEqual(conflict);
    expect(await refusal(create())).toEqual(conflict);
    const group = { Name: "g", ClientToken: "token-2" };
    await client.send(new CreateScheduleGroupCommand(group));
    await client.send(new CreateScheduleGroupCommand(group));
    expect(await refusal(client.send(new CreateScheduleGroupCommand({ Name: "g" })))).toMatchObject({
      message: "Schedule group g already exists.",
    });
  });

  test("bad input is refused in AWS's words, and nothing is stored", async () => {
    for (const ScheduleExpression of [
      "cron(0 1 * * * *)",
      "rate(10)",
      " rate(10 minutes)",
      "at(2021-12-31)",
    ]) {
      expect(await refusal(create({ ScheduleExpression }))).toEqual(
        invalid(`Invalid Schedule Expression ${ScheduleExpression}.`),
      );
    }
    const StartDate = new Date("2029-12-31T23:54:00Z");
    expect(await refusal(create({ ScheduleExpression: "cron(* * * * ? *)", StartDate }))).toEqual(
      invalid("The StartDate you specify cannot be earlier than 5 minutes ago."),
    );
    expect(await refusal(create({ ScheduleExpressionTimezone: "Mars/Olympus" }))).toMatchObject({
      name: "ValidationException",
    });
    expect(await refusal(create({ FlexibleTimeWindow: { Mode: "FLEXIBLE" } }))).toMatchObject({
      name: "ValidationException",
    });
    const FlexibleTimeWindow = { Mode: "OFF" as const, MaximumWindowInMinutes: 5 };
    expect(await refusal(create({ FlexibleTimeWindow }))).toEqual(
      invalid("MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."),
    );
    const dates = { StartDate: new Date("2030-02-01T00:00:00Z"), EndDate: new Date("2030-01-02T00:00:00Z") };
    expect(await refusal(create({ ScheduleExpression: "rate(1 hour)", ...dates }))).toEqual(
      invalid("The StartDate you specify must come before the EndDate."),
    );
    const target = (Arn: string) => refusal(create({ Target: { Arn, RoleArn: ROLE } }));
    expect(await target("arn:aws:sqs:us-east-1:000000000000:lines.fifo")).toEqual(
      invalid("Parameters SqsParameters must be specified"),
    );
    expect(await target("arn:aws:sqs:eu-west-1:000000000000:orders")).toEqual(
      invalid("The target ARN provided does not match the current region us-east-1."),
    );
    expect(await target("arn:aws:scheduler:::aws-sdk:sqs:sendMessage")).toEqual(
      invalid("You must provide an input to set this target for your schedule"),
    );
    expect(await target("arn:aws:scheduler:::aws-sdk:sqs:listQueues")).toEqual(
      invalid("listQueues API is not supported"),
    );
    expect(await refusal(create({ Target: { Arn: "arn1", RoleArn: ROLE } }))).toEqual(
      invalid("Provided Arn is not in correct format."),
    );
    const pattern = "^arn:aws(-[a-z]+)?:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+$";
    expect(await refusal(create({ Target: { Arn: FUNCTION, RoleArn: "arn2" } }))).toEqual(
      invalid(
        "1 validation error detected: Value 'arn2' at 'target.roleArn' failed to satisfy constraint: " +
          `Member must satisfy regular expression pattern: ${pattern}`,
      ),
    );
    expect(await refusal(create({ Name: "with space" }))).toMatchObject({ name: "ValidationException" });
    expect(await refusal(create({ GroupName: "none" }))).toEqual(
      missing("Schedule group none does not exist."),
    );
    expect(await refusal(update())).toEqual(missing("Schedule s does not exist."));
    expect(await refusal(client.send(new DeleteScheduleCommand({ Name: "s" })))).toEqual(
      missing("Schedule s does not exist."),
    );
    expect(await refusal(client.send(new ListSchedulesCommand({ GroupName: "none" })))).toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(await refusal(client.send(new ListSchedulesCommand({ NextToken: "?" })))).toMatchObject({
      name: "ValidationException",
    });
    expect(await refusal(client.send(new DeleteScheduleGroupCommand({ Name: "default" })))).toMatchObject({
      name: "ValidationException",
    });
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  test("targets that Stepwell does not have are refused by name", async () => {
    const target = (Arn: string) => refusal(create({ Target: { Arn, RoleArn: ROLE, Input: "{}" } }));
    expect(await target("arn:aws:states:us-east-1:000000000000:stateMachine:m")).toMatchObject({
      ...{ name: "NotSupportedException", status: 501, message: expect.stringContaining("in states") },
    });
    expect(await target("arn:aws:scheduler:::aws-sdk:ec2:startInstances")).toMatchObject({
      ...{ name: "NotSupportedException", message: expect.stringContaining("startInstances of ec2") },
    });
    expect(await target("arn:aws:scheduler:::aws-sdk:sqs:receiveMessage")).toMatchObject({
      name: "ValidationException",
    });
  });

  test("time can be skipped to a one-time schedule, and not to one that recurs", async () => {
    await create({ Name: "often", ScheduleExpression: "rate(10 minutes)" });
    await expect.poll(() => nodes.delivered()).toHaveLength(1);
    await create({ Name: "once" });
    await nodes.settle();
    const due = new DueThings(nodes.store, nodes.describeDue);
    expect(await due.nextWorthSkippingTo()).toEqual({
      ...{ kind: "ONE_TIME_SCHEDULE", resourceArn: `${ARN}/default/once`, atMs: Date.UTC(2030, 0, 1, 1) },
    });
    expect((await due.until(Date.UTC(2030, 0, 1, 0, 30), 10)).map(({ kind }) => kind)).toEqual(["SCHEDULE"]);
  });
});
