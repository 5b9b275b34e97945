import {
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedLogs, STORES, serveLogs } from "./fixtures/served-logs.ts";

const DAY_MS = 86_400_000;

describe.each(STORES)("on %s", (kind) => {
  let logs: ServedLogs;
  let now: number;
  beforeAll(async () => {
    logs = await serveLogs({ kind });
    now = logs.clock.now();
  });
  afterAll(() => logs.close());

  const get = (logGroupName: string, input: object = {}) =>
    logs.client.send(new GetLogEventsCommand({ logGroupName, logStreamName: "s", ...input }));
  const filter = (logGroupName: string, input: object = {}) =>
    logs.client.send(new FilterLogEventsCommand({ logGroupName, ...input }));
  const texts = (page: { events?: readonly { message?: string }[] }) =>
    page.events!.map((event) => event.message).join(" ");
  /** A group whose stream `s` has the events 1 to `count`, a millisecond apart. */
  async function numbered(count: number): Promise<string> {
    const group = await logs.group("s");
    await logs.put(
      group,
      "s",
      ...Array.from({ length: count }, (_, i) => [now + i + 1, `${i + 1}`] as const),
    );
    return group;
  }

  describe("GetLogEvents", () => {
    test("gives the latest events, oldest first", async () => {
      const group = await numbered(5);
      const page = await get(group, { limit: 3 });
      expect(texts(page)).toBe("3 4 5");
      expect(page.events![0]).toEqual({ timestamp: now + 3, message: "3", ingestionTime: now });
      expect(texts(await get(group))).toBe("1 2 3 4 5");
    });

    test("goes forward to the end, where the token stays the same until there is more", async () => {
      const group = await numbered(5);
      const first = await get(group, { limit: 2, startFromHead: true });
      const second = await get(group, { limit: 2, startFromHead: true, nextToken: first.nextForwardToken });
      const third = await get(group, { limit: 2, startFromHead: true, nextToken: second.nextForwardToken });
      const end = await get(group, { limit: 2, startFromHead: true, nextToken: third.nextForwardToken });
      expect([first, second, third, end].map(texts)).toEqual(["1 2", "3 4", "5", ""]);
      expect(end.nextForwardToken).toBe(third.nextForwardToken);

      await logs.put(group, "s", [now + 6, "6"]);
      expect(texts(await get(group, { nextToken: end.nextForwardToken }))).toBe("6");
    });

    test("goes backward to the beginning, and from there forward again", async () => {
      const group = await numbered(5);
      const last = await get(group, { limit: 2 });
      const before = await get(group, { limit: 2, nextToken: last.nextBackwardToken });
      const first = await get(group, { limit: 2, nextToken: before.nextBackwardToken });
      const beginning = await get(group, { limit: 2, nextToken: first.nextBackwardToken });
      expect([last, before, first, beginning].map(texts)).toEqual(["4 5", "2 3", "1", ""]);
      expect(beginning.nextBackwardToken).toBe(first.nextBackwardToken);
      const again = await get(group, { limit: 2, nextToken: beginning.nextForwardToken });
      expect(texts(again)).toBe("1 2");
      expect(texts(await get(group, { limit: 2, nextToken: again.nextForwardToken }))).toBe("3 4");
    });

    test("of an empty stream has tokens that find what comes later", async () => {
      const group = await logs.group("s");
      const [tail, head] = [await get(group), await get(group, { startFromHead: true })];
      expect([texts(tail), texts(head)]).toEqual(["", ""]);
      expect(texts(await get(group, { nextToken: tail.nextBackwardToken }))).toBe("");
      await logs.put(group, "s", [now, "x"]);
      expect(texts(await get(group, { nextToken: tail.nextForwardToken }))).toBe("x");
      expect(texts(await get(group, { nextToken: head.nextForwardToken }))).toBe("x");
    });

    test("keeps to a time range, without its end", async () => {
      const group = await numbered(5);
      expect(texts(await get(group, { startTime: now + 2, endTime: now + 4 }))).toBe("2 3");
      const { nextForwardToken } = await get(group, { startFromHead: true, limit: 1 });
      expect(texts(await get(group, { nextToken: nextForwardToken, endTime: now + 4 }))).toBe("2 3");
      expect(texts(await get(group, { startTime: now + 4, endTime: now + 2 }))).toBe("");
    });

    test("orders events by time, and those of one time by their arrival", async () => {
      const group = await logs.group("s");
      await logs.put(group, "s", [now + 5, "c"], [now + 5, "d"]);
      await logs.put(group, "s", [now + 1, "a"], [now + 5, "e"]);
      await logs.put(group, "s", [now + 2, "b"]);
      expect(texts(await get(group))).toBe("a b c d e");
    });

    test("pages through a thousand events of one millisecond", async () => {
      const group = await logs.group("s");
      const all = Array.from({ length: 1000 }, (_, i) => `${i}`);
      await logs.put(group, "s", ...all.map((message) => [now, message] as const));
      const forward: string[] = [];
      for (let nextToken: string | undefined; forward.length < 1000; ) {
        const page = await get(group, { startFromHead: true, limit: 333, nextToken });
        forward.push(...page.events!.map((event) => event.message!));
        nextToken = page.nextForwardToken;
      }
      expect(forward).toEqual(all);
      expect(texts(await get(group, { limit: 300 }))).toBe(all.slice(700).join(" "));
    });

    test("gives no more than 1 MB, and the rest after it", async () => {
      const group = await logs.group("s");
      const large = "x".repeat(300_000);
      for (const digit of ["1", "2", "3", "4"]) await logs.put(group, "s", [now, digit + large]);
      const first = await get(group, { startFromHead: true });
      const second = await get(group, { startFromHead: true, nextToken: first.nextForwardToken });
      expect(first.events!.map((event) => event.message![0])).toEqual(["1", "2", "3"]);
      expect(second.events!.map((event) => event.message![0])).toEqual(["4"]);
    });

    test("finds the group by its ARN too", async () => {
      const group = await numbered(1);
      const logGroupIdentifier = `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;
      const command = new GetLogEventsCommand({ logGroupIdentifier, logStreamName: "s" });
      expect(texts(await logs.client.send(command))).toBe("1");
    });
  });

  describe("FilterLogEvents", () => {
    test("gives the events of all streams in the order of their times", async () => {
      const group = await logs.group("a", "b");
      await logs.put(group, "a", [now + 1, "1"], [now + 3, "3"]);
      await logs.put(group, "b", [now + 2, "2"]);
      const page = await filter(group);
      expect(page.events).toEqual([
        {
          logStreamName: "a",
          timestamp: now + 1,
          message: "1",
          ingestionTime: now,
          eventId: expect.any(String),
        },
        {
          logStreamName: "b",
          timestamp: now + 2,
          message: "2",
          ingestionTime: now,
          eventId: expect.any(String),
        },
        {
          logStreamName: "a",
          timestamp: now + 3,
          message: "3",
          ingestionTime: now,
          eventId: expect.any(String),
        },
      ]);
      expect(new Set(page.events!.map((event) => event.eventId)).size).toBe(3);
      expect(page.searchedLogStreams).toEqual([]);
      expect(page.nextToken).toBeUndefined();
      expect(texts(await filter(group, { startFromHead: false }))).toBe("3 2 1");
    });

    test("keeps to the streams that are asked for, by name or prefix", async () => {
      const group = await logs.group("a-1", "a-2", "b-1");
      for (const name of ["a-1", "a-2", "b-1"]) await logs.put(group, name, [now, name]);
      expect(texts(await filter(group, { logStreamNames: ["a-2"] }))).toBe("a-2");
      expect(texts(await filter(group, { logStreamNames: ["a-1", "b-1"] }))).toBe("a-1 b-1");
      expect(texts(await filter(group, { logStreamNamePrefix: "a-" }))).toBe("a-1 a-2");
    });

    test("keeps to a time range, with its end", async () => {
      const group = await numbered(5);
      expect(texts(await filter(group, { startTime: now + 2, endTime: now + 4 }))).toBe("2 3 4");
    });

    test("finds events by terms and by fields of JSON", async () => {
      const group = await logs.group("s");
      const messages = [
        "ERROR: no",
        '{"level":"ERROR","ms":12}',
        '{"level":"INFO","ms":30}',
        "all is well\n",
      ];
      await logs.put(group, "s", ...messages.map((message, i) => [now + i, message] as const));
      const found = async (filterPattern: string) =>
        (await filter(group, { filterPattern })).events!.map((event) => messages.indexOf(event.message!));
      expect(await found("ERROR")).toEqual([0, 1]);
      expect(await found('"all is"')).toEqual([3]);
      expect(await found('{ $.level = "ERROR" }')).toEqual([1]);
      expect(await found("{ $.ms > 10 && $.level != ERROR }")).toEqual([2]);
      expect(await found("")).toEqual([0, 1, 2, 3]);
    });

    test("pages through what matches, in both directions", async () => {
      const group = await logs.group("s");
      const all = Array.from(
        { length: 500 },
        (_, i) => [now + Math.floor(i / 7), `${i % 5 ? "no" : "yes"} ${i}`] as const,
      );
      await logs.put(group, "s", ...all);
      const wanted = all.map(([, message]) => message).filter((message) => message.startsWith("yes"));
      for (const startFromHead of [true, false]) {
        const found: (string | undefined)[] = [];
        const pages = paginateFilterLogEvents(
          { client: logs.client },
          { logGroupName: group, filterPattern: "yes", limit: 30, startFromHead },
        );
        for await (const page of pages) {
          expect(page.events!.length).toBeLessThanOrEqual(30);
          found.push(...page.events!.map((event) => event.message));
        }
        expect(found).toEqual(startFromHead ? wanted : wanted.toReversed());
      }
    });

    test("gives no more than 1 MB, and the rest after it", async () => {
      const group = await logs.group("s");
      const large = "x".repeat(400_000);
      for (const digit of ["1", "2", "3"]) await logs.put(group, "s", [now, digit + large]);
      const first = await filter(group);
      const second = await filter(group, { nextToken: first.nextToken });
      expect(first.events!.map((event) => event.message![0])).toEqual(["1", "2"]);
      expect(second.events!.map((event) => event.message![0])).toEqual(["3"]);
      expect(second.nextToken).toBeUndefined();
    });

    test("searches a large log bit by bit, with pages that may be empty", async () => {
      const group = await logs.group("s");
      const lines = Array.from({ length: 10_000 }, (_, i) => [now + i, "hay"] as const);
      for (let i = 0; i < 10; i++) await logs.put(group, "s", ...lines);
      await logs.put(group, "s", [now + 10_000, "needle"]);
      const first = await filter(group, { filterPattern: "needle" });
      expect(first.events).toEqual([]);
      const second = await filter(group, { filterPattern: "needle", nextToken: first.nextToken });
      expect(texts(second)).toBe("needle");
      expect(second.nextToken).toBeUndefined();
    });
  });

  describe("PutLogEvents", () => {
    test("keeps text of every kind", async () => {
      const group = await logs.group("s");
      const messages = [
        "🙀 - 参よ - 日本語",
        "two\nlines\n",
        "\ttab 'quotes' \"and\" \\slashes",
        "nul \0 here",
      ];
      await logs.put(group, "s", ...messages.map((message, i) => [now + i, message] as const));
      expect(await logs.messages(group, "s")).toEqual([...messages.slice(0, 3), "nul \ufffd here"]);
    });

    test("keeps what is neither too old nor too new, and says which", async () => {
      const group = await logs.group("s");
      const hour = 3_600_000;
      const tooOld = now - 14 * DAY_MS - 1;
      expect(
        await logs.put(
          group,
          "s",
          [tooOld - 5, "0"],
          [tooOld, "1"],
          [now, "2"],
          [now + 2 * hour, "3"],
          [now + 2 * hour + 1, "4"],
        ),
      ).toMatchObject({ rejectedLogEventsInfo: { tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 } });
      expect(await logs.messages(group, "s")).toEqual(["2", "3"]);

      const answer = await logs.put(group, "s", [tooOld, "all"], [tooOld, "rejected"]);
      expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2 });
      expect(answer.nextSequenceToken).toMatch(/^\d+$/);
      expect(await logs.messages(group, "s")).toEqual(["2", "3"]);
    });

    test("takes events of many callers at the same time", async () => {
      const group = await logs.group("s");
      const callers = Array.from({ length: 20 }, (_, i) => i);
      await Promise.all(callers.map((i) => logs.put(group, "s", [now, `${i}a`], [now, `${i}b`])));
      const messages = await logs.messages(group, "s");
      expect(messages.toSorted()).toEqual(callers.flatMap((i) => [`${i}a`, `${i}b`]).sort());
      for (const i of callers) expect(messages.indexOf(`${i}a`)).toBeLessThan(messages.indexOf(`${i}b`));
    });
  });
});
