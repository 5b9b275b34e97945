import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { RealClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { functionInput } from "../lambda/fixtures/lambda-node.ts";
import { type NodeOptions, openNode } from "../node.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { sharedPostgresUrl } from "../testing/postgres-server.ts";
import { Readiness } from "./readiness.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function served(options: Partial<NodeOptions> = {}) {
  const node = await openNode({ data: ":memory:", log: silentLogger, ...options });
  closing.push(() => node.close(0));
  const { url } = await node.listen({ port: 0, host: "127.0.0.1" });
  const client = new LambdaClient({
    ...{ endpoint: url, region: "us-east-1", maxAttempts: 1 },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  closing.push(async () => client.destroy());
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
    };
  };
  return { node, client, ask };
}

describe("a node tells", () => {
  test("that it is up and ready, and no longer ready when it drains", async () => {
    const { node, ask } = await served();
    expect(await ask("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
    expect(await ask("/readyz")).toMatchObject({ status: 200, text: "ready\n" });
    expect(await ask("/readyz", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
    node.drain();
    expect(await ask("/readyz")).toMatchObject({ status: 503, text: "draining: the node is leaving\n" });
    expect(await ask("/healthz")).toMatchObject({ status: 200 });
  });

  test("that it is starting, before it takes work", async () => {
    const node = await openNode({ data: ":memory:", log: silentLogger });
    closing.push(() => node.close(0));
    const request = { method: "GET", rawPath: "/readyz", rawQuery: "", headers: {}, body: Buffer.alloc(0) };
    const ask = () => node.handle({ ...request, signal: new AbortController().signal });
    expect(await ask()).toMatchObject({ status: 503, body: "starting: the node takes no work yet\n" });
    await node.start();
    expect(await ask()).toMatchObject({ status: 200 });
  });

  test("all of it without a signature, although everything else needs one", async () => {
    const { ask } = await served({ keys: [{ accessKeyId: "AKIA1", secretAccessKey: "secret" }] });
    const answers = await Promise.all(["/healthz", "/readyz", "/metrics"].map((path) => ask(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await ask("/2015-03-31/functions/")).status).toBe(403);
    // A signed request for such a path is an AWS client's, and is looked at as one.
    const headers = { authorization: "AWS4-HMAC-SHA256 Credential=AKIA1/20300101/us-east-1/s3/aws4_request" };
    expect((await ask("/metrics", { headers })).status).not.toBe(200);
  });
});

/** A way to a database that can be barred. */
async function barredWay(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let barred = false;
  const server = createServer((client) => {
    if (barred) return void client.destroy();
    const database = connect(Number(port), hostname);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.pipe(database).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bar = (closed: boolean) => {
    barred = closed;
    if (closed) for (const socket of sockets) socket.destroy();
  };
  closing.push(async () => {
    bar(true);
    server.close();
  });
  const way = new URL(url);
  way.port = String((server.address() as AddressInfo).port);
  return { url: way.href, bar };
}

test("a node whose database is away is not ready until it is back, and tells its metrics all the same", async () => {
  const { url, bar } = await barredWay(await sharedPostgresUrl());
  const { node, ask } = await served({ data: url, schema: "away" });
  expect((await ask("/readyz")).status).toBe(200);
  bar(true);
  await delay(1_000);
  const denied = await ask("/readyz");
  expect(denied.status).toBe(503);
  expect(denied.text).toMatch(/^(the store does not answer|the database takes no commits)/);
  expect((await ask("/healthz")).status).toBe(200);
  const { status, text } = await ask("/metrics");
  expect(status).toBe(200);
  expect(text).toContain("\nstepwell_store_up 0\n");
  expect(text).toContain("process_resident_memory_bytes ");
  bar(false);
  while ((await ask("/readyz")).status !== 200) await delay(50);
  // It can leave without its database, too.
  bar(true);
  await node.close(0);
}, 60_000);

const POSTGRES = "PostgreSQL";
describe.each(["SQLite", POSTGRES])("metrics of a node on %s", (kind) => {
  test("say what it has done", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stepwell-metrics-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const data = kind === POSTGRES ? await sharedPostgresUrl() : folder;
    const { client, ask } = await served({ data, schema: "metrics" });
    const handler = 'export const handler = async (fail) => { if (fail) throw new Error("no"); };';
    await client.send(new CreateFunctionCommand(functionInput("greet", handler) as never));
    await client.send(new InvokeCommand({ FunctionName: "greet", Payload: "false" }));
    await client.send(new InvokeCommand({ FunctionName: "greet", Payload: "true" }));
    const { status, type, text } = await ask("/metrics");
    expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    const value = (name: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.split(" ")
          .at(-1),
      );
    expect(value('stepwell_invocations_total{function="greet",result="ok"}')).toBe(1);
    expect(value('stepwell_invocations_total{function="greet",result="handler"}')).toBe(1);
    expect(value('stepwell_invocation_seconds_count{function="greet"}')).toBe(2);
    expect(value('stepwell_invocations{state="running"}')).toBe(0);
    expect(value('stepwell_invocations{state="waiting"}')).toBe(0);
    expect(value('stepwell_commits_total{outcome="stored"}')).toBeGreaterThan(2);
    expect(value("stepwell_commit_seconds_count")).toBe(value('stepwell_commits_total{outcome="stored"}'));
    expect(value("stepwell_flush_commits_count")).toBe(value("stepwell_flush_seconds_count"));
    expect(value('stepwell_claims_total{result="nothing"}')).toBeGreaterThan(0);
    expect(value("stepwell_store_up")).toBe(1);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    if (kind === POSTGRES) {
      expect(value("stepwell_nodes")).toBe(1);
      expect(value('stepwell_postgres_connections{purpose="write",state="idle"}')).toBeGreaterThan(0);
    }
    // Whatever has a value is explained.
    for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
      const name = /^\w+/.exec(line)![0].replace(/_(bucket|sum|count)$/, "");
      expect(text).toContain(`# HELP ${name}`);
    }
  });
});

describe("whether a node is ready", () => {
  async function asked(answer: () => Promise<void>) {
    const store = await openSqliteStore({ folder: ":memory:", clock: new RealClock(), log: silentLogger });
    closing.push(() => store.close());
    let reads = 0;
    const slow = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== "read") return typeof value === "function" ? value.bind(target) : value;
        return async (...args: Parameters<Store["read"]>) => {
          reads++;
          await answer();
          return target.read(...args);
        };
      },
    });
    const readiness = new Readiness({ store: slow, clock: new RealClock(), commits: () => true });
    readiness.started();
    return { readiness, reads: () => reads };
  }

  test("asks the store once however many ask, and again a second later", async () => {
    const { readiness, reads } = await asked(() => delay(50));
    const answers = await Promise.all(Array.from({ length: 100 }, () => readiness.trouble()));
    expect(new Set(answers)).toEqual(new Set([undefined]));
    await readiness.trouble();
    expect(reads()).toBe(1);
    await delay(1_050);
    await readiness.trouble();
    expect(reads()).toBe(2);
  });

  test("is denied while the store does not answer", async () => {
    const { readiness } = await asked(() => delay(60_000, undefined, { ref: false }));
    expect(await readiness.trouble()).toMatch(/has not answered within 2 s/);
  });

  test("is denied when the store fails", async () => {
    const { readiness } = await asked(() => Promise.reject(new Error("it is away")));
    expect(await readiness.trouble()).toBe("the store does not answer: it is away");
  });
});
