import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ServedLogs, SOON, STORES, serveLogs } from "./fixtures/served-logs.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe.each(STORES)("a retention, on %s,", (kind) => {
  let logs: ServedLogs;
  beforeEach(async () => {
    logs = await serveLogs({ kind });
  });
  afterEach(async () => {
    expect(logs.errors).toEqual([]);
    await logs.close();
  });

  const retain = (logGroupName: string, retentionInDays: number) =>
    logs.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
  const shown = async (logGroupName: string) =>
    (await logs.client.send(new FilterLogEventsCommand({ logGroupName }))).events!.map(
      (event) => event.message,
    );
  const kept = async () => (await logs.stored())[2]!.map((event) => event.message);
  const describeGroup = async (logGroupNamePrefix: string) =>
    (await logs.client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups![0]!;

  test("is shown, changed and taken away again", async () => {
    const group = await logs.group();
    expect(await describeGroup(group)).not.toHaveProperty("retentionInDays");
    await retain(group, 7);
    expect(await describeGroup(group)).toMatchObject({ retentionInDays: 7 });
    await retain(group, 3653);
    expect(await describeGroup(group)).toMatchObject({ retentionInDays: 3653 });
    await logs.client.send(new DeleteRetentionPolicyCommand({ logGroupName: group }));
    expect(await describeGroup(group)).not.toHaveProperty("retentionInDays");
    // Nothing is left to wake for.
    await expect.poll(async () => (await logs.stored())[3], SOON).toEqual([]);
  });

  test("hides events at their time and removes them soon after, and no others", async () => {
    const [group, other] = [await logs.group("a", "b"), await logs.group("s")];
    const start = logs.clock.now();
    await logs.put(group, "a", [start, "first"], [start + HOUR_MS, "an hour later"]);
    await logs.put(group, "b", [start, "first of b"]);
    await logs.put(other, "s", [start, "of another group"]);
    await retain(group, 1);

    logs.clock.advance(DAY_MS);
    expect(await shown(group)).toEqual(["first", "first of b", "an hour later"]);
    logs.clock.advance(1);
    expect(await shown(group)).toEqual(["an hour later"]);
    expect(await logs.messages(group, "a")).toEqual(["an hour later"]);

    logs.clock.advance(HOUR_MS);
    await expect.poll(kept, SOON).toEqual(["of another group"]);
    expect((await describeGroup(group)).storedBytes).toBe(0);
    expect(await shown(other)).toEqual(["of another group"]);
  });

  test("that is set later applies to what is there, however much it is", async () => {
    const group = await logs.group("s");
    const start = logs.clock.now();
    await logs.put(group, "s", ...Array.from({ length: 1200 }, (_, i) => [start + i, `old ${i}`] as const));
    logs.clock.advance(5 * DAY_MS);
    await logs.put(group, "s", [logs.clock.now(), "new"]);
    await retain(group, 3);
    expect(await shown(group)).toEqual(["new"]);
    await expect.poll(kept, SOON).toEqual(["new"]);
    expect((await describeGroup(group)).storedBytes).toBe("new".length + 26);
  });

  test("goes on for what comes after, without anybody asking", async () => {
    const group = await logs.group("s");
    await retain(group, 1);
    for (let day = 1; day <= 4; day++) {
      await logs.put(group, "s", [logs.clock.now(), `day ${day}`]);
      logs.clock.advance(DAY_MS + HOUR_MS);
      // Time must not run away from the work that it makes due.
      await expect.poll(async () => (await kept()).length, SOON).toBeLessThanOrEqual(1);
    }
    logs.clock.advance(DAY_MS);
    await expect.poll(kept, SOON).toEqual([]);
  });

  test("that is taken away in time keeps everything", async () => {
    const group = await logs.group("s");
    await logs.put(group, "s", [logs.clock.now(), "kept"]);
    await retain(group, 1);
    await logs.client.send(new DeleteRetentionPolicyCommand({ logGroupName: group }));
    logs.clock.advance(10 * DAY_MS);
    expect(await shown(group)).toEqual(["kept"]);
  });

  test("refuses events that have expired already, and says so", async () => {
    const group = await logs.group("s");
    await retain(group, 3);
    const now = logs.clock.now();
    const answer = await logs.put(group, "s", [now - 3 * DAY_MS - 1, "expired"], [now - 3 * DAY_MS, "kept"]);
    expect(answer.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    expect(await shown(group)).toEqual(["kept"]);
  });

  test("of a deleted group is not that of a new one of its name", async () => {
    const group = await logs.group("s");
    await retain(group, 1);
    await logs.client.send(new DeleteLogGroupCommand({ logGroupName: group }));
    await logs.client.send(new CreateLogGroupCommand({ logGroupName: group }));
    expect(await describeGroup(group)).not.toHaveProperty("retentionInDays");
    await expect.poll(async () => (await logs.stored())[3], SOON).toEqual([]);
  });

  test("that is set by many at the same time is one of theirs, and is kept", async () => {
    const group = await logs.group("s");
    const start = logs.clock.now();
    await logs.put(group, "s", [start, "x"]);
    const days = [1, 3, 5, 1, 3, 5, 1, 3, 5];
    await Promise.all(days.map((one) => retain(group, one)));
    expect(days).toContain((await describeGroup(group)).retentionInDays);
    logs.clock.advance(6 * DAY_MS);
    await expect.poll(kept, SOON).toEqual([]);
  });
});
