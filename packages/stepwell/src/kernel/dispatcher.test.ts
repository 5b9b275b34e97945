import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { VirtualClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { silentLogger } from "./logger.ts";
import { type WorkItem, work } from "./work.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open() {
  const clock = new VirtualClock(1_000);
  const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  const dispatcher = new Dispatcher({ store, clock, log: silentLogger, owner: "node" });
  closing.push(async () => {
    await dispatcher.stop();
    await store.close();
  });
  const add = async (key: string, availableAtMs: number) => {
    const item = { key, kind: "test", dueAtMs: availableAtMs, availableAtMs, data: "" };
    await store.commit([work.insert(item)], { key });
    dispatcher.wake(availableAtMs);
  };
  const settle = async () => {
    for (let i = 0; i < 20; i++) await turn();
  };
  return { clock, store, dispatcher, add, settle };
}

test("work is done when its time has come, the most overdue first", async () => {
  const { clock, dispatcher, add, settle } = await open();
  const done: string[] = [];
  dispatcher.handle("test", async (item) => void done.push(item.key));
  await add("b", 900);
  await add("a", 800);
  await add("later", 5_000);
  dispatcher.start();
  await settle();
  expect(done).toEqual(["a", "b"]);
  clock.moveTo(4_999);
  await settle();
  expect(done).toHaveLength(2);
  clock.moveTo(5_000);
  await settle();
  expect(done).toEqual(["a", "b", "later"]);
});

test("work that becomes due earlier than expected is not overslept", async () => {
  const { clock, dispatcher, add, settle } = await open();
  const done: string[] = [];
  dispatcher.handle("test", async (item) => void done.push(item.key));
  await add("far", 100_000);
  dispatcher.start();
  await settle();
  await add("near", 2_000);
  clock.moveTo(2_000);
  await settle();
  expect(done).toEqual(["near"]);
});

test("no more is claimed than this node can carry, and the rest follows as it gets rid of some", async () => {
  const { dispatcher, add, settle } = await open();
  const unfinished: (() => void)[] = [];
  dispatcher.handle("test", () => new Promise<void>((resolve) => void unfinished.push(resolve)));
  for (let i = 0; i < 300; i++) await add(`item-${i}`, 500);
  dispatcher.start();
  await settle();
  expect(unfinished).toHaveLength(256);
  for (const finish of unfinished.splice(0)) finish();
  await settle();
  expect(unfinished).toHaveLength(300 - 256);
});

test("one who has lost an item can neither release nor finish it", async () => {
  const { store, dispatcher, add, settle } = await open();
  let claimed: WorkItem | undefined;
  dispatcher.handle("test", async (item) => {
    claimed = item;
  });
  await add("lost", 500);
  dispatcher.start();
  await settle();
  await dispatcher.stop();
  await store.commit([work.freeAll()], { key: "lost" });
  const read = async (s: Store) => work.read(s, "lost");
  const before = await read(store);
  for (const change of [work.release(claimed!, "node", 1, 1), work.finish(claimed!, "node")]) {
    await expect(store.commit([change], { key: "lost" })).rejects.toMatchObject({ name: "Conflict" });
  }
  expect(await read(store)).toEqual(before);
});

test("an item made dirty while it is held is due at once when it is released", async () => {
  const { store, dispatcher, add, settle } = await open();
  const claims: WorkItem[] = [];
  dispatcher.handle("test", async (item) => void claims.push(item));
  await add("dirty", 500);
  dispatcher.start();
  await settle();
  await store.commit([work.markDirty("dirty", 1_000)], { key: "dirty" });
  const [rows] = await store.commit([work.release(claims[0]!, "node", 999_999, 1_000)], { key: "dirty" });
  expect(rows).toEqual([{ available_at: 1_000 }]);
  dispatcher.wake(1_000);
  await settle();
  expect(claims).toHaveLength(2);
});
