import { StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { line, type ServedLogs, serveLogs } from "./fixtures/served-logs.ts";

let schemas = 0;
let a: ServedLogs;
let b: ServedLogs;
let other: pg.Client;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  const url = await sharedPostgresUrl();
  const schema = `shared_tails_${process.pid}_${++schemas}`;
  const clock = new VirtualClock();
  const node = async (name: string) => {
    const store = await openPostgresStore({ url, schema, clock, log: silentLogger });
    const signals = store.openSignals(name, silentLogger);
    const logs = await serveLogs({ store, clock, signals });
    closing.push(async () => {
      await logs.close({ keepStore: true });
      await signals.close();
      await store.close();
    });
    return logs;
  };
  a = await node("a");
  b = await node("b");
  other = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` });
  await other.connect();
  closing.push(() => other.end());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The messages that a live tail on a node sends, from its start on. */
async function follow(node: ServedLogs, group: string) {
  const { responseStream } = await node.client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: [group] }),
  );
  const events = responseStream![Symbol.asyncIterator]();
  await events.next();
  const waiting: string[] = [];
  return {
    async next(count: number): Promise<string[]> {
      while (waiting.length < count) {
        const { sessionUpdate } = (await events.next()).value!;
        waiting.push(
          ...sessionUpdate!.sessionResults!.map((result: { message?: string }) => result.message!),
        );
      }
      return waiting.splice(0, count);
    },
    leave: () => events.return?.(undefined),
  };
}

test("a live tail on one node sends what clients and functions log on any of them, once", async () => {
  const group = await a.group("s", "t");
  const now = a.clock.now();
  await a.put(group, "s", [now, "before"]);
  const tails = [await follow(a, group), await follow(b, group)];
  await a.put(group, "s", [now, "put at a"]);
  for (const tail of tails) expect(await tail.next(1)).toEqual(["put at a"]);
  b.service.write([line(group, "u", "written at b", now), line("elsewhere", "u", "not asked for", now)]);
  for (const tail of tails) expect(await tail.next(1)).toEqual(["written at b"]);
  const puts = Array.from({ length: 100 }, (_, i) => {
    const messages = Array.from({ length: 10 }, (_, k) => [now, `${i}-${k}`] as const);
    return [a, b][i % 2]!.put(group, ["s", "t"][i % 2]!, ...messages);
  });
  const all = Array.from({ length: 1000 }, (_, i) => `${Math.floor(i / 10)}-${i % 10}`).sort();
  for (const tail of tails) expect((await tail.next(1000)).sort()).toEqual(all);
  await Promise.all(puts);
  await a.put(group, "s", [now, "last"]);
  for (const tail of tails) {
    expect(await tail.next(1)).toEqual(["last"]);
    tail.leave();
  }
});

test("what is stored out of turn is sent when it is there", async () => {
  const group = await a.group("s");
  const now = a.clock.now();
  const tail = await follow(b, group);
  await other.query("BEGIN");
  await other.query(
    `INSERT INTO log_events (group_id, stream_id, at, ingested_at, message)
     SELECT group_id, id, $1, $1, 'early, but late' FROM log_streams`,
    [now],
  );
  await a.put(group, "s", [now, "late, but early"]);
  expect(await tail.next(1)).toEqual(["late, but early"]);
  await other.query("COMMIT");
  expect(await tail.next(1)).toEqual(["early, but late"]);
  tail.leave();
});
