import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { onBothStores } from "../testing/event-nodes.ts";
import { FUNCTION, openEvents } from "./fixtures/event-bus.ts";

const MINUTE_MS = 60_000;
const RULE = "arn:aws:events:us-east-1:000000000000:rule/r";

onBothStores((open) => {
  async function openSchedule(ScheduleExpression: string) {
    const events = await openEvents(open);
    const { client, nodes } = events;
    await client.send(new PutRuleCommand({ Name: "r", ScheduleExpression }));
    await client.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "f", Arn: FUNCTION }] }));
    const startMs = nodes.clock.now();
    return {
      ...events,
      /** The times of the events, in minutes after the rule was put, that come when time moves on to a minute. */
      async firedBy(minute: number): Promise<number[]> {
        nodes.clock.moveTo(startMs + minute * MINUTE_MS);
        const fired = await events.taken();
        return fired.map(({ payload }) => (Date.parse(payload.time) - startMs) / MINUTE_MS);
      },
    };
  }

  test("a rate fires again and again, from when it was put", async () => {
    const { client, nodes, taken, firedBy } = await openSchedule("rate(5 minutes)");
    expect(await client.send(new DescribeRuleCommand({ Name: "r" }))).toMatchObject({
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
    });
    expect(await firedBy(4)).toEqual([]);
    nodes.clock.advance(MINUTE_MS);
    const [fired] = await taken();
    expect(fired!.payload).toEqual({
      ...{ version: "0", id: expect.any(String), "detail-type": "Scheduled Event", source: "aws.events" },
      ...{ account: "000000000000", time: "2030-01-01T00:05:00Z", region: "us-east-1", resources: [RULE] },
      detail: {},
    });
    expect(fired!.event.sourceArn).toBe(RULE);
    expect(await firedBy(10)).toEqual([10]);
    expect(await firedBy(15)).toEqual([15]);
  });

  test("a cron expression fires at its times, in UTC", async () => {
    const { firedBy } = await openSchedule("cron(0/30 8-9 ? * TUE *)");
    expect(await firedBy(8 * 60 - 1)).toEqual([]);
    for (const minute of [480, 510, 540, 570]) expect(await firedBy(minute)).toEqual([minute]);
    expect(await firedBy(24 * 60)).toEqual([]);
  });

  test("of the times that were missed, the first fires, late, and then it goes on", async () => {
    const { firedBy } = await openSchedule("rate(1 minute)");
    expect(await firedBy(10.5)).toEqual([1]);
    expect(await firedBy(11)).toEqual([11]);
  });

  test("a rule that is switched off or deleted does not fire, and one switched on counts anew", async () => {
    const { client, firedBy } = await openSchedule("rate(10 minutes)");
    await client.send(new DisableRuleCommand({ Name: "r" }));
    expect(await firedBy(12)).toEqual([]);
    await client.send(new EnableRuleCommand({ Name: "r" }));
    expect(await firedBy(21)).toEqual([]);
    expect(await firedBy(22)).toEqual([22]);
    await client.send(new RemoveTargetsCommand({ Rule: "r", Ids: ["f"] }));
    await client.send(new DeleteRuleCommand({ Name: "r" }));
    expect(await firedBy(60)).toEqual([]);
  });

  test("another schedule takes the place of the one before", async () => {
    const { client, firedBy } = await openSchedule("rate(10 minutes)");
    await client.send(new PutRuleCommand({ Name: "r", ScheduleExpression: "rate(3 minutes)" }));
    expect(await firedBy(3)).toEqual([3]);
    expect(await firedBy(6)).toEqual([6]);
    await client.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["x"]}' }));
    expect(await firedBy(60)).toEqual([]);
  });
});
