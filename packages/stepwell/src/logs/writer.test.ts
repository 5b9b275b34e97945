import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../kernel/clock.ts";
import type { Store } from "../store/store.ts";
import { line, openTestStore, type ServedLogs, SOON, STORES, serveLogs } from "./fixtures/served-logs.ts";

const open: ServedLogs[] = [];
afterEach(async () => {
  for (const logs of open.splice(0).toReversed()) await logs.close();
});
async function serve(options: Parameters<typeof serveLogs>[0] = {}): Promise<ServedLogs> {
  const logs = await serveLogs(options);
  open.push(logs);
  return logs;
}

/** A store of which the commits of log events wait until they are let go, or fail. */
function gated(store: Store) {
  let gate: Promise<void> = Promise.resolve();
  let fails = false;
  const commits: number[] = [];
  const commit: Store["commit"] = async (changes, options) => {
    const added = changes.filter((change) => change.statement.name === "logEvent.insert").length;
    if (added > 0) {
      commits.push(added);
      await gate;
      if (fails) throw new Error("The disk is full.");
    }
    return store.commit(changes, options);
  };
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    store: proxy,
    commits,
    hold(): () => void {
      let release!: () => void;
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    fail(now: boolean): void {
      fails = now;
    },
  };
}

async function gatedLogs() {
  const clock = new VirtualClock();
  const gate = gated(await openTestStore("SQLite", clock));
  return { logs: await serve({ store: gate.store, clock }), gate };
}

const texts = (count: number, prefix = "line") => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

describe.each(STORES)("what functions write, on %s,", (kind) => {
  test("is there for whoever reads after it, in its order, with its groups and streams", async () => {
    const logs = await serve({ kind });
    const now = logs.clock.now();
    const [a, b] = [texts(700, "a"), texts(700, "b")];
    for (let i = 0; i < 700; i++) {
      logs.service.write([line("group", "one", a[i]!, now), line("group", "two", b[i]!, now)]);
    }
    expect(await logs.messages("group", "one")).toEqual(a);
    expect(await logs.messages("group", "two")).toEqual(b);
    expect(logs.errors).toEqual([]);
  });

  test("from two nodes into one stream at the same time is all kept, each node's in its order", async () => {
    const clock = new VirtualClock();
    const store = await openTestStore(kind, clock);
    const nodes = [await serve({ store, clock }), await serveLogs({ store, clock })] as const;
    const written = nodes.map((_, node) => texts(600, `node ${node} line`));
    for (let i = 0; i < 600; i++) {
      nodes.forEach((logs, node) => {
        logs.service.write([line("shared", "stream", written[node]![i]!, clock.now())]);
      });
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await nodes[1].close({ keepStore: true });

    const messages = await nodes[0].messages("shared", "stream");
    expect(messages).toHaveLength(1200);
    for (const lines of written) {
      const ofNode = new Set(lines);
      expect(messages.filter((message) => ofNode.has(message!))).toEqual(lines);
    }
    const [groups, streams] = await nodes[0].stored();
    expect([groups!.length, streams!.length]).toEqual([1, 1]);
  });

  test("into a group that was deleted begins a new one", async () => {
    const logs = await serve({ kind });
    const now = logs.clock.now();
    logs.service.write([line("g", "s", "before", now)]);
    expect(await logs.messages("g", "s")).toEqual(["before"]);
    await logs.client.send(new DeleteLogGroupCommand({ logGroupName: "g" }));
    logs.service.write([line("g", "s", "after", now)]);
    expect(await logs.messages("g", "s")).toEqual(["after"]);
    expect(logs.errors).toEqual([]);
  });
});

describe("what functions write", () => {
  test("is stored in few commits, without anybody asking", async () => {
    const { logs, gate } = await gatedLogs();
    for (let i = 0; i < 2000; i++) {
      logs.service.write([line("g", "s", `${i}`, logs.clock.now())]);
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    await expect.poll(async () => (await logs.stored())[2]!.length, SOON).toBe(2000);
    expect(gate.commits.length).toBeLessThan(100);
    expect(Math.max(...gate.commits)).toBeLessThanOrEqual(500);
  });

  test("is kept through a store that stands still for a while, and nobody who writes waits for it", async () => {
    const { logs, gate } = await gatedLogs();
    const release = gate.hold();
    const all = texts(5000);
    for (const text of all) logs.service.write([line("g", "s", text, logs.clock.now())]);
    const reading = logs.client.send(new FilterLogEventsCommand({ logGroupName: "g" }));
    release();
    expect((await reading).events!.map((event) => event.message)).toEqual(all);
  });

  test("in lines of more than 256 KB is cut into events, between characters", async () => {
    const { logs } = await gatedLogs();
    const long = "a€🙀".repeat(80_000);
    logs.service.write([line("g", "s", long, logs.clock.now())]);
    const pages: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs.client.send(new FilterLogEventsCommand({ logGroupName: "g", nextToken }));
      pages.push(...page.events!.map((event) => event.message!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(pages.length).toBe(3);
    for (const piece of pages) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(256 * 1024 - 26);
    expect(pages.join("")).toBe(long);
  });

  test("faster than the store can take it is dropped, in bounded memory, and a line says how many", async () => {
    const { logs, gate } = await gatedLogs();
    const release = gate.hold();
    const before = heapBytes();
    // 100 MB in lines of 1 KB, of two streams.
    for (let i = 0; i < 100_000; i++) {
      const message = `${i} `.padEnd(1000, String(i % 10));
      logs.service.write([line("g", i % 2 ? "odd" : "even", message, logs.clock.now())]);
    }
    expect(heapBytes() - before).toBeLessThan(40 * 1024 * 1024);
    release();

    let total = 0;
    for (const stream of ["odd", "even"]) {
      const messages = await allMessages(logs, stream);
      const places = messages.slice(0, -1).map((message) => Number.parseInt(message, 10));
      // What is kept is what came first.
      expect(places).toEqual(places.map((_, i) => 2 * i + (stream === "odd" ? 1 : 0)));
      const told = /^\[stepwell\] (\d+) lines of this log were dropped here: /.exec(messages.at(-1)!);
      total += places.length + Number(told?.[1]);
    }
    expect(total).toBe(100_000);
    expect(logs.errors).toEqual([]);

    logs.service.write([line("g", "odd", "later", logs.clock.now())]);
    expect((await allMessages(logs, "odd")).at(-1)).toBe("later");
  });

  test("at a pace that the store can take is all kept: 100 MB, in bounded memory", async () => {
    const logs = await serve();
    const before = heapBytes();
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      const lines = Array.from({ length: 100 }, (_, k) =>
        line("g", "s", `${i * 100 + k} `.padEnd(1000, "x"), logs.clock.now()),
      );
      logs.service.write(lines);
      if (i % 10 === 9) await logs.client.send(new DescribeLogGroupsCommand({}));
      if (i % 250 === 249) most = Math.max(most, heapBytes() - before);
    }
    expect(most).toBeLessThan(40 * 1024 * 1024);
    const { logGroups } = await logs.client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups![0]!.storedBytes).toBe(100_000 * 1026);
  }, 60_000);

  test("is given up when the store fails; the server's log says so, and so does the stream later", async () => {
    const { logs, gate } = await gatedLogs();
    gate.fail(true);
    logs.service.write(texts(3).map((text) => line("g", "s", text, logs.clock.now())));
    expect(await logs.messages("g", "s")).toEqual([]);
    logs.service.write(texts(2).map((text) => line("g", "s", text, logs.clock.now())));
    expect(await logs.messages("g", "s")).toEqual([]);
    expect(logs.errors).toEqual([
      {
        message: "log lines of functions cannot be stored: dropped",
        fields: { error: new Error("The disk is full.") },
      },
    ]);

    gate.fail(false);
    logs.service.write([line("g", "s", "again", logs.clock.now())]);
    expect(await logs.messages("g", "s")).toEqual([
      "[stepwell] 5 lines of this log were dropped here: the store could not take them.\n",
      "again",
    ]);
  });

  test("is stored when the node closes", async () => {
    const clock = new VirtualClock();
    const store = await openTestStore("SQLite", clock);
    const logs = await serveLogs({ store, clock });
    logs.service.write([line("g", "s", "last words", clock.now())]);
    await logs.close({ keepStore: true });
    const next = await serve({ store, clock });
    expect(await next.messages("g", "s")).toEqual(["last words"]);
  });
});

async function allMessages(logs: ServedLogs, stream: string): Promise<string[]> {
  const input = { logGroupName: "g", logStreamNames: [stream] };
  const messages: string[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs.client }, input)) {
    messages.push(...page.events!.map((event) => event.message!));
  }
  return messages;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What is really in use. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
