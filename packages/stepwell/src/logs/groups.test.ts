import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedLogs, SOON, STORES, serveLogs } from "./fixtures/served-logs.ts";

describe.each(STORES)("on %s", (kind) => {
  let logs: ServedLogs;
  beforeAll(async () => {
    logs = await serveLogs({ kind });
  });
  afterAll(() => logs.close());

  const describeGroups = async (input: object) =>
    (await logs.client.send(new DescribeLogGroupsCommand(input))).logGroups!;
  const describeStreams = async (input: object) =>
    (await logs.client.send(new DescribeLogStreamsCommand(input))).logStreams!;
  const names = (groups: readonly { logGroupName?: string }[]) => groups.map((group) => group.logGroupName);

  describe("a log group", () => {
    test("is shown as AWS shows it", async () => {
      await logs.client.send(new CreateLogGroupCommand({ logGroupName: "shown" }));
      await logs.client.send(
        new CreateLogGroupCommand({
          logGroupName: "shown-2",
          kmsKeyId: "key",
          logGroupClass: "INFREQUENT_ACCESS",
        }),
      );

      const arn = "arn:aws:logs:us-east-1:000000000000:log-group:shown";
      const shown = {
        logGroupName: "shown",
        arn: `${arn}:*`,
        logGroupArn: arn,
        creationTime: logs.clock.now(),
        logGroupClass: "STANDARD",
        metricFilterCount: 0,
        storedBytes: 0,
        deletionProtectionEnabled: false,
      };
      expect(await describeGroups({ logGroupNamePrefix: "shown" })).toEqual([
        shown,
        {
          ...shown,
          logGroupName: "shown-2",
          arn: `${arn}-2:*`,
          logGroupArn: `${arn}-2`,
          logGroupClass: "INFREQUENT_ACCESS",
          kmsKeyId: "key",
        },
      ]);
      expect(names(await describeGroups({ logGroupClass: "INFREQUENT_ACCESS" }))).toEqual(["shown-2"]);
    });

    test("is found by prefix, by a part of its name, and by name or ARN", async () => {
      for (const logGroupName of ["/find/a", "/find/B", "/find/ab", "/other/find"]) {
        await logs.client.send(new CreateLogGroupCommand({ logGroupName }));
      }
      expect(names(await describeGroups({ logGroupNamePrefix: "/find" }))).toEqual([
        "/find/B",
        "/find/a",
        "/find/ab",
      ]);
      expect(names(await describeGroups({ logGroupNamePattern: "nd/a" }))).toEqual(["/find/a", "/find/ab"]);
      const logGroupIdentifiers = [
        "/find/a",
        "arn:aws:logs:us-east-1:000000000000:log-group:/other/find",
        "none",
      ];
      expect(names(await describeGroups({ logGroupIdentifiers }))).toEqual(["/find/a", "/other/find"]);
    });

    test("is listed page by page", async () => {
      const made = Array.from({ length: 120 }, (_, i) => `page-${String(i).padStart(3, "0")}`);
      for (const logGroupName of made) await logs.client.send(new CreateLogGroupCommand({ logGroupName }));
      const pages: number[] = [];
      const found: (string | undefined)[] = [];
      const config = { client: logs.client };
      for await (const page of paginateDescribeLogGroups(config, { logGroupNamePrefix: "page-" })) {
        pages.push(page.logGroups!.length);
        found.push(...names(page.logGroups!));
      }
      expect(pages).toEqual([50, 50, 20]);
      expect(found).toEqual(made);
      for await (const page of paginateDescribeLogGroups(config, { logGroupNamePattern: "9", limit: 7 })) {
        expect(page.logGroups!.length).toBeLessThanOrEqual(7);
        for (const group of page.logGroups!) expect(group.logGroupName).toContain("9");
      }
    });

    test("belongs to its region", async () => {
      const elsewhere = logs.clientIn("eu-west-1");
      await logs.client.send(new CreateLogGroupCommand({ logGroupName: "here" }));
      await elsewhere.send(new CreateLogGroupCommand({ logGroupName: "here" }));
      const { logGroups } = await elsewhere.send(new DescribeLogGroupsCommand({}));
      expect(logGroups).toMatchObject([
        { logGroupArn: "arn:aws:logs:eu-west-1:000000000000:log-group:here", logGroupName: "here" },
      ]);
      elsewhere.destroy();
    });

    test("is gone with its events when it is deleted, and a new one of its name is empty", async () => {
      const group = await logs.group("s");
      await logs.put(group, "s", [logs.clock.now(), "old"]);
      await logs.client.send(new DeleteLogGroupCommand({ logGroupName: group }));
      expect(await describeGroups({ logGroupNamePrefix: group })).toEqual([]);

      await logs.client.send(new CreateLogGroupCommand({ logGroupName: group }));
      expect(await describeStreams({ logGroupName: group })).toEqual([]);
      await logs.client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: "s" }));
      expect(await logs.messages(group, "s")).toEqual([]);
    });

    test("that is deleted leaves nothing behind in the store", async () => {
      const group = await logs.group("a", "b");
      const many = Array.from({ length: 700 }, (_, i) => [logs.clock.now() + i, `line ${i}`] as const);
      await logs.put(group, "a", ...many);
      await logs.put(group, "b", ...many);
      const other = await logs.group("kept");
      await logs.put(other, "kept", [logs.clock.now(), "stays"]);

      await logs.client.send(new DeleteLogGroupCommand({ logGroupName: group }));

      await expect.poll(async () => (await logs.stored())[3], SOON).toEqual([]);
      const [, , events] = await logs.stored();
      expect(events!.map((event) => event.message)).toEqual(["stays"]);
    });
  });

  describe("a log stream", () => {
    test("is shown as AWS shows it, before and after its first events", async () => {
      const group = await logs.group("[$LATEST]1");
      const stream = {
        logStreamName: "[$LATEST]1",
        arn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:log-stream:[$LATEST]1`,
        creationTime: logs.clock.now(),
        storedBytes: 0,
      };
      expect(await describeStreams({ logGroupName: group })).toEqual([stream]);

      const now = logs.clock.now();
      await logs.put(group, "[$LATEST]1", [now - 5, "first"], [now + 7, "last"]);
      await logs.put(group, "[$LATEST]1", [now, "between"]);
      expect(await describeStreams({ logGroupIdentifier: stream.arn.replace(/:log-stream.*/, "") })).toEqual([
        { ...stream, firstEventTimestamp: now - 5, lastEventTimestamp: now + 7, lastIngestionTime: now },
      ]);
      const bytes = "firstlastbetween".length + 3 * 26;
      expect(await describeGroups({ logGroupNamePrefix: group })).toMatchObject([{ storedBytes: bytes }]);
    });

    test.each([[false], [true]])("is listed page by page, descending: %s", async (descending) => {
      const made = ["a", "b-1", "b-2", "b-3", "c"];
      const logGroupName = await logs.group(...made);
      const now = logs.clock.now();
      await logs.put(logGroupName, "c", [now, "x"]);
      await logs.put(logGroupName, "a", [now + 1, "x"]);
      const inOrder = (list: string[]) => (descending ? list.toReversed() : list);
      const found = async (input: object) => {
        const all: (string | undefined)[] = [];
        const command = { logGroupName, descending, limit: 2, ...input };
        for await (const page of paginateDescribeLogStreams({ client: logs.client }, command)) {
          expect(page.logStreams!.length).toBeLessThanOrEqual(2);
          all.push(...page.logStreams!.map((stream) => stream.logStreamName));
        }
        return all;
      };
      expect(await found({})).toEqual(inOrder(made));
      expect(await found({ logStreamNamePrefix: "b-" })).toEqual(inOrder(["b-1", "b-2", "b-3"]));
      expect(await found({ orderBy: "LastEventTime" })).toEqual(inOrder(["b-1", "b-2", "b-3", "c", "a"]));
    });

    test("is gone with its events when it is deleted", async () => {
      const group = await logs.group("gone", "kept");
      await logs.put(group, "gone", [logs.clock.now(), "1"]);
      await logs.put(group, "kept", [logs.clock.now(), "2"]);
      await logs.client.send(new DeleteLogStreamCommand({ logGroupName: group, logStreamName: "gone" }));
      expect(await describeStreams({ logGroupName: group })).toMatchObject([{ logStreamName: "kept" }]);
      const { events } = await logs.client.send(new FilterLogEventsCommand({ logGroupName: group }));
      expect(events!.map((event) => event.message)).toEqual(["2"]);
    });
  });

  test("tags are set, listed and removed by the old operations and the new", async () => {
    const logGroupName = `tagged-${kind}`;
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    await logs.client.send(new CreateLogGroupCommand({ logGroupName, tags: { env: "test", team: "a" } }));
    await logs.client.send(new TagResourceCommand({ resourceArn, tags: { team: "b", "aws:x": "é" } }));
    await logs.client.send(new TagLogGroupCommand({ logGroupName, tags: { old: "" } }));
    const all = { env: "test", team: "b", "aws:x": "é", old: "" };
    expect(await logs.client.send(new ListTagsLogGroupCommand({ logGroupName }))).toMatchObject({
      tags: all,
    });
    await logs.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["aws:x", "none"] }));
    await logs.client.send(new UntagLogGroupCommand({ logGroupName, tags: ["old"] }));
    const { tags } = await logs.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual({ env: "test", team: "b" });
  });

  test("changes of one group's tags at the same time are all kept", async () => {
    const logGroupName = await logs.group();
    const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
    await Promise.all(
      keys.map((key) => logs.client.send(new TagLogGroupCommand({ logGroupName, tags: { [key]: "1" } }))),
    );
    const { tags } = await logs.client.send(new ListTagsLogGroupCommand({ logGroupName }));
    expect(Object.keys(tags!).sort()).toEqual(keys);
  });
});
