import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type DevProcess, spawnDev } from "../fixtures/dev-process.ts";
import { serve } from "../fixtures/served.ts";
import { runCli } from "../fixtures/terminal.ts";

const HOUR_MS = 3_600_000;
const SOURCE = `
  import { withDurableExecution } from "@stepwell/durable";
  import { withDurableExecution as awsDurable } from "@aws/durable-execution-sdk-js";
  const body = async (event, context) => {
    const times = [Date.now()];
    await context.wait("cool down", { hours: 1 });
    times.push(Date.now());
    await context.step("charge", async (step) => {
      if (!globalThis.failed) { globalThis.failed = true; throw new Error("try later"); }
    }, { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 3, delay: { minutes: 5 } }) });
    times.push(Date.now());
    await context.parallel("both", [
      (branch) => branch.wait("short", { seconds: 30 }),
      (branch) => branch.step("works", () => new Promise((end) => setTimeout(end, 300))),
    ]);
    times.push(Date.now());
    return times;
  };
  export const order = withDurableExecution(body);
  export const awsOrder = awsDurable(body);
  export const ask = withDurableExecution(async (event, context) => {
    try {
      return await context.waitForCallback("approve", async () => {}, { timeout: { hours: 2 } });
    } catch (error) { return "nobody answered"; }
  });
  export const forever = withDurableExecution(async (event, context) => {
    for (let i = 0; i < 100; i++) await context.wait("tick", { minutes: 1 });
  });
  export const rest = withDurableExecution((event, context) => context.waitForCallback("never", async () => {}));
  export const now = async () => ({ now: Date.now(), iso: new Date().toISOString() });
  export const busy = async () => { await new Promise((end) => setTimeout(end, 1500)); return "done"; };
  export const fails = async () => { console.log("tried"); throw new Error("no"); };
  `;
const durable = (name: string) =>
  `${name}: { handler: "handlers.${name}", durable: true, timeoutSeconds: 20 }`;
const plain = (name: string) => `${name}: { handler: "handlers.${name}" }`;
const CONFIG = `export default { functions: {
  ${[..."order awsOrder ask forever rest".split(" ").map(durable), ..."now busy fails".split(" ").map(plain)].join(",\n")}
} };`;

let folder: string;
let started: DevProcess;

async function startDev(...argv: string[]): Promise<void> {
  started = await spawnDev([folder, "--port", "0", "--time", "virtual", ...argv]);
}
const cli = (...argv: string[]) => runCli(argv, { env: { AWS_ENDPOINT_URL: started.url } });
const json = async (...argv: string[]) => JSON.parse((await cli(...argv, "--json")).stdout);
const nowMs = async (): Promise<number> => Date.parse((await json("time", "show")).Now);

/** Starts an execution and waits until it waits for time, or something else. */
async function start(fn: string, name: string): Promise<void> {
  await cli("invoke", fn, "--async", "--name", name);
  await vi.waitFor(async () => {
    expect((await cli("executions", "show", name)).stdout).toMatch(/Waiting for/);
  }, 10_000);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepwell-time-"));
  await writeFile(join(folder, "stepwell.config.mjs"), CONFIG);
  await writeFile(join(folder, "handlers.mjs"), SOURCE);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a server with virtual time", () => {
  beforeAll(() => startDev());
  afterAll(() => started.stop());
  afterEach(async () => {
    const { DurableExecutions } = await json("executions", "list", "--status", "RUNNING");
    for (const { DurableExecutionArn } of DurableExecutions)
      await cli("executions", "stop", DurableExecutionArn);
  });

  test("stands still, says so when it starts and when it is asked", async () => {
    await vi.waitFor(() => {
      expect(started.written.stderr).toMatch(/ {2}time {7}virtual, stands at .*: `stepwell time` moves it/);
    }, 10_000);
    const before = await nowMs();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await nowMs()).toBe(before);
    const { lines } = await cli("time", "show");
    expect(lines[0]).toBe(`now\t${new Date(before).toISOString()}\tVIRTUAL`);
  });

  test("knows the newest of executions that started while it stood still", async () => {
    await start("rest", "still-2");
    await start("ask", "still-3");
    await start("rest", "still-1");
    expect((await cli("callback", "succeed", "@last")).stderr).toContain("of still-1 succeeded");
    const { DurableExecutions } = await json("executions", "list", "--max", "3");
    const names = DurableExecutions.map((one: Record<string, string>) => one.DurableExecutionName);
    expect(names).toEqual(["still-1", "still-3", "still-2"]);
  });

  test("is moved by a duration, and handlers see the new time", async () => {
    const before = await nowMs();
    const ran = await cli("time", "advance", "36h");
    expect(ran.lines).toEqual([`now\t${new Date(before + 36 * HOUR_MS).toISOString()}`]);
    const seen = JSON.parse((await cli("invoke", "now")).stdout);
    expect(seen.now - (before + 36 * HOUR_MS)).toBeGreaterThanOrEqual(0);
    expect(seen.now - (before + 36 * HOUR_MS)).toBeLessThan(60_000);
    expect(Math.abs(Date.parse(seen.iso) - seen.now)).toBeLessThan(1000);
  });

  test("is moved to a date, never back", async () => {
    const to = new Date((await nowMs()) + HOUR_MS).toISOString();
    expect((await cli("time", "advance", "--to", to)).exitCode).toBe(0);
    expect(new Date(await nowMs()).toISOString()).toBe(to);
    const back = await cli("time", "advance", "--to", "2020-01-01");
    expect(back).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("forward only") });
    expect(new Date(await nowMs()).toISOString()).toBe(to);
  });

  test.each(["order", "awsOrder"])(
    "fires all that falls due on the way in order, each at its own time: %s",
    async (fn) => {
      await start(fn, `${fn}-1`);
      const beganMs = await nowMs();
      const { Fired, Now } = await json("time", "advance", "2h");
      expect(Fired.map(({ Kind, OperationName }: Record<string, string>) => [Kind, OperationName])).toEqual([
        ["WAIT", "cool down"],
        ["STEP_RETRY", "charge"],
        ["WAIT", "short"],
      ]);
      expect(Date.parse(Now) - beganMs).toBe(2 * HOUR_MS);
      const { Status, Result } = await json("executions", "show", `${fn}-1`);
      expect(Status).toBe("SUCCEEDED");
      // What handlers have seen: real milliseconds pass while they run.
      const minutes = (JSON.parse(Result) as number[]).map((ms) => Math.floor((ms - beganMs) / 60_000));
      expect(minutes).toEqual([65, 65, 65, 65]);
      const { stdout } = await cli("executions", "history", `${fn}-1`);
      const at = (type: string) =>
        stdout
          .split("\n")
          .filter((line) => line.split("\t")[2] === type)
          .map((line) => Date.parse(line.split("\t")[1]!) - beganMs);
      expect(at("WaitSucceeded")).toEqual([HOUR_MS, HOUR_MS + 330_000]);
      expect(at("StepStarted").slice(0, 2)).toEqual([HOUR_MS, HOUR_MS + 300_000]);
    },
    30_000,
  );

  test("skips to what is due next, and to a callback's timeout", async () => {
    await start("ask", "ask-1");
    const beganMs = await nowMs();
    const { stdout, stderr } = await cli("time", "show");
    expect(stdout).toMatch(/^due\t\S+\tCALLBACK_TIMEOUT\task\t\S+\/ask-1\/\S+\tapprove$/m);
    expect(stderr).toContain("→ stepwell time skip");
    const ran = await cli("time", "skip");
    expect(ran.lines[0]).toMatch(/^fired\t\S+\tCALLBACK_TIMEOUT\task\t/);
    expect((await nowMs()) - beganMs).toBe(2 * HOUR_MS);
    expect(await json("executions", "show", "ask-1")).toMatchObject({ Result: '"nobody answered"' });
  });

  test("skips until an execution has ended, until nothing is due, and no more often than it may", async () => {
    await start("forever", "forever-1");
    const beganMs = await nowMs();
    const stopped = await cli("time", "skip", "--until", "idle", "--max", "3");
    expect(stopped).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("After 3 skips") });
    expect((await cli("time", "skip", "--until", "forever-1")).exitCode).toBe(0);
    expect((await nowMs()) - beganMs).toBe(100 * 60_000);
    expect(await json("executions", "show", "forever-1")).toMatchObject({ Status: "SUCCEEDED" });

    await start("ask", "ask-2");
    const idle = await json("time", "skip", "--until", "idle");
    expect(idle).toMatchObject({ Moved: true, Fired: [{ Kind: "CALLBACK_TIMEOUT" }] });
    expect(await json("time", "skip", "--until", "idle")).toMatchObject({ Moved: false, Fired: [] });
  });

  test("does not skip to the timeout of a whole execution: what waits for a person is left to that person", async () => {
    await start("rest", "rest-1");
    const before = await nowMs();
    const ran = await cli("time", "skip");
    expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
    expect(ran.stderr).toMatch(/^error: Nothing that waits for time can be skipped to/);
    const until = await cli("time", "skip", "--until", "rest-1");
    expect(until).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("executions show rest-1") });
    expect(await nowMs()).toBe(before);
  });

  test("retries an event whose function fails when its time comes", async () => {
    const tries = async () => (await cli("logs", "fails")).stdout.split("tried").length - 1;
    await cli("invoke", "fails", "--async");
    await vi.waitFor(async () => expect(await tries()).toBe(1), 10_000);
    await vi.waitFor(async () => {
      expect((await cli("time", "show")).stdout).toMatch(/\tEVENT\tfails\t/);
    }, 10_000);
    await cli("time", "skip");
    await cli("time", "skip");
    await vi.waitFor(async () => expect(await tries()).toBe(3), 10_000);
  });

  test("does not move while a handler runs", async () => {
    const call = cli("invoke", "busy");
    await vi.waitFor(async () => expect((await json("time", "show")).Running).toEqual(["busy"]), 10_000);
    await cli("time", "advance", "1h");
    expect((await call).stdout).toBe('"done"\n');
  });

  test("is what the command line counts from: how long something takes and when it is due", async () => {
    await start("ask", "ask-3");
    await cli("time", "advance", "30m");
    const { stdout } = await cli("executions", "show", "ask-3");
    expect(stdout).toMatch(/^ask-3 {2}RUNNING {2}30 min so far$/m);
    expect(stdout).toContain("times out in 1 h 30 min");
    const list = async (since: string) => (await cli("executions", "list", "--since", since)).stdout;
    expect(await list("40m")).toContain("ask-3");
    expect(await list("20m")).not.toContain("ask-3");
    expect((await cli("logs", "ask", "--since", "40m")).stdout).toContain("START");
    expect((await cli("logs", "ask", "--since", "20m")).stdout).toBe("");
  });
});

describe("the data of a server with virtual time", () => {
  test("goes on where it was after a kill; the machine's time is refused as a step back", async () => {
    await startDev();
    await start("ask", "kept-1");
    await cli("time", "advance", "1h");
    const reached = await nowMs();
    started.signal("SIGKILL");
    await started.ended;

    const real = await spawnDev([folder, "--port", "0"]);
    expect(await real.ended).toMatchObject({ exitCode: 4 });
    expect(real.written.stderr).toMatch(/^error: The data in .* has lived in virtual time and has reached 2/);
    expect(real.written.stderr).toContain("--time virtual");

    await startDev();
    expect(await nowMs()).toBe(reached);
    await cli("time", "skip");
    expect((await nowMs()) - reached).toBe(HOUR_MS);
    await vi.waitFor(async () => {
      expect(await json("executions", "show", "kept-1")).toMatchObject({ Result: '"nobody answered"' });
    }, 10_000);
    await started.stop();
  });
});

describe("a server on the machine's time", () => {
  let stepwell: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    stepwell = await serve();
  });
  afterAll(() => stepwell.close());

  test("shows it, and refuses to move it", async () => {
    const shown = await stepwell.cli(["time", "show"]);
    expect(shown.stdout).toMatch(/^now\t\S+\tREAL\n$/);
    expect(shown.stderr).toContain("stepwell dev --time virtual");
    for (const argv of [["advance", "2h"], ["skip"], ["skip", "--until", "idle"]]) {
      const ran = await stepwell.cli(["time", ...argv]);
      expect(ran).toMatchObject({ exitCode: 4, stdout: "" });
      expect(ran.stderr).toContain("`stepwell dev --time virtual`");
    }
  });
});
