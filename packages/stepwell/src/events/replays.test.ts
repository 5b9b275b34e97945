import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeReplayCommand,
  ListReplaysCommand,
  type ListReplaysCommandInput,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { FUNCTION, openEvents, QUEUE, refusal } from "./fixtures/event-bus.ts";

const bus = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;
const archive = (name: string) => `arn:aws:events:us-east-1:000000000000:archive/${name}`;
const rule = (name: string) => `arn:aws:events:us-east-1:000000000000:rule/${name}`;
const T0 = Date.UTC(2029, 0, 1);

onBothStores((open) => {
  /** An archive of events with the minutes 0, 1, 2 … in their times and details, and two rules that get them all. */
  async function openReplays(events: number) {
    const opened = await openEvents(open);
    const { client, nodes } = opened;
    await client.send(new CreateArchiveCommand({ ArchiveName: "all", EventSourceArn: bus("default") }));
    const entries = Array.from({ length: events }, (_, minute) => ({
      ...{ Source: "shop", DetailType: "d", Detail: JSON.stringify({ minute }) },
      Time: new Date(T0 + minute * 60_000),
    }));
    // Out of order: a replay goes by the times of the events.
    for (let i = entries.length; i > 0; i -= 10) {
      await client.send(new PutEventsCommand({ Entries: entries.slice(Math.max(0, i - 10), i) }));
    }
    for (const [Name, Arn] of [
      ["f", FUNCTION],
      ["q", QUEUE],
    ] as const) {
      await client.send(new PutRuleCommand({ Name, EventPattern: '{"source":["shop"]}' }));
      await client.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "t", Arn }] }));
    }
    const start = (ReplayName: string, more: Partial<StartReplayCommandInput> = {}) =>
      client.send(
        new StartReplayCommand({
          ...{ ReplayName, EventSourceArn: archive("all"), Destination: { Arn: bus("default") } },
          ...{ EventStartTime: new Date(T0), EventEndTime: new Date(T0 + 3_600_000), ...more },
        }),
      );
    return {
      ...opened,
      start,
      describe: (ReplayName: string) => client.send(new DescribeReplayCommand({ ReplayName })),
      async begin() {
        nodes.clock.advance(1000);
        await nodes.settle();
      },
    };
  }

  test("archived events are replayed in the order of their times, under the replay's name, and not archived again", async () => {
    const { start, begin, taken, describe } = await openReplays(130);
    const started = await start("again", {
      Description: "once more",
      EventEndTime: new Date(T0 + 119 * 60_000),
    });
    const ReplayArn = "arn:aws:events:us-east-1:000000000000:replay/again";
    expect(started).toMatchObject({ ReplayArn, State: "STARTING", ReplayStartTime: expect.any(Date) });
    expect(await taken()).toEqual([]);
    await begin();
    const replayed = await taken();
    expect(replayed.map(({ payload }) => payload.detail.minute)).toEqual(
      Array.from({ length: 120 }, (_, i) => i),
    );
    expect(replayed[0]!.payload).toMatchObject({ "replay-name": "again", time: "2029-01-01T00:00:00Z" });
    const { $metadata: _, ...described } = await describe("again");
    expect(described).toEqual({
      ...{ ReplayName: "again", ReplayArn, Description: "once more", State: "COMPLETED" },
      ...{ EventSourceArn: archive("all"), Destination: { Arn: bus("default") } },
      ...{ EventStartTime: new Date(T0), EventEndTime: new Date(T0 + 119 * 60_000) },
      EventLastReplayedTime: new Date(T0 + 119 * 60_000),
      ...{ ReplayStartTime: started.ReplayStartTime, ReplayEndTime: expect.any(Date) },
    });
    await start("twice");
    await begin();
    expect(await taken()).toHaveLength(61);
  });

  test("a replay may be for some rules alone", async () => {
    const { start, begin, taken } = await openReplays(3);
    await start("some", { Destination: { Arn: bus("default"), FilterArns: [rule("q")] } });
    await begin();
    expect(await taken(FUNCTION)).toHaveLength(0);
    expect(await taken(QUEUE)).toHaveLength(3);
  });

  test("a replay is cancelled before it begins, and not after it has ended", async () => {
    const { start, begin, taken, describe, client, nodes } = await openReplays(3);
    await start("a");
    const cancel = () => client.send(new CancelReplayCommand({ ReplayName: "a" }));
    expect(await cancel()).toMatchObject({
      ReplayArn: "arn:aws:events:us-east-1:000000000000:replay/a",
      State: "CANCELLING",
    });
    expect((await describe("a")).State).toBe("CANCELLING");
    await begin();
    expect(await taken()).toEqual([]);
    expect((await describe("a")).State).toBe("CANCELLED");
    expect(await refusal(nodes, cancel)).toBe(
      "IllegalStatusException: Replay a is not in a valid state for this operation.",
    );
  });

  test("replays are listed by prefix, state, archive and page", async () => {
    const { start, begin, client } = await openReplays(1);
    for (const name of ["a1", "a2", "a3"]) await start(name);
    await begin();
    await start("b1");
    const names = async (input: ListReplaysCommandInput) =>
      (await client.send(new ListReplaysCommand(input))).Replays!.map(({ ReplayName }) => ReplayName);
    expect(await names({ NamePrefix: "a" })).toEqual(["a1", "a2", "a3"]);
    expect(await names({ State: "STARTING" })).toEqual(["b1"]);
    expect(await names({ EventSourceArn: archive("other") })).toEqual([]);
    const first = await client.send(new ListReplaysCommand({ Limit: 3 }));
    expect(await names({ Limit: 3, NextToken: first.NextToken })).toEqual(["b1"]);
  });

  test("what makes no replay is refused, and so are too many at once", async () => {
    const { start, nodes, client, describe } = await openReplays(1);
    await client.send(new CreateEventBusCommand({ Name: "other" }));
    await start("a");
    const refused = (name: string, more: Partial<StartReplayCommandInput> = {}) =>
      refusal(nodes, () => start(name, more));
    expect(await refused("a")).toBe("ResourceAlreadyExistsException: Replay a already exists.");
    expect(await refused("b", { Destination: { Arn: bus("none") } })).toBe(
      "ResourceNotFoundException: Event bus none does not exist.",
    );
    expect(await refused("b", { EventSourceArn: archive("none") })).toBe(
      "ValidationException: Parameter EventSourceArn is not valid. Reason: Archive none does not exist.",
    );
    expect(await refused("b", { Destination: { Arn: bus("other") } })).toBe(
      "ValidationException: Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
    );
    expect(await refused("b", { EventEndTime: new Date(T0) })).toBe(
      "ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
    );
    expect(await refusal(nodes, () => describe("none"))).toBe(
      "ResourceNotFoundException: Replay none does not exist.",
    );
    for (let i = 1; i < 10; i++) await start(`a${i}`);
    expect(await refused("b")).toBe(
      "LimitExceededException: The requested resource exceeds the maximum number allowed.",
    );
  });
});
