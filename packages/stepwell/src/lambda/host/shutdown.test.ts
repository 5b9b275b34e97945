import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { HostFixture } from "./fixture.ts";
import type { FunctionCode, InvocationReport } from "./host.ts";
import { RuntimeFixture } from "./runtime/fixture.ts";

const SLEEPS = "await new Promise((resolve) => setTimeout(resolve, event.ms)); return process.pid";

/** Starts an invocation; resolves once an instance has it. */
async function start(
  fixture: HostFixture,
  code: FunctionCode,
  event: unknown,
): Promise<{ report: Promise<InvocationReport> }> {
  let report!: Promise<InvocationReport>;
  await new Promise<void>((resolve) => {
    report = fixture.invoke(code, event, { onStart: resolve });
  });
  return { report };
}

test("running invocations may finish before the host closes", async () => {
  await using fixture = new HostFixture();
  const code = fixture.handler(SLEEPS);
  const { report } = await start(fixture, code, { ms: 200 });
  await fixture.host.close(5000);
  expect((await report).result.ok).toBe(true);
});

test("what does not finish in time is lost, what waits is lost, and nothing is left running", async () => {
  await using fixture = new HostFixture({ maxBusy: 1 });
  const code = fixture.handler(SLEEPS);
  const pid = (await fixture.result(code, { ms: 0 })) as number;
  const { report } = await start(fixture, code, { ms: 60_000 });
  const waiting = fixture.invoke(fixture.handler("return 1"));
  await fixture.host.close(100);
  const lost = {
    ok: false,
    kind: "lost",
    error: { errorType: "Stepwell.HostStopped", errorMessage: expect.any(String) },
  };
  expect((await report).result).toEqual(lost);
  expect((await waiting).result).toEqual(lost);
  expect((await fixture.invoke(code)).result).toEqual(lost);
  expect(alive(pid)).toBe(false);
});

test("closing twice is closing once", async () => {
  const fixture = new HostFixture();
  await fixture.result(fixture.handler("return 1"));
  await Promise.all([fixture.host.close(), fixture.host.close()]);
  await fixture[Symbol.asyncDispose]();
});

test("a host that ran nothing closes", async () => {
  const fixture = new HostFixture();
  await expect(fixture.host.close()).resolves.toBeUndefined();
  await fixture[Symbol.asyncDispose]();
});

test.each([
  ["waits", "await new Promise((resolve) => setTimeout(resolve, 600_000))"],
  ["never yields", "while (true);"],
  ["blocks in a system call", `(await import("node:child_process")).execFileSync("sleep", ["600"])`],
])("when the server is killed, no handler that %s goes on without it", async (title, body) => {
  await using fixture = new HostFixture();
  const pidFile = join(fixture.folder, `${title}.pid`);
  const code = fixture.handler(`fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${body}`, {
    timeoutMs: 600_000,
  });
  const child = await killedServer(fixture, code, pidFile);
  while (alive(child)) await sleep(10);
  expect(alive(child)).toBe(false);
});

test("when the server is killed, no runtime that ignores the errors of its API goes on without it", async () => {
  await using fixture = new RuntimeFixture();
  const code = fixture.bootstrap(`#!/bin/sh
    next="$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
    curl -sS "$next"
    echo $$ > pid
    while true; do curl -sS "$next"; sleep 0.1; done`);
  const child = await killedServer(fixture, { ...code, timeoutMs: 600_000 }, join(code.folder, "pid"));
  while (alive(child)) await sleep(10);
  expect(alive(child)).toBe(false);
});

/** Kills a server once its function has written its process id; resolves to that. */
async function killedServer(fixture: HostFixture, code: FunctionCode, pidFile: string): Promise<number> {
  const script = join(fixture.folder, "server.mts");
  const host = fileURLToPath(new URL("./worker-host.ts", import.meta.url));
  writeFileSync(
    script,
    `import { WorkerHost } from ${JSON.stringify(host)};
     const code = ${JSON.stringify(code)};
     void new WorkerHost().invoke({ code, requestId: "r", invokedFunctionArn: code.functionArn, event: { json: "{}" }, synchronous: true });`,
  );
  const server = spawn(process.execPath, [script], { stdio: "inherit" });
  while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await sleep(10);
  const child = Number(readFileSync(pidFile, "utf8"));
  expect(alive(child)).toBe(true);
  server.kill("SIGKILL");
  return child;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie whose parent has not waited for it yet answers too.
    return !(existsSync(`/proc/${pid}/stat`) && / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
  } catch {
    return false;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
