import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { openSqliteStore } from "../store/sqlite.ts";
import { VirtualClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { silentLogger } from "./logger.ts";
import { NO_SIGNALS, type Signals } from "./signals.ts";
import { work } from "./work.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Signals that are all lost: what each node does by itself has to be enough. */
const LOST: Signals = { ...NO_SIGNALS };
const SLEEP_MS = 5_000;

/** Two nodes that hand every item back for a while, until `sleeps` says that it is done. */
async function openNodes(sleeps = 1) {
  const clock = new VirtualClock(1_000);
  const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  closing.push(() => store.close());
  const settle = async () => {
    for (let i = 0; i < 40; i++) await turn();
  };
  const pass = async (ms: number) => {
    clock.moveTo(clock.now() + ms);
    await settle();
  };
  const open = (owner: string) => {
    const claims: number[] = [];
    const taken: string[] = [];
    const dispatcher = new Dispatcher({
      ...{ store, clock, log: silentLogger, owner, signals: LOST },
      onClaim: (items) => void claims.push(items),
    });
    closing.push(() => dispatcher.stop());
    const turns = new Map<string, number>();
    dispatcher.handle("test", async (item) => {
      taken.push(item.key);
      const times = (turns.get(item.key) ?? 0) + 1;
      turns.set(item.key, times);
      const nowMs = clock.now();
      const atMs = nowMs + SLEEP_MS;
      const next = times <= sleeps ? work.release(item, owner, atMs, nowMs) : work.finish(item, owner);
      await store.commit([next], { key: item.key });
      if (times <= sleeps) dispatcher.wake(atMs);
    });
    const add = async (...keys: readonly string[]) => {
      const times = { dueAtMs: clock.now(), availableAtMs: clock.now() };
      const items = keys.map((key) => work.insert({ key, kind: "test", ...times, lane: owner, data: "" }));
      await store.commit(items, { key: owner });
      dispatcher.wake(clock.now());
      await settle();
    };
    return { dispatcher, claims, taken, add };
  };
  return { store, clock, settle, pass, a: open("a"), b: open("b") };
}

describe("of two nodes that put work to sleep", () => {
  test("each goes on with its own, and reaches for nothing of the other's", async () => {
    const { pass, settle, a, b } = await openNodes();
    for (const { dispatcher } of [a, b]) dispatcher.start();
    await settle();
    await a.add("a-1", "a-2");
    await b.add("b-1", "b-2");
    const before = a.claims.length + b.claims.length;
    await pass(SLEEP_MS);
    expect(a.taken).toEqual(["a-1", "a-2", "a-1", "a-2"]);
    expect(b.taken).toEqual(["b-1", "b-2", "b-1", "b-2"]);
    await pass(1_000);
    const after = [...a.claims, ...b.claims].slice(before);
    expect(after.filter((items) => items === 0)).toEqual([]);
  });

  test("one that is busy elsewhere loses what is due to the other, a tenth of a second later", async () => {
    const { pass, settle, a, b } = await openNodes();
    for (const { dispatcher } of [a, b]) dispatcher.start();
    await settle();
    await a.add("item");
    await a.dispatcher.stop();
    b.dispatcher.look();
    await pass(SLEEP_MS + 99);
    expect(b.taken).toEqual([]);
    await pass(1);
    expect(b.taken).toEqual(["item"]);
  });

  test("the other's overdue work in front of it keeps nobody from its own", async () => {
    const { pass, settle, a, b } = await openNodes();
    for (const { dispatcher } of [a, b]) dispatcher.start();
    await settle();
    await a.add("first");
    await pass(10);
    await b.add("second");
    await a.dispatcher.stop();
    await pass(SLEEP_MS);
    expect(b.taken).toEqual(["second", "second"]);
    await pass(100);
    expect(b.taken).toEqual(["second", "second", "first"]);
  });

  test("what somebody else has left something for is taken by whoever comes first", async () => {
    const { store, clock, pass, settle, a, b } = await openNodes();
    for (const { dispatcher } of [a, b]) dispatcher.start();
    await settle();
    await a.add("item");
    await pass(10);
    await store.commit([work.markDirty("item", clock.now())], { key: "item" });
    b.dispatcher.wake(clock.now());
    await settle();
    expect(b.taken).toEqual(["item"]);
  });

  test("new work is taken by whoever comes first", async () => {
    const { settle, a, b } = await openNodes();
    a.dispatcher.start();
    await settle();
    await a.dispatcher.stop();
    await a.add("new");
    b.dispatcher.start();
    await settle();
    expect(b.taken).toEqual(["new"]);
  });
});
