import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { RealClock, VirtualClock } from "../kernel/clock.ts";
import { SeededIds } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { referToBlob } from "./blobs/blobs.ts";
import { RowBlobs } from "./blobs/row-blobs.ts";
import { change, collect, rejection } from "./contract/suite.ts";
import { addItem, addKind, CONTRACT_MIGRATIONS, kindsOf, oneItem } from "./contract/tables.ts";
import { StoreError } from "./errors.ts";
import { expectWholeCommits, startCommitter } from "./faults/kill.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { openStore } from "./open.ts";
import type { Changes } from "./outcome.ts";
import { SqliteWriter } from "./sqlite/writer.ts";
import { openSqliteStore, type SqliteOptions, SqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";

const folders: string[] = [];
const mounts: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-fault-"));
  folders.push(folder);
  return folder;
}

/** A file system of its own for a folder; only root may make one. */
function mount(options: string): string {
  const folder = newFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  mounts.push(folder);
  return folder;
}

function canMount(): boolean {
  try {
    mount("size=1m");
    return true;
  } catch {
    return false;
  }
}

function unmountAll(): void {
  for (const folder of mounts.splice(0)) execFileSync("umount", ["--lazy", folder]);
}

const mountable = process.platform === "linux" && canMount();
unmountAll();

afterEach(() => {
  unmountAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const open = (folder: string, options: Partial<SqliteOptions> = {}): Promise<SqliteStore> =>
  openSqliteStore({
    folder,
    clock: new VirtualClock(),
    log: silentLogger,
    migrations: CONTRACT_MIGRATIONS,
    ...options,
  });

const big = (n: number): Uint8Array => new Uint8Array(200_000).fill(n + 1);
const bigKind = (id: string, n: number) => change(addKind, [id, null, n, null, big(n)], 1);

describe.each(["off", "on"] as const)(
  "a process killed in the middle of commits (writer thread %s)",
  (writerThread) => {
    it("has lost no acknowledged commit and left none half done", async () => {
      const folder = newFolder();
      let stored = 0;
      for (const [round, count] of [1, 50, 1500].entries()) {
        const prefix = `round${round}`;
        const committer = await startCommitter(folder, { writerThread }, prefix);
        await committer.reached(count);
        await committer.kill();
        const store = await open(folder, { writerThread });
        stored += await expectWholeCommits(store, prefix, committer.acknowledged);
        await store.close();
      }
      expect(stored).toBeGreaterThanOrEqual(1551);
    });
  },
);

describe("a second process", () => {
  it("is refused, told who has the data, and let in when that one is gone", async () => {
    const folder = newFolder();
    const committer = await startCommitter(folder, {}, "x");
    const error = await rejection(open(folder));
    expect(error).toMatchObject({ name: "StoreError", code: "StoreInUse" });
    expect(error.message).toContain(folder);
    expect(error.message).toContain(`process ${committer.process.pid}`);
    await committer.reached(10);
    await committer.kill();
    const store = await open(folder);
    await expectWholeCommits(store, "x", committer.acknowledged);
    await store.close();
  });

  it("is refused in the same process as well, and the first one goes on", async () => {
    const folder = newFolder();
    const store = await open(folder);
    for (let i = 0; i < 3; i++) {
      expect(await rejection(open(folder))).toMatchObject({ code: "StoreInUse" });
    }
    await store.commit([change(addItem, ["a", 1])], { key: "a" });
    await store.close();
    const again = await open(folder);
    expect(await again.read(oneItem, ["a"])).toEqual([{ id: "a", version: 1 }]);
    await again.close();
  });

  it("that only looks at the file does not stop commits", async () => {
    const folder = newFolder();
    const store = await open(folder);
    await store.commit([change(addItem, ["a", 1])], { key: "a" });
    const browser = new DatabaseSync(join(folder, "stepwell.db"), { readOnly: true });
    browser.exec("BEGIN");
    expect(browser.prepare("SELECT count(*) AS n FROM items").get()).toEqual({ n: 1 });
    await store.commit([change(addItem, ["b", 1])], { key: "b" });
    browser.close();
    await store.close();
  });

  it("that keeps the file locked is named as the cause, and commits work again after it", async () => {
    const folder = newFolder();
    const store = await open(folder);
    const browser = new DatabaseSync(join(folder, "stepwell.db"));
    browser.exec("BEGIN IMMEDIATE");
    const error = await rejection(store.commit([change(addItem, ["a", 1])], { key: "a" }));
    expect(error).toMatchObject({ code: "StoreBusy" });
    expect(error.message).toMatch(/another program keeps .* locked/i);
    browser.close();
    await store.commit([change(addItem, ["a", 1], 1)], { key: "a" });
    await store.close();
  });
});

describe("data that this version cannot use", () => {
  it("of a newer schema is refused and left alone", async () => {
    const folder = newFolder();
    await (await open(folder)).close();
    const before = readFileSync(join(folder, "stepwell.db"));
    const error = await rejection(open(folder, { migrations: MIGRATIONS }));
    expect(error).toMatchObject({ name: "StoreError", code: "StoreNewerSchema" });
    expect(error.message).toMatch(/schema version 9001.*Update stepwell/);
    expect(readFileSync(join(folder, "stepwell.db")).equals(before)).toBe(true);
    await (await open(folder)).close();
  });

  it("of an older schema is brought to the new one", async () => {
    const folder = newFolder();
    await (await open(folder, { migrations: MIGRATIONS })).close();
    const store = await open(folder);
    await store.commit([change(addItem, ["a", 1], 1)], { key: "a" });
    await store.close();
  });

  it("that is no database is refused, and not overwritten", async () => {
    const folder = newFolder();
    const file = join(folder, "stepwell.db");
    writeFileSync(file, "certainly not a database ".repeat(400));
    const error = await rejection(open(folder));
    expect(error).toMatchObject({ code: "StoreCorrupt" });
    expect(error.message).toMatch(/Restore it from a backup/);
    expect(readFileSync(file, "utf8")).toMatch(/^certainly not a database/);
    rmSync(file);
    await (await open(folder)).close();
  });

  it("that is damaged inside is reported by the read that meets it", async () => {
    const folder = newFolder();
    const store = await open(folder);
    for (let n = 0; n < 20; n++) await store.commit([bigKind(`k${n}`, n)], { key: "k" });
    await store.close();
    const file = join(folder, "stepwell.db");
    const descriptor = openSync(file, "r+");
    const garbage = Buffer.alloc(4096, 0xa5);
    for (let page = 3; page < 60; page++) writeSync(descriptor, garbage, 0, 4096, page * 4096);
    const error = await rejection(
      open(folder).then(async (damaged) => {
        try {
          for (let n = 0; n < 20; n++) await damaged.read(kindsOf, [`k${n}`]);
        } finally {
          await damaged.close();
        }
      }),
    );
    expect(error).toMatchObject({ name: "StoreError", code: "StoreCorrupt" });
  });

  it("that was cut short is refused or reported", async () => {
    const folder = newFolder();
    const store = await open(folder);
    for (let n = 0; n < 20; n++) await store.commit([bigKind(`k${n}`, n)], { key: "k" });
    await store.close();
    const file = join(folder, "stepwell.db");
    truncateSync(file, Math.floor(statSync(file).size / 3));
    const error = await rejection(
      open(folder).then(async (damaged) => {
        try {
          for (let n = 0; n < 20; n++) await damaged.read(kindsOf, [`k${n}`]);
        } finally {
          await damaged.close();
        }
      }),
    );
    expect(error).toMatchObject({ name: "StoreError", code: "StoreCorrupt" });
  });
});

describe("a folder that cannot be used", () => {
  const isClear = (error: Error, folder: string) => {
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "StoreUnreachable" });
    expect(error.message).toContain(folder);
    expect(error.message).toMatch(/choose another folder/);
  };

  it("because a file is in its way is named", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    isClear(await rejection(open(join(file, "data"))), join(file, "data"));
  });

  it("because it is read-only is named", async () => {
    const folder = mountable ? mount("size=1m") : newFolder();
    if (mountable) execFileSync("mount", ["-o", "remount,ro", folder]);
    else chmodSync(folder, 0o555);
    if (process.getuid?.() === 0 && !mountable) return expect(mountable).toBe(false);
    isClear(await rejection(open(folder)), folder);
    chmodSync(mountable ? tmpdir() : folder, mountable ? statSync(tmpdir()).mode : 0o755);
  });
});

describe("a full disk", () => {
  it("rejects commits until there is room again", async () => {
    const database = new DatabaseSync(":memory:");
    for (const step of CONTRACT_MIGRATIONS) database.exec(step.sqlite);
    const pages = database.prepare("PRAGMA page_count").get()?.page_count as number;
    database.exec(`PRAGMA max_page_count = ${pages + 100}`);
    const writer = new SqliteWriter(database, "stepwell.db");
    const clock = new VirtualClock();
    const parts = {
      info: { location: "stepwell.db" },
      flush: (commits: readonly Changes[]) => writer.flush(commits),
      reader: database,
      blobs: (self: Store) => new RowBlobs(self, clock, new SeededIds(1, clock)),
      backup: () => expect.unreachable("no backup here"),
      close: async () => database.close(),
    };
    const store = new SqliteStore(parts, { clock });
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4].map((n) => store.commit([bigKind(`k${n}`, n)], { key: `${n}` })),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { name: "StoreError", code: "StoreFull" } });
    }
    expect(await store.read(kindsOf, ["k0"])).toEqual([]);
    await store.commit([bigKind("k0", 0)], { key: "0" });
    database.exec(`PRAGMA max_page_count = ${pages + 1000}`);
    await Promise.all([1, 2, 3, 4].map((n) => store.commit([bigKind(`k${n}`, n)], { key: `${n}` })));
    expect((await store.read(kindsOf, ["k4"]))[0]!.b).toEqual(big(4));
    await store.close();
  });

  it.runIf(mountable).each(["off", "on"] as const)(
    "of a real file system, likewise (writer thread %s)",
    async (writerThread) => {
      const folder = mount("size=10m");
      const store = await open(folder, { writerThread });
      writeFileSync(join(folder, "ballast"), new Uint8Array(7_000_000));
      const stored: number[] = [];
      let full: Error | undefined;
      for (let n = 0; n < 40 && !full; n++) {
        await store.commit([bigKind(`k${n}`, n)], { key: "k" }).then(
          () => stored.push(n),
          (error: Error) => {
            full = error;
          },
        );
      }
      expect(full).toMatchObject({ name: "StoreError", code: "StoreFull" });
      expect(full!.message).toMatch(/Free some space/);
      expect(await rejection(store.putBlob(new Uint8Array(4_000_000)))).toMatchObject({ code: "StoreFull" });
      expect(await rejection(store.commit([bigKind("again", 1)], { key: "k" }))).toMatchObject({
        code: "StoreFull",
      });
      rmSync(join(folder, "ballast"));
      await store.commit([bigKind("later", 7)], { key: "k" });
      for (const n of stored) expect((await store.read(kindsOf, [`k${n}`]))[0]!.b).toEqual(big(n));
      await store.close();
      const again = await open(folder, { writerThread });
      expect((await again.read(kindsOf, ["later"]))[0]!.b).toEqual(big(7));
      expect(await again.read(kindsOf, ["again"])).toEqual([]);
      await again.close();
    },
  );

  it.runIf(mountable)("at the first opening is named", async () => {
    const folder = mount("size=64k");
    writeFileSync(join(folder, "ballast"), new Uint8Array(60_000));
    expect(await rejection(open(join(folder, "data")))).toMatchObject({
      name: "StoreError",
      code: "StoreFull",
    });
  });
});

describe.each(["off", "on"] as const)("the write-ahead log (writer thread %s)", (writerThread) => {
  it("stays bounded under steady load, and is empty after closing", async () => {
    const folder = newFolder();
    const store = await open(folder, { writerThread });
    const sizes: number[] = [];
    for (let n = 0; n < 450; n++) {
      await store.commit([bigKind(`k${n}`, n)], { key: "k" });
      sizes.push(statSync(join(folder, "stepwell.db-wal")).size);
    }
    expect(Math.max(...sizes)).toBeLessThan(80 * 1024 * 1024);
    await store.close();
    expect(readdirSync(folder).sort()).toEqual(["stepwell.db", "stepwell.lock"]);
    const again = await open(folder);
    for (const n of [0, 249, 449]) expect((await again.read(kindsOf, [`k${n}`]))[0]!.b).toEqual(big(n));
    await again.close();
  });
});

describe("what opening a store found out", () => {
  it("is told: the file, the time of an fsync, and who writes", async () => {
    for (const [writerThread, expected] of [
      ["on", true],
      ["off", false],
    ] as const) {
      const folder = newFolder();
      const store = await open(folder, { writerThread });
      expect(store.info).toMatchObject({ location: join(folder, "stepwell.db"), writerThread: expected });
      expect(store.info.fsyncMs).toBeGreaterThan(0);
      await store.close();
    }
  });

  it("decides for a thread only when the disk is slow", async () => {
    for (const [stepMs, expected] of [
      [0.4, false],
      [3, true],
    ] as const) {
      // The probe asks the clock before and after each write; this one lets every write take so long.
      let nowMs = 0;
      const clock = Object.assign(new RealClock(), {
        monotonicMs: () => {
          nowMs += stepMs;
          return nowMs;
        },
      });
      const store = await open(newFolder(), { clock, writerThread: "auto" });
      expect(store.info.fsyncMs).toBeCloseTo(stepMs);
      expect(store.info.writerThread).toBe(expected);
      await store.commit([change(addItem, ["a", 1], 1)], { key: "a" });
      await store.close();
    }
  });
});

describe("a target", () => {
  it("that is a path opens a folder, made on the way; :memory: opens none", async () => {
    const options = { clock: new VirtualClock(), log: silentLogger };
    const folder = join(newFolder(), "deep", "er");
    const store = await openStore(folder, options);
    expect(store.kind).toBe("sqlite");
    expect(existsSync(join(folder, "stepwell.db"))).toBe(true);
    await store.close();
    const memory = await openStore(":memory:", options);
    expect(memory.info).toEqual({ location: ":memory:" });
    await memory.close();
  });
});

describe("a blob interrupted by a crash", () => {
  it("leaves nothing behind that is not cleaned up, and no half of it to read", async () => {
    const folder = newFolder();
    const store = await open(folder);
    const hash = await store.putBlob(big(1));
    await store.close();
    const orphan = "f".repeat(64);
    writeFileSync(join(folder, "blobs", orphan), "a crash came between the file and its row");
    mkdirSync(join(folder, "blobs", "incoming"), { recursive: true });
    writeFileSync(join(folder, "blobs", "incoming", "half"), "a crash came in the middle");
    const again = await open(folder);
    expect(await again.collectBlobs(1_000_000)).toBe(0);
    expect(await again.putBlob(big(2))).toHaveLength(64);
    expect(readdirSync(join(folder, "blobs", "incoming"))).toEqual([]);
    expect(existsSync(join(folder, "blobs", orphan))).toBe(false);
    expect(await collect(again.openBlob(hash))).toEqual(Buffer.from(big(1)));
    await again.close();
  });
});

describe.each(["off", "on"] as const)("a backup (writer thread %s)", (writerThread) => {
  it("made while commits go on can be opened as a store", async () => {
    const [folder, copy] = [newFolder(), join(newFolder(), "copy")];
    const store = await open(folder, { writerThread });
    const hash = await store.putBlob(big(3));
    await store.commit([change(referToBlob, ["owner", hash]), change(addItem, ["before", 1])], { key: "a" });
    const going: Promise<unknown>[] = [];
    for (let n = 0; n < 500; n++) going.push(store.commit([bigKind(`k${n}`, n)], { key: "k" }));
    await Promise.all([store.backupTo(copy), ...going]);
    expect(await rejection(store.backupTo(copy))).toMatchObject({ code: "BadParameter" });
    await store.close();

    const clock = new VirtualClock(Date.UTC(2040, 0, 1));
    const opened = await open(copy, { clock });
    expect(await opened.read(oneItem, ["before"])).toEqual([{ id: "before", version: 1 }]);
    expect(await opened.collectBlobs(1)).toBe(0);
    expect(await collect(opened.openBlob(hash))).toEqual(Buffer.from(big(3)));
    await opened.close();
  });

  it("ends while commits never pause", async () => {
    const [folder, copy] = [newFolder(), join(newFolder(), "copy")];
    const store = await open(folder, { writerThread });
    for (let n = 0; n < 300; n++) await store.commit([bigKind(`k${n}`, n)], { key: "k" });
    let ended = false;
    const load = async () => {
      for (let n = 0; !ended; n++) await store.commit([bigKind(`more${n}`, n)], { key: "more" });
    };
    const loading = load();
    await store.backupTo(copy).finally(() => {
      ended = true;
    });
    await loading;
    await store.close();
    const opened = await open(copy);
    await opened.close();
  });

  it("of a store in memory is refused", async () => {
    const store = await open(":memory:");
    expect(await rejection(store.backupTo(newFolder()))).toMatchObject({ code: "StoreUnsupported" });
    await store.close();
  });
});
