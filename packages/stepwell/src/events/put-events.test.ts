import {
  CreateEventBusCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { type OpenEventNodes, onBothStores } from "../testing/event-nodes.ts";
import {
  DEAD_LETTERS,
  FUNCTION,
  MISSING_QUEUE,
  openEvents,
  QUEUE,
  refusal,
  TOPIC,
} from "./fixtures/event-bus.ts";

const ORDER: PutEventsRequestEntry = { Source: "shop", DetailType: "Order placed", Detail: '{"id": 7}' };
const FROM_SHOP = '{"source":["shop"]}';

onBothStores((open: OpenEventNodes) => {
  async function openRule(targets: readonly Target[], pattern = FROM_SHOP, bus?: string) {
    const events = await openEvents(open);
    await addRule(events.client, "orders", targets, pattern, bus);
    return events;
  }
  async function addRule(
    client: Awaited<ReturnType<typeof openEvents>>["client"],
    Name: string,
    targets: readonly Target[],
    EventPattern = FROM_SHOP,
    EventBusName?: string,
  ) {
    await client.send(new PutRuleCommand({ Name, EventPattern, EventBusName }));
    await client.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [...targets] }));
  }
  const put = (...Entries: PutEventsRequestEntry[]) => new PutEventsCommand({ Entries });

  test("an event reaches the targets of every rule that it matches, whole and in AWS's form", async () => {
    const events = await openRule([
      { Id: "f", Arn: FUNCTION },
      { Id: "q", Arn: QUEUE, SqsParameters: { MessageGroupId: "g" } },
      { Id: "t", Arn: TOPIC },
    ]);
    await addRule(events.client, "others", [{ Id: "f", Arn: FUNCTION }], '{"source":["elsewhere"]}');
    const { Entries, FailedEntryCount } = await events.client.send(
      put({ ...ORDER, Resources: ["arn:aws:x"], Time: new Date("2022-01-01T00:00:00.900Z") }),
    );
    expect(FailedEntryCount).toBe(0);
    const event =
      `{"version":"0","id":"${Entries![0]!.EventId}","detail-type":"Order placed","source":"shop",` +
      `"account":"000000000000","time":"2022-01-01T00:00:00Z","region":"us-east-1","resources":["arn:aws:x"],` +
      `"detail":{"id": 7}}`;
    const sourceArn = "arn:aws:events:us-east-1:000000000000:rule/orders";
    const [toFunction, ...more] = await events.taken(FUNCTION);
    expect(more).toEqual([]);
    expect(toFunction!.event).toEqual({ payload: event, sourceArn });
    const [toQueue] = await events.taken(QUEUE);
    expect(toQueue!.event).toEqual({ payload: event, sourceArn, message: { groupId: "g" } });
    expect(await events.taken(TOPIC)).toHaveLength(1);
  });

  test("entries that cannot be taken are told one by one, and the others go on", async () => {
    const events = await openRule([{ Id: "f", Arn: FUNCTION }]);
    const { Entries, FailedEntryCount } = await events.client.send(
      put(
        { DetailType: "a", Detail: "{}" },
        { Source: "shop", DetailType: "", Detail: "{}" },
        { Source: "shop", DetailType: "a" },
        { ...ORDER, Detail: "not JSON" },
        { ...ORDER, Detail: "[1]" },
        { ...ORDER, Source: "aws.ec2" },
        { ...ORDER, Detail: `{"a":${"[".repeat(1001)}${"]".repeat(1001)}}` },
        ORDER,
      ),
    );
    const required = (name: string) => ({
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
    const malformed = { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    expect(FailedEntryCount).toBe(7);
    expect(Entries).toEqual([
      ...[required("Source"), required("DetailType"), required("Detail"), malformed, malformed],
      { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." },
      malformed,
      { EventId: expect.any(String) },
    ]);
    expect(await events.taken()).toHaveLength(1);
  });

  test("an event for a bus that nobody has made is taken and dropped", async () => {
    const events = await openRule([{ Id: "f", Arn: FUNCTION }]);
    const sent = await events.client.send(put({ ...ORDER, EventBusName: "nowhere" }, ORDER));
    expect(sent.FailedEntryCount).toBe(0);
    expect(await events.taken()).toHaveLength(1);
  });

  test("no more than 10 entries and 1 MiB are taken at once", async () => {
    const events = await openRule([{ Id: "f", Arn: FUNCTION }]);
    const { client, nodes } = events;
    expect(await refusal(nodes, () => client.send(put(...Array.from({ length: 11 }, () => ORDER))))).toMatch(
      /^ValidationException: 1 validation error detected: Value '.*' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10$/s,
    );
    expect(await refusal(nodes, () => client.send(put()))).toContain("greater than or equal to 1");
    const detailOf = (bytes: number) => JSON.stringify({ a: "x".repeat(bytes - 8) });
    const most = 1024 * 1024 - "shop".length - "Order placed".length;
    expect(await refusal(nodes, () => client.send(put({ ...ORDER, Detail: detailOf(most + 1) })))).toBe(
      "ValidationException: Total size of the entries in the request is over the limit.",
    );
    await client.send(put({ ...ORDER, Detail: detailOf(most) }));
    expect(await events.taken()).toHaveLength(1);
  });

  describe("a target that is not there", () => {
    test("gets nothing, and harms nobody else", async () => {
      const events = await openRule([
        { Id: "missing", Arn: MISSING_QUEUE },
        { Id: "f", Arn: FUNCTION },
      ]);
      await events.client.send(put(ORDER));
      expect(await events.taken()).toHaveLength(1);
    });

    test("leaves the event, with the reason, to its dead-letter queue", async () => {
      const DeadLetterConfig = { Arn: DEAD_LETTERS };
      const input = { InputPath: "$.detail" };
      const events = await openRule([{ Id: "missing", Arn: MISSING_QUEUE, DeadLetterConfig, ...input }]);
      await events.client.send(put(ORDER));
      const [letter] = await events.taken(DEAD_LETTERS);
      expect(letter!.payload).toMatchObject({ source: "shop", detail: { id: 7 } });
      const text = (stringValue: string) => ({ dataType: "String", stringValue });
      expect(letter!.event.message).toEqual({
        attributes: {
          RULE_ARN: text("arn:aws:events:us-east-1:000000000000:rule/orders"),
          TARGET_ARN: text(MISSING_QUEUE),
          ERROR_CODE: text("NO_RESOURCE"),
          ERROR_MESSAGE: text("The specified queue does not exist."),
        },
      });
    });
  });

  describe("from bus to bus", () => {
    const bus = (name: string, region = "us-east-1") =>
      `arn:aws:events:${region}:000000000000:event-bus/${name}`;

    test("an event goes on as it is, and to another region under another id", async () => {
      const events = await openRule([
        { Id: "near", Arn: bus("second") },
        { Id: "far", Arn: bus("default", "eu-west-1") },
      ]);
      await events.client.send(new CreateEventBusCommand({ Name: "second" }));
      await addRule(events.client, "second", [{ Id: "f", Arn: FUNCTION }], FROM_SHOP, "second");
      const far = { region: "eu-west-1" };
      const call = events.nodes.call;
      await call("events.PutRule", { Name: "far", EventPattern: FROM_SHOP }, far);
      await call("events.PutTargets", { Rule: "far", Targets: [{ Id: "q", Arn: QUEUE }] }, far);
      const { Entries } = await events.client.send(put(ORDER));
      const [near] = await events.taken();
      expect(near!.payload).toMatchObject({ id: Entries![0]!.EventId, region: "us-east-1", source: "shop" });
      const [other] = await events.taken(QUEUE);
      expect(other!.payload).toMatchObject({ region: "us-east-1", source: "shop" });
      expect(other!.payload.id).not.toBe(Entries![0]!.EventId);
    });

    test("one that would go in a circle stops where it has been", async () => {
      const events = await openRule([
        { Id: "on", Arn: bus("second") },
        { Id: "self", Arn: bus("default") },
      ]);
      await events.client.send(new CreateEventBusCommand({ Name: "second" }));
      const targets = [
        { Id: "back", Arn: bus("default") },
        { Id: "f", Arn: FUNCTION },
      ];
      await addRule(events.client, "second", targets, FROM_SHOP, "second");
      await events.client.send(put(ORDER));
      expect(await events.taken()).toHaveLength(1);
    });
  });

  test("a change of a rule counts for the next event, wherever that is put", async () => {
    const events = await openRule([{ Id: "f", Arn: FUNCTION }]);
    await events.client.send(put(ORDER));
    await events.client.send(put(ORDER));
    expect(await events.taken()).toHaveLength(2);
    await events.client.send(new PutRuleCommand({ Name: "orders", EventPattern: '{"source":["other"]}' }));
    await events.client.send(put(ORDER));
    await events.client.send(put({ ...ORDER, Source: "other" }));
    expect((await events.taken()).map(({ payload }) => payload.source)).toEqual(["other"]);
  });
});
