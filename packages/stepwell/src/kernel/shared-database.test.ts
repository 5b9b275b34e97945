import { setImmediate as turn } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreError } from "../store/errors.ts";
import { openPostgresStore } from "../store/postgres.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { type Store, statement } from "../store/store.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { RealClock, VirtualClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { Membership } from "./membership.ts";
import { type Seeker, work } from "./work.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const ALONE: Seeker = { owner: "node", othersFirstMs: 0 };
const item = (key: string) => ({ key, kind: "test", dueAtMs: 1, availableAtMs: 1, data: "" });
const ownerOf = async (store: Store, key: string) => (await work.read(store, key))?.owner;

describe("on one PostgreSQL", () => {
  const clock = new RealClock();
  let schemas = 0;
  let store: Store;
  let other: pg.Client;
  beforeEach(async () => {
    const url = await sharedPostgresUrl();
    const schema = `shared_database_${process.pid}_${++schemas}`;
    store = await openPostgresStore({ url, schema, clock, log: silentLogger });
    closing.push(() => store.close());
    other = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` });
    await other.connect();
    closing.push(() => other.end());
  });
  const add = (keys: readonly string[], owner: string | null) =>
    store.commit(
      keys.map((key) => (owner === null ? work.insert(item(key)) : work.insertClaimed(item(key), owner))),
      { key: "add" },
    );
  /** As a node that stands still in the middle of a transaction. */
  const lock = async (key: string) => {
    await other.query("BEGIN");
    await other.query("SELECT * FROM work WHERE key = $1 FOR UPDATE", [key]);
  };

  test("a claim takes no more than it asks for, also when the table was planned for while it was empty", async () => {
    await other.query("ANALYZE work");
    const claim = async () =>
      (await store.commit([work.claimDue(ALONE, 1, 64, [])], { key: "node" }))[0]!.length;
    // PostgreSQL keeps the plan that it has after the fifth.
    for (let i = 0; i < 8; i++) expect(await claim()).toBe(0);
    await add(
      Array.from({ length: 1000 }, (_, i) => `item-${i}`),
      null,
    );
    expect(await claim()).toBe(64);
  });

  test("due work that a node locks and does not take is asked for now and then, and taken when it lets go", async () => {
    await add(["locked"], null);
    await lock("locked");
    let claims = 0;
    const done: string[] = [];
    const dispatcher = new Dispatcher({
      ...{ store, clock, log: silentLogger, owner: "node" },
      onClaim: () => void claims++,
    });
    closing.push(() => dispatcher.stop());
    dispatcher.handle("test", async ({ key }) => void done.push(key));
    dispatcher.start();
    await new Promise((resolve) => clock.at(clock.now() + 350, () => resolve(undefined)));
    expect(claims).toBeLessThan(10);
    await other.query("ROLLBACK");
    await expect.poll(() => done).toEqual(["locked"]);
  });

  test("housekeeping that is due in time is not waited for, whoever has it locked", async () => {
    const dueBy = (atMs: number) => store.commit([work.insertEarlier("one", "test", atMs)], { key: "one" });
    await dueBy(5);
    await lock("one");
    await dueBy(5);
    await dueBy(10);
    await other.query("ROLLBACK");
    await dueBy(3);
    expect(await work.nextAvailableMs(store, [], ALONE)).toBe(3);
  });

  test("a dead node's work is freed although its last transaction still locks some of it", async () => {
    await add(["locked", "loose"], "dead");
    await lock("locked");
    const membership = new Membership({
      ...{ store, clock, log: silentLogger, owner: "node", leaseMs: 300 },
      onFreed: () => {},
    });
    closing.push(() => membership.leave());
    await membership.start();
    await expect.poll(() => ownerOf(store, "loose")).toBe(null);
    expect(await ownerOf(store, "locked")).toBe("dead");
    await other.query("ROLLBACK");
    await expect.poll(() => ownerOf(store, "locked")).toBe(null);
  });
});

/** A virtual clock whose counter goes with it. */
class SteadyClock extends VirtualClock {
  override monotonicMs(): number {
    return this.now();
  }
}

describe("nodes with a lease of nine seconds", () => {
  async function openNodes() {
    const clock = new SteadyClock(0);
    const store = await openSqliteStore({ folder: ":memory:", clock, log: silentLogger });
    closing.push(() => store.close());
    const commit = store.commit.bind(store);
    let moving = Promise.resolve();
    store.commit = (...call) => moving.then(() => commit(...call));
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, warn: (_, message) => void warnings.push(message) };
    const join = async (owner: string) => {
      const membership = new Membership({ store, clock, log, owner, leaseMs: 9000, onFreed: () => {} });
      await membership.start();
      await commit([work.insertClaimed(item(owner), owner)], { key: owner });
      return membership;
    };
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1000);
        for (let turns = 0; turns < 20; turns++) await turn();
      }
    };
    /** The database takes what it is told, but answers only after so long. */
    const stall = async (seconds: number) => {
      let goOn = () => {};
      moving = new Promise((resolve) => {
        goOn = resolve;
      });
      await pass(seconds);
      goOn();
      await pass(1);
    };
    return { store, clock, warnings, join, pass, stall };
  }

  test("do not bury each other after the database has stood still for longer than that", async () => {
    const { store, warnings, join, pass, stall } = await openNodes();
    for (const owner of ["a", "b", "c"]) await join(owner);
    await pass(5);
    await stall(15);
    await pass(10);
    expect(warnings).toEqual([]);
    for (const owner of ["a", "b", "c"]) expect(await ownerOf(store, owner)).toBe(owner);
  });

  test("say that they cannot reach the database, until they can again", async () => {
    const { store, join, pass } = await openNodes();
    const membership = await join("a");
    expect(membership.steady).toBe(true);
    const { commit } = store;
    store.commit = async () => {
      throw new StoreError("StoreUnreachable", "The database is away.");
    };
    await pass(4);
    expect(membership.steady).toBe(false);
    store.commit = commit;
    await pass(2);
    expect(membership.steady).toBe(true);
  });

  test("take over from one that is gone, within nine seconds and a look", async () => {
    const { store, clock, warnings, join, pass } = await openNodes();
    await join("a");
    // As a node that says nothing any more.
    const renewed = statement("test.renewed", "INSERT INTO nodes VALUES ('gone', 'here', $1, $1)");
    await store.commit([{ statement: renewed, params: [clock.now()] }], { key: "gone" });
    await store.commit([work.insertClaimed(item("its"), "gone")], { key: "gone" });
    await pass(8);
    expect(await ownerOf(store, "its")).toBe("gone");
    await pass(2);
    expect(await ownerOf(store, "its")).toBe(null);
    expect(warnings).toEqual(["a node has died; its work is free"]);
  });
});
