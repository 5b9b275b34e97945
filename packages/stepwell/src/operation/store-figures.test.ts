import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { RealClock, VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { type NewWorkItem, work } from "../kernel/work.ts";
import { openStore } from "../store/open.ts";
import { insert, type Store } from "../store/store.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { MOST_COUNTED, storeFigures } from "./store-figures.ts";

const addExecution = insert("test.addExecution", "executions", {
  ...{
    number: "bigint",
    key: "text",
    account: "text",
    region: "text",
    function_name: "text",
    version: "text",
  },
  ...{ name: "text", arn: "text", status: "text", started_at: "bigint" },
});
const NOW_MS = 1_000_000;
const clock = new VirtualClock(NOW_MS);
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function opened(kind: string, schema: string): Promise<Store> {
  const target = kind === "SQLite" ? ":memory:" : await sharedPostgresUrl();
  const store = await openStore(target, { clock, log: silentLogger, schema });
  stores.push(store);
  return store;
}

async function addExecutions(store: Store, statuses: readonly string[]): Promise<void> {
  const changes = statuses.map((status, i) => ({
    statement: addExecution,
    params: [i + 1, `key-${i}`, "account", "region", "order", "1", `name-${i}`, `arn-${i}`, status, 0],
  }));
  await store.commit(changes, { key: "executions" });
}

describe.each(["SQLite", "PostgreSQL"])("the figures of %s", (kind) => {
  test("have what is due by kind and since when, what is held, and executions by status", async () => {
    const store = await opened(kind, "figures");
    const item = (key: string, of: string, availableAtMs: number): NewWorkItem => ({
      ...{ key, kind: of, dueAtMs: 0, availableAtMs, data: "" },
    });
    const changes = [
      work.insert(item("a", "execution", NOW_MS - 2_000)),
      work.insert(item("b", "execution", NOW_MS - 5_000)),
      work.insert(item("c", "async", NOW_MS)),
      work.insert(item("later", "async", NOW_MS + 1)),
      work.insertClaimed(item("held", "execution", NOW_MS - 9_000), "node"),
    ];
    await store.commit(changes, { key: "work" });
    await addExecutions(store, ["RUNNING", "SUCCEEDED", "RUNNING"]);
    const figures = await storeFigures(store, clock, new RealClock())();
    const byName = <T extends object>(list: readonly T[]) =>
      [...list].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(byName(figures.due)).toEqual([
      { kind: "async", items: 1, lagMs: 0 },
      { kind: "execution", items: 2, lagMs: 5_000 },
    ]);
    expect(figures.held).toEqual([{ kind: "execution", items: 1 }]);
    expect(byName(figures.executions)).toEqual([
      { status: "RUNNING", count: 2 },
      { status: "SUCCEEDED", count: 1 },
    ]);
    expect(figures.nodes).toBe(0);
  });

  test("have no exact count of many executions, which would mean reading them all", async () => {
    const store = await opened(kind, "many_figures");
    const statuses = Array.from({ length: MOST_COUNTED * 1.2 }, (_, i) => (i % 4 ? "SUCCEEDED" : "RUNNING"));
    await addExecutions(store, statuses);
    if (kind === "PostgreSQL") {
      const client = new pg.Client(await sharedPostgresUrl());
      await client.connect();
      await client.query("ANALYZE many_figures.executions");
      await client.end();
    }
    const { executions } = await storeFigures(store, clock, new RealClock())();
    if (kind === "SQLite") return expect(executions).toEqual([]);
    const counts = new Map(executions.map(({ status, count }) => [status, count]));
    expect(counts.get("RUNNING")).toBeCloseTo(MOST_COUNTED * 0.3, -1);
    expect(counts.get("SUCCEEDED")).toBeCloseTo(MOST_COUNTED * 0.9, -1);
  });
});
