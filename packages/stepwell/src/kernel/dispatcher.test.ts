import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
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

describe("when one function has a flood of due work", () => {
  async function flooded(lanes: readonly string[], most = 1_000) {
    const node = await open();
    const { store, dispatcher, settle } = node;
    const times = { dueAtMs: 500, availableAtMs: 500 };
    const flood = lanes.flatMap((lane) =>
      Array.from({ length: most }, (_, i) =>
        work.insert({ key: `${lane}-${i}`, kind: "test", ...times, lane, data: "" }),
      ),
    );
    await store.commit(flood, { key: "flood" });
    const taken: string[] = [];
    const unfinished: (() => void)[] = [];
    dispatcher.handle("test", ({ lane }) => {
      taken.push(lane);
      return new Promise<void>((resolve) => void unfinished.push(resolve));
    });
    dispatcher.start();
    await settle();
    const addTo = async (lane: string) => {
      await store.commit(
        [work.insert({ key: lane, kind: "test", dueAtMs: 900, availableAtMs: 900, lane, data: "" })],
        {
          key: lane,
        },
      );
      dispatcher.wake(900);
      await settle();
    };
    return { ...node, taken, unfinished, addTo };
  }

  test("work of another one that is due later is taken before the flood is over", async () => {
    const { taken, addTo } = await flooded(["flood"]);
    await addTo("other");
    expect(taken.at(-1)).toBe("other");
    expect(taken.length).toBeLessThan(256);
  });

  test("housekeeping, which is no function's, is taken too", async () => {
    const { taken, addTo } = await flooded(["flood"]);
    await addTo("");
    expect(taken.at(-1)).toBe("");
  });

  test("and nineteen more have one, work of another one is taken when each has had its turn", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `flood-${i}`);
    const { taken, unfinished, addTo, settle } = await flooded(names, 100);
    expect(taken).toHaveLength(256);
    await addTo("other");
    expect(taken).not.toContain("other");
    for (const finish of unfinished.splice(0, names.length)) {
      finish();
      await settle();
    }
    expect(taken).toContain("other");
  });

  test("and all that was taken of it ends while this node looks for work of others, the rest is taken", async () => {
    const { store, dispatcher, taken, unfinished, settle } = await flooded(["flood"]);
    const read = store.read.bind(store);
    store.read = async (...call) => {
      const rows = await read(...call);
      for (const finish of unfinished.splice(0)) finish();
      await turn();
      return rows;
    };
    const before = taken.length;
    dispatcher.wake(1_000);
    await settle();
    expect(taken.length).toBeGreaterThan(before);
  });

  test("all of it is done in the end", async () => {
    const { taken, unfinished, settle } = await flooded(["flood"]);
    while (unfinished.length > 0) {
      for (const finish of unfinished.splice(0)) finish();
      await settle();
    }
    expect(taken).toHaveLength(1_000);
  });
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

describe("when work waits for somebody outside", () => {
  async function waiting(lanes: number, ofEach: number) {
    const node = await open();
    const { store, dispatcher, settle } = node;
    const times = { dueAtMs: 500, availableAtMs: 500 };
    const items = Array.from({ length: lanes * ofEach }, (_, i) =>
      work.insert({ key: `out-${i}`, kind: "out", ...times, lane: `lane-${i % lanes}`, data: "" }),
    );
    await store.commit(items, { key: "out" });
    const rests: (() => void)[] = [];
    const ends: (() => void)[] = [];
    const taken: string[] = [];
    dispatcher.handle("out", async (item, rest) => {
      taken.push(item.lane);
      rests.push(rest);
      await new Promise<void>((resolve) => void ends.push(resolve));
      await store.commit([work.finish(item, "node")], { key: item.key });
    });
    dispatcher.handle("test", async ({ key }) => void taken.push(key));
    dispatcher.start();
    await settle();
    /** Lets all rest that were taken, and then as often as something is taken. */
    const takenResting = () => {
      for (const rest of rests.splice(0)) rest();
      return taken.length;
    };
    return { ...node, taken, ends, takenResting };
  }

  test("other work is taken, however much of it waits", async () => {
    const { taken, takenResting, add } = await waiting(1_500, 1);
    expect(taken).toHaveLength(256);
    await expect.poll(takenResting).toBeGreaterThanOrEqual(1_024);
    await add("other", 900);
    await expect.poll(() => taken.at(-1)).toBe("other");
    expect(taken.length).toBeLessThanOrEqual(1_024 + 256 + 1);
  });

  test("no more is taken for one who does not answer, and all of it when he does", async () => {
    const { taken, ends, takenResting, add } = await waiting(1, 1_000);
    await expect.poll(takenResting).toBeGreaterThanOrEqual(64);
    await add("other", 900);
    await expect.poll(() => taken.at(-1)).toBe("other");
    expect(taken.length).toBeLessThanOrEqual(256);
    await expect.poll(() => endAll(ends, taken)).toBe(1_001);
  });

  test("what was left out of a kind is taken when there is room again", async () => {
    const { taken, ends, takenResting } = await waiting(1_500, 1);
    await expect.poll(takenResting).toBeGreaterThanOrEqual(1_024);
    await expect.poll(() => endAll(ends, taken)).toBe(1_500);
  });

  function endAll(ends: (() => void)[], taken: readonly string[]): number {
    for (const end of ends.splice(0)) end();
    return taken.length;
  }
});
