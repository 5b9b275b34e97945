import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { serve } from "./fixtures/served.ts";

let stepwell: Awaited<ReturnType<typeof serve>>;
let started = 0;

beforeAll(async () => {
  stepwell = await serve();
  await stepwell.createDurable(
    "approval",
    `return await context.waitForCallback("ask", async () => {}, { heartbeatTimeout: { seconds: 60 } });`,
  );
  await stepwell.createDurable("sleeper", `await context.wait("night", { hours: 8 });`);
});
afterAll(() => stepwell.close());

/** Starts an execution and resolves to its name and the id of its callback. */
async function waiting(): Promise<{ name: string; id: string }> {
  const name = `order-${++started}`;
  await stepwell.cli(["invoke", "approval", "--async", "--name", name]);
  const id = await vi.waitFor(async () => {
    const { stdout } = await stepwell.cli(["executions", "show", name]);
    return /callback succeed (\S+)/.exec(stdout)![1]!;
  }, 10_000);
  return { name, id };
}

async function ended(name: string) {
  return vi.waitFor(async () => {
    const execution = JSON.parse((await stepwell.cli(["executions", "show", name, "--json"])).stdout);
    expect(execution.Status).not.toBe("RUNNING");
    return execution;
  }, 10_000);
}

test("an execution goes on with the result of its callback", async () => {
  const { name, id } = await waiting();
  const ran = await stepwell.cli(["callback", "succeed", id, "--result", '{"approved":true}']);
  expect(ran).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "The callback succeeded.\n→ stepwell executions list\n",
  });
  expect(await ended(name)).toMatchObject({
    Status: "SUCCEEDED",
    Result: JSON.stringify('{"approved":true}'),
  });
});

test("text that is no JSON reaches the function as it is; so does no result at all", async () => {
  const text = await waiting();
  await stepwell.cli(["callback", "succeed", "@last", "--result", "yes, do"]);
  expect(await ended(text.name)).toMatchObject({ Status: "SUCCEEDED", Result: '"yes, do"' });
  const nothing = await waiting();
  await stepwell.cli(["callback", "succeed", "@last"]);
  expect((await ended(nothing.name)).Status).toBe("SUCCEEDED");
});

test("an execution gets the error of its callback", async () => {
  const { name } = await waiting();
  const argv = ["callback", "fail", "@last", "--error-type", "Rejected", "--error-message", "too expensive"];
  expect(await stepwell.cli(argv)).toMatchObject({
    exitCode: 0,
    stderr: `Callback "ask" of ${name} failed.\n→ stepwell executions show ${name}\n`,
  });
  const { Status, Error: failure } = await ended(name);
  expect(Status).toBe("FAILED");
  expect(JSON.stringify(failure)).toContain("too expensive");
});

test("a heartbeat leaves the callback open", async () => {
  const { name, id } = await waiting();
  const ran = await stepwell.cli(["callback", "heartbeat", id]);
  expect(ran).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("heartbeat timeout starts anew"),
  });
  await stepwell.cli(["callback", "succeed", id]);
  await ended(name);
});

test("--json prints AWS's empty answer and no chatter", async () => {
  const { name } = await waiting();
  expect(await stepwell.cli(["callback", "heartbeat", "@last", "--json"])).toMatchObject({
    stdout: "{}\n",
    stderr: "",
  });
  expect(await stepwell.cli(["callback", "succeed", "@last", "--json"])).toMatchObject({
    stdout: "{}\n",
    stderr: "",
  });
  await ended(name);
});

test("@last is not found when no execution runs, or the newest waits for something else", async () => {
  const none = await stepwell.cli(["callback", "succeed", "@last"]);
  expect(none).toMatchObject({ exitCode: 3, stderr: "error: No execution is running in us-east-1.\n" });

  await stepwell.cli(["invoke", "sleeper", "--async", "--name", "night-1"]);
  const other = await stepwell.cli(["callback", "succeed", "@last"]);
  expect(other).toMatchObject({
    exitCode: 3,
    stderr:
      "error: The newest running execution, night-1, does not wait for a callback.\n" +
      "`stepwell executions show night-1` tells what it waits for.\n",
  });
});

test("a callback that has ended, or never was, is refused and changes nothing", async () => {
  const { name, id } = await waiting();
  await stepwell.cli(["callback", "succeed", id, "--result", "1"]);
  const first = await ended(name);
  const late = await stepwell.cli(["callback", "fail", id, "--error-message", "too late"]);
  expect(late.exitCode).toBeGreaterThanOrEqual(3);
  expect(late.stderr).toMatch(/^error: .*Exception\)\n$/);
  expect(await ended(name)).toEqual(first);

  const unknown = await stepwell.cli(["callback", "succeed", "Q0I="]);
  expect(unknown.exitCode).toBeGreaterThanOrEqual(3);
  const malformed = await stepwell.cli(["callback", "succeed", "not base64!"]);
  expect(malformed).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("callbackId") });
  expect((await stepwell.cli(["callback", "succeed", ""])).exitCode).toBe(2);
});
