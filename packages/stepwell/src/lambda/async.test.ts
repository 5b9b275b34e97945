import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "../kernel/logger.ts";
import { StoreError } from "../store/errors.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { bad, good, HeldHost, lost } from "./fixtures/held-host.ts";
import { functionInput, type LambdaNode, openLambdaNode } from "./fixtures/lambda-node.ts";

const MINUTE_MS = 60_000;
let node: LambdaNode;
let host: HeldHost;
beforeEach(async () => {
  host = new HeldHost();
  node = await openLambdaNode({ host });
  await node.call("CreateFunction", functionInput("hello"));
});
afterEach(() => node.close());

const send = (event: unknown = { n: 1 }, more: object = {}) =>
  node.call("Invoke", {
    FunctionName: "hello",
    InvocationType: "Event",
    Payload: Buffer.from(JSON.stringify(event)),
    ...more,
  });
const pending = async () => (await node.stored()).work;
async function nothingPending(): Promise<void> {
  while ((await pending()) !== 0) await sleep(1);
}
/** The dispatcher sets its timer after its own commits; only then does moving the clock reach it. */
async function advance(ms: number): Promise<void> {
  while (node.clock.nextTimerMs() === undefined) await sleep(1);
  node.clock.advance(ms);
}

describe("an event", () => {
  test("is accepted at once and handed to the function later", async () => {
    expect(await send()).toEqual({ StatusCode: 202 });
    await host.saw(1);
    expect(await pending()).toBe(1);
    expect(host.requests[0]).toMatchObject({
      event: { json: '{"n":1}' },
      synchronous: false,
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:hello",
    });
    host.end(good);
    await nothingPending();
    expect(host.requests).toHaveLength(1);
  });

  test("of a function that fails is tried again after one and then two minutes, then dropped", async () => {
    await send();
    await host.saw(1);
    host.end(bad);
    await advance(MINUTE_MS - 1);
    await sleep(20);
    expect(host.requests).toHaveLength(1);
    await advance(1);
    await host.saw(2);
    host.end(bad);
    await advance(2 * MINUTE_MS);
    await host.saw(3);
    host.end(bad);
    await nothingPending();
    expect(new Set(host.requests.map(({ requestId }) => requestId)).size).toBe(1);
    expect(node.lines.at(-1)).toMatchObject({
      level: "error",
      message: "an asynchronous event was dropped: it failed three times, last with Error: no",
      fields: { function: "hello" },
    });
  });

  test("whose second attempt succeeds is done", async () => {
    await send();
    await host.saw(1);
    host.end(bad);
    await advance(MINUTE_MS);
    await host.saw(2);
    host.end(good);
    await nothingPending();
    expect(node.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("that lost its host is handed over again at once, as often as it takes", async () => {
    await send();
    for (let attempt = 1; attempt <= 5; attempt++) {
      await host.saw(attempt);
      host.end(lost);
    }
    await host.saw(6);
    host.end(good);
    await nothingPending();
  });

  test("larger than 256 KB is kept as a blob until it is done", async () => {
    const event = { text: "x".repeat(300_000) };
    await send(event);
    await host.saw(1);
    expect((await node.stored()).refs).toBe(2);
    expect(host.requests[0]!.event).toEqual({ json: JSON.stringify(event) });
    host.end(bad);
    await advance(MINUTE_MS);
    await host.saw(2);
    expect(host.requests[1]!.event).toEqual({ json: JSON.stringify(event) });
    host.end(good);
    await nothingPending();
    expect((await node.stored()).refs).toBe(1);
  });

  test("for a function that was deleted meanwhile is dropped", async () => {
    await send();
    await host.saw(1);
    await node.call("DeleteFunction", { FunctionName: "hello" });
    host.end(bad);
    await advance(MINUTE_MS);
    await nothingPending();
    expect(node.lines.at(-1)?.message).toBe(
      "an asynchronous event was dropped: the function does not exist any more",
    );
    expect(host.requests).toHaveLength(1);
  });

  test("older than six hours is dropped", async () => {
    await send();
    await host.saw(1);
    node.clock.advance(6 * 60 * MINUTE_MS + 1);
    host.end(lost);
    await nothingPending();
    expect(node.lines.at(-1)?.message).toBe(
      "an asynchronous event was dropped: it waited for more than 6 hours",
    );
  });

  test("does not wait for others that are under way", async () => {
    for (let n = 0; n < 20; n++) await send({ n });
    await host.saw(20);
    for (let n = 0; n < 20; n++) host.end(good);
    await nothingPending();
  });
});

describe("a store that cannot take the end of an invocation", () => {
  let full: boolean;
  beforeEach(async () => {
    full = false;
    await node.close();
    node = await openLambdaNode({
      host,
      openStore: async (clock) =>
        unwilling(await openSqliteStore({ folder: ":memory:", clock, log: silentLogger }), () => full),
    });
    await node.call("CreateFunction", functionInput("hello"));
    await send();
    await host.saw(1);
    full = true;
    host.end(good);
    while (!said("could not be stored; trying again")) await sleep(1);
  });

  const said = (text: string) => node.lines.some(({ message }) => message.includes(text));

  test("is asked again, and the function is not called twice for it", async () => {
    full = false;
    await nothingPending();
    expect(host.requests).toHaveLength(1);
  });

  test("does not keep the server from stopping", async () => {
    await node.close();
    expect(said("could not be stored")).toBe(true);
    node = await openLambdaNode();
  });
});

/** A store that refuses, when it is full, to be told of finished work. */
function unwilling(store: Store, full: () => boolean): Store {
  const commit: Store["commit"] = (changes, options) => {
    const ends = changes.some(({ statement }) => statement.name === "work.finish");
    if (full() && ends) return Promise.reject(new StoreError("StoreFull", "The disk is full."));
    return store.commit(changes, options);
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("a server", () => {
  test("that is killed while an event is under way hands it over at its next start", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stepwell-killed-"));
    const child = fork(new URL("./fixtures/killed-server.ts", import.meta.url), [folder], {
      execArgv: process.features.typescript ? [] : ["--experimental-strip-types"],
    });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    const runs = () => readFile(join(folder, "runs"), "utf8");
    expect(await runs()).toBe("run\n");
    await node.close();
    node = await openLambdaNode({ folder });
    await nothingPending();
    expect(await runs()).toBe("run\nrun\n");
    await node.close({ keep: false });
    node = await openLambdaNode();
  });

  test("that is stopped gives its events back", async () => {
    await send();
    await host.saw(1);
    const { folder, clock } = node;
    await node.close({ keep: true });
    host = new HeldHost();
    node = await openLambdaNode({ host, folder, clock });
    await host.saw(1);
    host.end(good);
    await nothingPending();
    await node.close({ keep: false });
    node = await openLambdaNode();
  });
});
