import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RealClock, VirtualClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { sharedPostgresUrl, startPostgres } from "../testing/postgres-server.ts";
import { change, rejection } from "./contract/suite.ts";
import {
  addEntry,
  addItem,
  bumpItem,
  CONTRACT_MIGRATIONS,
  countEntries,
  increaseItem,
  moveItem,
  oneItem,
  removeItem,
} from "./contract/tables.ts";
import { Conflict, OutcomeUnknown, StoreError } from "./errors.ts";
import { CuttingProxy } from "./faults/cutting-proxy.ts";
import { expectWholeCommits, startCommitter } from "./faults/kill.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { openStore } from "./open.ts";
import { askFate, forgetFlushes, RECORD_FLUSH } from "./postgres/fate.ts";
import { openPostgresStore, type PostgresOptions, type PostgresStore } from "./postgres.ts";
import { statement } from "./store.ts";

let url: string;
let schemas = 0;
const newSchema = (): string => `faults_${++schemas}`;

const open = (options: Partial<PostgresOptions> = {}): Promise<PostgresStore> =>
  openPostgresStore({
    url,
    schema: newSchema(),
    clock: new VirtualClock(),
    log: silentLogger,
    migrations: CONTRACT_MIGRATIONS,
    ...options,
  });

/** A connection beside the store's, for what only an administrator does. */
async function admin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  url = await sharedPostgresUrl();
});

describe("a process killed in the middle of commits", () => {
  it("has lost no acknowledged commit and left none half done", async () => {
    const schema = newSchema();
    const store = await open({ schema });
    for (const [round, count] of [1, 50, 700].entries()) {
      const prefix = `round${round}`;
      const committer = await startCommitter(url, { schema }, prefix);
      await committer.reached(count);
      await committer.kill();
      await quiet(schema);
      const stored = await expectWholeCommits(store, prefix, committer.acknowledged);
      expect(stored).toBeGreaterThanOrEqual(count);
    }
    await store.close();
  });

  /** The server may still be finishing the last flush of a client that is gone. */
  const quiet = (schema: string) =>
    admin(async (client) => {
      await client.query(`LOCK TABLE ${schema}.entries IN EXCLUSIVE MODE`).catch(() => {});
      await client.query(`BEGIN; LOCK TABLE ${schema}.entries IN EXCLUSIVE MODE; COMMIT`);
    });
});

describe("a server that crashes under load", () => {
  it("loses no acknowledged commit; the store goes on by itself when it is back", async () => {
    const server = await startPostgres();
    try {
      const store = await open({ url: server.url, schema: "stepwell", clock: new RealClock() });
      const acknowledged: number[] = [];
      const refused: Error[] = [];
      let next = 0;
      let ended = false;
      const writers = Array.from({ length: 20 }, async () => {
        while (!ended) {
          const n = next++;
          const changes = [
            change(addEntry, ["x", n], 1),
            change(addItem, [`x/${String(n).padStart(9, "0")}`, n], 1),
          ];
          await store.commit(changes, { key: `${n % 7}` }).then(
            () => acknowledged.push(n),
            (error: Error) => refused.push(error),
          );
        }
      });
      for (const count of [300, 900]) {
        await until(() => acknowledged.length >= count);
        await server.crash();
        await server.restart();
      }
      await until(() => acknowledged.length >= 1500);
      ended = true;
      await Promise.all(writers);
      for (const error of refused) expect(["OutcomeUnknown", "StoreError"]).toContain(error.name);
      await expectWholeCommits(store, "x", acknowledged);
      await store.close();
    } finally {
      await server.stop();
    }
  });

  it("refuses commits clearly for as long as it is away, and takes them again afterwards", async () => {
    const server = await startPostgres();
    try {
      const store = await open({ url: server.url, schema: "stepwell" });
      await store.commit([change(addItem, ["a", 1], 1)], { key: "a" });
      await server.crash();
      const [error, readError] = await Promise.all([
        rejection(store.commit([change(addItem, ["b", 1], 1)], { key: "b" })),
        rejection(store.read(oneItem, ["a"])),
      ]);
      for (const one of [error, readError]) {
        expect(one).toMatchObject({ name: "StoreError", code: "StoreUnreachable" });
        expect(one.message).toMatch(/no server listens there. Start PostgreSQL/);
      }
      await server.restart();
      await store.commit([change(addItem, ["b", 2], 1)], { key: "b" });
      expect(await store.read(oneItem, ["b"])).toEqual([{ id: "b", version: 2 }]);
      await store.close();
    } finally {
      await server.stop();
    }
  });
});

describe("a connection lost at COMMIT", () => {
  const schema = "cut";
  let proxy: CuttingProxy;
  let store: PostgresStore;

  beforeAll(async () => {
    proxy = new CuttingProxy(url);
    store = await open({ url: await proxy.listen(), schema, lanes: 1 });
    await store.commit([change(addItem, ["counter", 0], 1)], { key: "k" });
  });
  afterAll(async () => {
    await store.close();
    proxy.close();
  });

  const counter = async () => (await store.read(oneItem, ["counter"]))[0]!.version as number;

  it.each(["after", "before", "late"] as const)(
    "(the server got it: %s) is found out about, and the commit happens exactly once",
    async (cut) => {
      const before = await counter();
      const cutsBefore = proxy.cuts;
      proxy.cutNextCommit(cut);
      // A change that returns rows: COMMIT is sent alone, after their answers.
      const rows = await store.commit([change(bumpItem, ["counter"], 1)], { key: "k" });
      expect(rows).toEqual([[{ id: "counter", version: before + 1 }]]);
      proxy.deliver();
      await store.commit([change(bumpItem, ["counter"], 1)], { key: "k" });
      expect(await counter()).toBe(before + 2);
      expect(proxy.cuts).toBe(cutsBefore + 1);
    },
  );

  it.each(["after", "before", "late"] as const)(
    "that went along with its statements (the server got it: %s), likewise",
    async (cut) => {
      const before = await counter();
      const cutsBefore = proxy.cuts;
      proxy.cutNextCommit(cut);
      const commits = Array.from({ length: 10 }, (_, n) =>
        store.commit([change(addEntry, [cut, n], 1), change(increaseItem, ["counter"])], { key: `${n}` }),
      );
      await Promise.all(commits);
      proxy.deliver();
      await store.commit([change(increaseItem, ["counter"])], { key: "k" });
      expect(await store.read(countEntries, [cut])).toEqual([{ n: 10 }]);
      expect(await counter()).toBe(before + 11);
      expect(proxy.cuts).toBe(cutsBefore + 1);
    },
  );

  it("tells the guilty from their neighbours as well", async () => {
    proxy.cutNextCommit("after");
    const [good, bad] = await Promise.allSettled([
      store.commit([change(addEntry, ["neighbours", 1], 1)], { key: "1" }),
      store.commit([change(moveItem, ["counter", -5, 0], 1)], { key: "2" }),
    ]);
    expect(good.status).toBe("fulfilled");
    expect((bad as PromiseRejectedResult).reason).toBeInstanceOf(Conflict);
    expect(await store.read(countEntries, ["neighbours"])).toEqual([{ n: 1 }]);
  });

  it("is reported as an unknown outcome when nobody can be asked for 5 seconds", async () => {
    const before = await counter();
    proxy.cutNextCommit("after", { refuse: true });
    const error = await rejection(store.commit([change(bumpItem, ["counter"], 1)], { key: "k" }));
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(error.message).toMatch(/Read the data again before acting on it/);
    proxy.accept();
    expect(await counter()).toBe(before + 1);
    await store.commit([change(bumpItem, ["counter"], 1)], { key: "k" });
    expect(await counter()).toBe(before + 2);
  });

  it("may be asked about again when that answer is lost as well", async () => {
    await admin(async (client) => {
      await client.query(`SET search_path = ${schema}`);
      await client.query(RECORD_FLUSH.text, ["committed"]);
      for (let time = 0; time < 3; time++) {
        expect(await askFate(client, "committed", null)).toBe(true);
        expect(await askFate(client, "never arrived", null)).toBe(false);
      }
      await expect(client.query(RECORD_FLUSH.text, ["never arrived"])).rejects.toThrow(/duplicate key/);
    });
  });

  it("leaves ids of flushes behind that are forgotten in time", async () => {
    const old = statement(
      "faults.oldFlush",
      "INSERT INTO flushes (id, keep_until, fenced) VALUES ($1, 1, 0)",
    );
    const ids = statement("faults.flushes", "SELECT count(*) AS n FROM flushes WHERE id = $1");
    await store.commit([change(old, ["old"], 1)], { key: "k" });
    await store.commit([change(forgetFlushes, [])], { key: "k" });
    expect(await store.read(ids, ["old"])).toEqual([{ n: 0 }]);
    const all = statement("faults.allFlushes", "SELECT count(*) > 0 AS some FROM flushes");
    expect(await store.read(all, [])).toEqual([{ some: 1 }]);
  });
});

describe("two servers on one schema", () => {
  it("migrate it once, however many start together", async () => {
    const schema = newSchema();
    const stores = await Promise.all(Array.from({ length: 6 }, () => open({ schema })));
    await Promise.all(
      stores.map((store, n) => store.commit([change(addItem, [`i${n}`, n], 1)], { key: "k" })),
    );
    expect(await stores[0]!.read(oneItem, ["i5"])).toEqual([{ id: "i5", version: 5 }]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("let one of two rivals through", async () => {
    const schema = newSchema();
    const stores = [await open({ schema }), await open({ schema })];
    await stores[0]!.commit([change(addItem, ["a", 0], 1)], { key: "a" });
    for (let n = 0; n < 50; n++) {
      const results = await Promise.allSettled(
        stores.map((store) => store.commit([change(moveItem, ["a", n, n + 1], 1)], { key: "a" })),
      );
      expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      for (const result of results) {
        if (result.status === "rejected") expect(result.reason).toBeInstanceOf(Conflict);
      }
    }
    expect(await stores[1]!.read(oneItem, ["a"])).toEqual([{ id: "a", version: 50 }]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("get through a deadlock: rows locked in opposite orders", async () => {
    const schema = newSchema();
    const stores = [await open({ schema }), await open({ schema })];
    const key = "k";
    await stores[0]!.commit(
      ["x", "gate", "y"].map((id) => change(addItem, [id, 0], 1)),
      { key },
    );
    const rivals = await admin(async (client) => {
      await client.query(`BEGIN; UPDATE ${schema}.items SET version = version WHERE id = 'gate'`);
      const going = Promise.all(
        [
          ["x", "gate", "y"],
          ["y", "gate", "x"],
        ].map((ids, n) =>
          stores[n]!.commit(
            ids.map((id) => change(bumpItem, [id], 1)),
            { key },
          ),
        ),
      );
      await admin((other) => untilBlocked(other, schema, 2));
      await client.query("ROLLBACK");
      return going;
    });
    expect(rivals).toHaveLength(2);
    for (const id of ["x", "y"]) expect(await stores[0]!.read(oneItem, [id])).toEqual([{ id, version: 2 }]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("reject a commit whose row stays locked, not its neighbours", async () => {
    const schema = newSchema();
    const store = await open({ schema });
    await store.commit([change(addItem, ["locked", 0], 1)], { key: "k" });
    await admin(async (client) => {
      await client.query(`BEGIN; UPDATE ${schema}.items SET version = 1`);
      const [busy, fine] = await Promise.allSettled([
        store.commit([change(removeItem, ["locked"])], { key: "k" }),
        store.commit([change(addItem, ["free", 0])], { key: "k" }),
      ]);
      expect(busy).toMatchObject({ status: "rejected", reason: { name: "StoreError", code: "StoreBusy" } });
      expect(fine.status).toBe("fulfilled");
      await client.query("ROLLBACK");
    });
    await store.commit([change(removeItem, ["locked"], 1)], { key: "k" });
    await store.close();
  });
});

describe("a server that cannot be used", () => {
  const expectClear = async (opening: Promise<unknown>, code: string, advice: RegExp) => {
    const error = await rejection(opening);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(advice);
    expect(error.message).not.toContain("secret");
  };
  const changed = (change: (url: URL) => void): string => {
    const other = new URL(url);
    change(other);
    return other.href;
  };

  it("because nothing listens there", async () => {
    const nowhere = changed((other) => {
      other.port = "1";
      other.password = "secret";
    });
    await expectClear(
      open({ url: nowhere }),
      "StoreUnreachable",
      /127.0.0.1:1.*Start PostgreSQL, or correct/,
    );
  });

  it("because the host does not exist", async () => {
    const nowhere = changed((other) => {
      other.hostname = "no-such-host.invalid";
    });
    await expectClear(open({ url: nowhere }), "StoreUnreachable", /no-such-host/);
  });

  it("because the password is wrong", async () => {
    const wrong = changed((other) => {
      other.password = "secret";
    });
    await expectClear(open({ url: wrong }), "StoreUnreachable", /Correct the user and password in the URL/);
  });

  it("because the database does not exist", async () => {
    const missing = changed((other) => {
      other.pathname = "/missing";
    });
    await expectClear(open({ url: missing }), "StoreUnreachable", /Create it \(createdb\)/);
  });

  it("because the user may not create tables", async () => {
    await admin((client) => client.query("CREATE ROLE guest LOGIN PASSWORD 'secret'"));
    const guest = changed((other) => {
      other.username = "guest";
      other.password = "secret";
    });
    await expectClear(open({ url: guest }), "StoreUnreachable", /GRANT CREATE ON DATABASE/);
  });

  it("because it keeps text in another encoding", async () => {
    await admin((client) => client.query("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0"));
    const ascii = changed((other) => {
      other.pathname = "/ascii";
    });
    await expectClear(open({ url: ascii }), "StoreUnsupported", /SQL_ASCII.*ENCODING 'UTF8'/);
  });

  it("because the URL is none, or the schema's name", async () => {
    await expectClear(open({ url: "postgres://u:secret@:x" }), "StoreUnreachable", /Write postgres:\/\//);
    await expectClear(open({ schema: "No; DROP" }), "BadParameter", /cannot be the schema's name/);
  });

  it("because its schema is newer", async () => {
    const schema = newSchema();
    await (await open({ schema })).close();
    await expectClear(open({ schema, migrations: MIGRATIONS }), "StoreNewerSchema", /9001.*Update stepwell/);
  });
});

describe("a target", () => {
  it("that is a postgres:// URL opens a schema on that server, and hides the password", async () => {
    const store = await openStore(url, { clock: new VirtualClock(), log: silentLogger, schema: newSchema() });
    expect(store.kind).toBe("postgres");
    expect(store.info.location).toMatch(
      /^postgres:\/\/stepwell@127.0.0.1:\d+\/postgres \(schema faults_\d+\)$/,
    );
    await store.close();
  });
});

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Resolves when so many sessions of a schema's stores wait for a lock. */
async function untilBlocked(client: pg.Client, schema: string, count: number): Promise<void> {
  const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
    WHERE a.application_name = 'stepwell' AND EXISTS (SELECT 1 FROM pg_locks o
      WHERE o.pid = a.pid AND o.relation = '${schema}.items'::regclass)`;
  for (;;) {
    const { rows } = await client.query(waiting);
    if (rows[0].n >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
