import { StartLiveTailCommand, type StartLiveTailCommandInput } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { line, type ServedLogs, serveLogs } from "./fixtures/served-logs.ts";
import type { TailBatch } from "./tails.ts";

let logs: ServedLogs;
beforeEach(async () => {
  logs = await serveLogs();
});
afterEach(() => logs.close());

const arn = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

/** Starts a session, and gives what arrives: the start, then each event. */
async function* session(input: StartLiveTailCommandInput, leaving?: AbortSignal) {
  const options = leaving ? { abortSignal: leaving } : {};
  const { responseStream } = await logs.client.send(new StartLiveTailCommand(input), options);
  for await (const event of responseStream!) {
    if (event.sessionStart) yield event.sessionStart;
    for (const result of event.sessionUpdate?.sessionResults ?? []) yield result;
  }
}

describe("StartLiveTail", () => {
  test("sends what functions and clients write, from its start on", async () => {
    const group = await logs.group("s");
    const now = logs.clock.now();
    await logs.put(group, "s", [now, "before"]);
    const events = session({ logGroupIdentifiers: [arn(group)] });
    const { value: start } = await events.next();
    expect(start).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupIdentifiers: [arn(group)],
    });

    await logs.put(group, "s", [now + 1, "put"]);
    logs.service.write([line("another", "s", "elsewhere", now), line(group, "t", "written", now + 2)]);

    const common = { logGroupIdentifier: arn(group), ingestionTime: now };
    expect((await events.next()).value).toEqual({
      ...common,
      logStreamName: "s",
      message: "put",
      timestamp: now + 1,
    });
    expect((await events.next()).value).toEqual({
      ...common,
      logStreamName: "t",
      message: "written",
      timestamp: now + 2,
    });
    await events.return();
  });

  test("sends only the streams and the events that are asked for", async () => {
    const group = await logs.group("a-1", "a-2", "b");
    const now = logs.clock.now();
    const sessions = [
      session({ logGroupIdentifiers: [group], logStreamNames: ["a-2"] }),
      session({ logGroupIdentifiers: [group], logStreamNamePrefixes: ["a-", "c"] }),
      session({ logGroupIdentifiers: [group], logEventFilterPattern: "b -2" }),
    ];
    for (const events of sessions) await events.next();
    for (const name of ["a-1", "a-2", "b"]) await logs.put(group, name, [now, `of ${name}`]);
    await logs.put(group, "a-2", [now, "of b 2"]);
    const messages = async (events: (typeof sessions)[number], count: number) => {
      const found: unknown[] = [];
      for (let i = 0; i < count; i++)
        found.push(((await events.next()).value as { message?: string }).message);
      return found;
    };
    expect(await messages(sessions[0]!, 2)).toEqual(["of a-2", "of b 2"]);
    expect(await messages(sessions[1]!, 3)).toEqual(["of a-1", "of a-2", "of b 2"]);
    expect(await messages(sessions[2]!, 1)).toEqual(["of b"]);
    for (const events of sessions) await events.return();
  });

  test("sends a burst in updates of at most 500 events", async () => {
    const group = await logs.group("s");
    const { responseStream } = await logs.client.send(
      new StartLiveTailCommand({ logGroupIdentifiers: [group] }),
    );
    const now = logs.clock.now();
    await logs.put(group, "s", ...Array.from({ length: 1200 }, (_, i) => [now, `${i}`] as const));
    const sizes: number[] = [];
    for await (const { sessionUpdate } of responseStream!) {
      if (!sessionUpdate) continue;
      expect(sessionUpdate.sessionMetadata).toEqual({ sampled: false });
      sizes.push(sessionUpdate.sessionResults!.length);
      if (sizes.reduce((sum, size) => sum + size) === 1200) break;
    }
    expect(sizes).toEqual([500, 500, 200]);
  });

  test("ends when its caller leaves, and when the server closes", async () => {
    const group = await logs.group("s");
    const leaving = new AbortController();
    const [left, stayed] = [
      session({ logGroupIdentifiers: [group] }, leaving.signal),
      session({ logGroupIdentifiers: [group] }),
    ];
    await left.next();
    await stayed.next();
    leaving.abort();
    await expect(left.next()).rejects.toThrow();
    logs.service.endTails();
    expect(await stayed.next()).toEqual({ done: true, value: undefined });
  });
});

describe("following in the same process", () => {
  const place = { account: "000000000000", region: "us-east-1" };

  test("begins before the group exists, and ends with its signal", async () => {
    const leaving = new AbortController();
    const batches = logs.service
      .tail([{ ...place, logGroup: "later" }], leaving.signal)
      [Symbol.asyncIterator]();
    const now = logs.clock.now();
    logs.service.write([line("later", "s", "first", now)]);
    expect((await batches.next()).value).toEqual({
      skipped: 0,
      events: [{ logGroup: "later", logStream: "s", atMs: now, ingestedAtMs: now, message: "first" }],
    });
    const next = batches.next();
    leaving.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test("keeps the latest events for one who is slow, and says how many it left out", async () => {
    const group = await logs.group("s");
    const leaving = new AbortController();
    const batches = logs.service.tail([{ ...place, logGroup: group }], leaving.signal);
    for (let i = 0; i < 7; i++) {
      const now = logs.clock.now();
      await logs.put(
        group,
        "s",
        ...Array.from({ length: 1000 }, (_, k) => [now, `${i * 1000 + k}`] as const),
      );
    }
    const { value } = (await batches[Symbol.asyncIterator]().next()) as { value: TailBatch };
    expect(value.skipped).toBe(2000);
    expect(value.events.map((event) => Number(event.message))).toEqual(
      Array.from({ length: 5000 }, (_, i) => 2000 + i),
    );
    leaving.abort();
  });
});
