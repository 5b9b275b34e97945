import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { VirtualClock } from "../../kernel/clock.ts";
import { HostFixture } from "./fixture.ts";
import type { FunctionCode } from "./host.ts";
import { RuntimeFixture } from "./runtime/fixture.ts";

const BUSY =
  "const until = Date.now() + 150; const from = Date.now(); while (Date.now() < until); return [from, Date.now()]";

test("no more instances use the processor at once than the bound says", async () => {
  await using fixture = new HostFixture({ maxBusy: 2 });
  const codes = [1, 2, 3, 4, 5].map(() => fixture.handler(BUSY));
  const spans = (await Promise.all(codes.map((code) => fixture.result(code)))) as [number, number][];
  for (const [from] of spans) {
    expect(spans.filter(([start, end]) => start <= from && from < end).length).toBeLessThanOrEqual(2);
  }
});

test("synchronous invocations are served first, then functions take turns", async () => {
  await using fixture = new HostFixture({ maxBusy: 1 });
  const order: string[] = [];
  const first = fixture.handler(BUSY);
  const backlog = fixture.handler("return 1");
  const other = fixture.handler("return 1");
  for (const code of [first, backlog, other]) await fixture.result(code);
  const run = (name: string, code: FunctionCode, synchronous: boolean) =>
    fixture.invoke(code, {}, { synchronous, onStart: () => order.push(name) });
  await Promise.all([
    run("first", first, false),
    run("backlog 1", backlog, false),
    run("backlog 2", backlog, false),
    run("backlog 3", backlog, false),
    run("other", other, false),
    run("synchronous", backlog, true),
  ]);
  expect(order).toEqual(["first", "synchronous", "backlog 1", "other", "backlog 2", "backlog 3"]);
});

/** A server by which functions invoke functions: `GET /NAME/EVENT` answers with the result. */
async function invoker(invoke: (name: string, event: unknown) => Promise<unknown>) {
  const server = createServer(async (request, response) => {
    const [, name, event] = request.url!.split("/");
    response.end(JSON.stringify(await invoke(name!, JSON.parse(event!))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("functions that wait for functions that wait for functions cannot deadlock", async () => {
  await using fixture = new HostFixture({ maxBusy: 1 });
  const code = fixture.handler(
    `return event === 0 ? 1 : 1 + await (await fetch(process.env.URL + "/self/" + (event - 1))).json()`,
    { timeoutMs: 25_000 },
  );
  using server = await invoker((_name, event) => fixture.result(withUrl, event));
  const withUrl = { ...code, environment: { URL: server.url } };
  expect(await fixture.result(withUrl, 4)).toBe(5);
});

test.runIf(existsSync("/proc/self/stat"))("nor can they in another language", async () => {
  await using fixture = new RuntimeFixture({ maxBusy: 1 });
  const code = fixture.python(
    `
import json, os, urllib.request
def handler(event, context):
    if event == 0: return 1
    with urllib.request.urlopen(f"{os.environ['URL']}/self/{event - 1}") as answer: return 1 + json.load(answer)
`,
    { timeoutMs: 25_000 },
  );
  using server = await invoker((_name, event) => fixture.result(withUrl, event));
  const withUrl = { ...code, environment: { URL: server.url } };
  expect(await fixture.result(withUrl, 3)).toBe(4);
});

test("nor can a function that waits for another one while it is loaded", async () => {
  await using fixture = new HostFixture({ maxBusy: 1 });
  const settings = fixture.handler(`return { greeting: "hello" }`);
  using server = await invoker(() => fixture.result(settings));
  const code = fixture.write(
    "asks.mjs",
    `const settings = await (await fetch("${server.url}/settings/0")).json();
     export const handler = async () => settings.greeting;`,
  );
  expect(await fixture.result(code)).toBe("hello");
});

test("an idle instance makes room for another function when there may be no more", async () => {
  await using fixture = new HostFixture({ maxInstances: 1 });
  const [a, b] = [fixture.handler(`return "a"`), fixture.handler(`return "b"`)];
  const all = await Promise.all([fixture.result(a), fixture.result(b), fixture.result(a), fixture.result(b)]);
  expect(all).toEqual(["a", "b", "a", "b"]);
});

test("idle instances are dropped after a while, then their process", async () => {
  const clock = new VirtualClock();
  await using fixture = new HostFixture({ clock, idleMs: 60_000 });
  const code = fixture.write(
    "count.mjs",
    "let n = 0; export const handler = async () => [++n, process.pid];",
  );
  const [, pid] = (await fixture.result(code)) as [number, number];
  clock.advance(59_000);
  expect(await fixture.result(code)).toEqual([2, pid]);
  clock.advance(61_000);
  expect(await fixture.result(code)).toEqual([1, pid]);
  clock.advance(61_000);
  // The thread's end has to be heard of before its process can be seen to be empty.
  const passing = setInterval(() => clock.advance(61_000), 50);
  await gone(pid).finally(() => clearInterval(passing));
  expect(await fixture.result(code)).toEqual([1, expect.any(Number)]);
});

test("a new revision gets new instances, and what runs ends on the old one", async () => {
  await using fixture = new HostFixture();
  const text = (answer: string) =>
    `let n = 0; export const handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms ?? 0)); return ["${answer}", ++n]; };`;
  const old = fixture.write("code.mjs", text("old"));
  expect(await fixture.result(old)).toEqual(["old", 1]);
  const slow = fixture.result(old, { ms: 600 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const fresh = fixture.write("code.mjs", text("new"), { revision: "2" });
  expect(await fixture.host.warm(fresh)).toBeUndefined();
  expect(await fixture.result(fresh)).toEqual(["new", 1]);
  expect(await slow).toEqual(["old", 2]);
  // The old instance has drained: whoever still asks for the old revision gets a new one.
  expect(await fixture.result(old)).toEqual([expect.any(String), 1]);
});

test("new code that cannot be loaded is found out before the swap, and the old goes on", async () => {
  await using fixture = new HostFixture();
  const old = fixture.write("code.mjs", "let n = 0; export const handler = async () => ++n;");
  expect(await fixture.result(old)).toBe(1);
  const bad = fixture.write("code.mjs", "export const handler = ;", { revision: "2" });
  expect(await fixture.host.warm(bad)).toMatchObject({ errorType: "Runtime.UserCodeSyntaxError" });
  expect(await fixture.result(old)).toBe(2);
});

test("Date in functions follows the server's virtual clock; timers stay real", async () => {
  const clock = new VirtualClock(Date.UTC(2030, 0, 1));
  await using fixture = new HostFixture({ clock, nowOffsetMs: () => clock.now() - Date.now() });
  const code = fixture.handler(`
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.log("now");
    return [new Date().toISOString().slice(0, 16), new Date(Date.now()).getUTCFullYear(), Date().slice(11, 15),
      new Date(0).getTime(), new Date() instanceof Date, new Date().constructor === Date, Date.UTC(2020), context.getRemainingTimeInMillis() > 9000]`);
  const fixed = [0, true, true, Date.UTC(2020), true];
  expect(await fixture.result(code)).toEqual(["2030-01-01T00:00", 2030, "2030", ...fixed]);
  expect(fixture.log.find((line) => line.includes("\tINFO\t"))).toMatch(/^2030-01-01T00:00/);
  clock.advance(366 * 86_400_000);
  expect(await fixture.result(code)).toEqual(["2031-01-02T00:00", 2031, "2031", ...fixed]);
});

test("a debugger suspends timeouts", async () => {
  await using fixture = new HostFixture({ execArgv: ["--inspect=127.0.0.1:0"] });
  const code = fixture.handler(
    `await new Promise((resolve) => setTimeout(resolve, 400)); return "stepped through"`,
    {
      timeoutMs: 100,
    },
  );
  expect(await fixture.result(code)).toBe("stepped through");
});

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
