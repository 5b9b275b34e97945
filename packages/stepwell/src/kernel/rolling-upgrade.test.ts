import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { VirtualClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { NewerData } from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { NO_SIGNALS, type Signals } from "./signals.ts";
import { type WorkItem, work } from "./work.ts";

const clock = new VirtualClock(1_000);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openStore(): Promise<Store> {
  const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
  closing.push(() => store.close());
  return store;
}

/** What nodes tell each other, at once. */
function wires(): () => Signals {
  const ends = new Set<Map<string, () => void>>();
  return () => {
    const looks = new Map<string, () => void>();
    ends.add(looks);
    return {
      ...NO_SIGNALS,
      send: (topic) => {
        for (const end of ends) if (end !== looks) end.get(topic)?.();
      },
      on: (topic, look) => {
        looks.set(topic, look);
        return () => void looks.delete(topic);
      },
    };
  };
}

/** A node on a shared store that handles these kinds of work; `claims` has what each of its claims found. */
function openNode(store: Store, owner: string, kinds: readonly string[], signals: Signals) {
  const done: string[] = [];
  const errors: string[] = [];
  const claims: number[] = [];
  const log: Logger = { ...silentLogger, error: (_, message) => void errors.push(message) };
  const onClaim = (items: number) => void claims.push(items);
  const dispatcher = new Dispatcher({ store, clock, log, owner, signals, onClaim });
  const finish = async (item: WorkItem) => {
    done.push(item.key);
    await store.commit([work.finish(item, owner)], { key: item.key });
  };
  for (const kind of kinds) dispatcher.handle(kind, finish);
  dispatcher.start();
  closing.push(() => dispatcher.stop());
  return { dispatcher, done, errors, claims };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await turn();
}

const add = (store: Store, kind: string, keys: readonly string[], lane = "") =>
  store.commit(
    keys.map((key) => work.insert({ key, kind, dueAtMs: 900, availableAtMs: 900, lane, data: "" })),
    { key: kind },
  );

test("work of a kind that an older node does not know is done by a newer one at once", async () => {
  const store = await openStore();
  const signals = wires();
  const old = openNode(store, "old", ["old"], signals());
  const young = openNode(store, "new", ["old", "new"], signals());
  await settle();
  const keys = Array.from({ length: 100 }, (_, i) => `item-${i}`);
  await add(store, "new", keys);
  old.dispatcher.wake(900);
  await settle();
  expect(young.done.sort()).toEqual(keys.sort());
  expect(old.errors).toEqual(["this version does not know this kind of work; it is left to newer nodes"]);
});

test("work of a kind that no node knows stays free, and keeps none from what they know", async () => {
  const store = await openStore();
  const old = openNode(store, "old", ["old"], wires()());
  await add(store, "new", ["a", "b"]);
  old.dispatcher.wake(900);
  await settle();
  const claims = old.claims.length;
  await add(store, "old", ["c"]);
  old.dispatcher.wake(900);
  await settle();
  expect(old.done).toEqual(["c"]);
  expect(old.errors).toHaveLength(1);
  // One that takes "c", and one that finds nothing more.
  expect(old.claims.length - claims).toBeLessThanOrEqual(2);
  expect((await work.free(store, 1_000, 10)).map(({ key }) => key)).toEqual(["a", "b"]);
});

test("an item whose data is too new for a node is left to a newer one at once, also when many are", async () => {
  const store = await openStore();
  const signals = wires();
  const tooNew = async () => {
    throw new NewerData("A newer version has written it.");
  };
  const old = openNode(store, "old", [], signals());
  old.dispatcher.handle("known", tooNew);
  await add(store, "known", ["b"], "function");
  old.dispatcher.wake(900);
  await settle();
  const keys = Array.from({ length: 100 }, (_, i) => `item-${i}`);
  await add(store, "known", keys, "function");
  old.dispatcher.wake(900);
  await settle();
  expect(await work.read(store, "b")).toMatchObject({ owner: null });
  expect((await work.free(store, clock.now(), 200)).length).toBe(101);
  const young = openNode(store, "new", ["known"], signals());
  await settle();
  expect(young.done.sort()).toEqual(["b", ...keys].sort());
  expect(old.errors).toHaveLength(1);
});

test("an item whose data is too new for a node is given back for a minute, and spoken of once", async () => {
  const store = await openStore();
  const old = openNode(store, "old", [], wires()());
  let tries = 0;
  old.dispatcher.handle("known", async () => {
    tries++;
    throw new NewerData("A newer version has written it.");
  });
  await add(store, "known", ["a"]);
  old.dispatcher.wake(900);
  await settle();
  clock.advance(59_000);
  await settle();
  expect(tries).toBe(1);
  expect(await work.read(store, "a")).toMatchObject({ owner: null });
  clock.advance(1_000);
  await settle();
  expect(tries).toBe(2);
  expect(old.errors).toEqual(["work that only a newer version can do is left to newer nodes"]);
});
