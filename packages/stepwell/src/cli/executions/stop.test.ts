import { afterAll, beforeAll, expect, test } from "vitest";
import { serve } from "../fixtures/served.ts";

let stepwell: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  stepwell = await serve();
  await stepwell.createDurable("sleeper", `await context.wait("night", { hours: 8 });`);
});
afterAll(() => stepwell.close());

async function start(name: string): Promise<string> {
  return (await stepwell.cli(["invoke", "sleeper", "--async", "--name", name])).stdout.trim();
}

async function shown(id: string) {
  return JSON.parse((await stepwell.cli(["executions", "show", id, "--json"])).stdout);
}

test("a running execution is stopped by its name, with what happened to it", async () => {
  await start("order-1");
  const argv = ["--error-type", "Cancelled", "--error-message", "not wanted"];
  const ran = await stepwell.cli(["executions", "stop", "order-1", ...argv]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
  expect(ran.stderr).toMatch(/^order-1 is stopped\. .*\n→ stepwell executions show order-1\n$/);
  expect(await shown("order-1")).toMatchObject({
    Status: "STOPPED",
    Error: { ErrorType: "Cancelled", ErrorMessage: "not wanted" },
  });
});

test("@last, an ARN and the beginning of a name will do; --json prints when", async () => {
  await start("order-2");
  const { stdout, stderr } = await stepwell.cli(["executions", "stop", "@last", "--json"]);
  expect([JSON.parse(stdout), stderr]).toEqual([
    { StopTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
    "",
  ]);
  await stepwell.cli(["executions", "stop", await start("order-3")]);
  await start("unique-4");
  await stepwell.cli(["executions", "stop", "uniq"]);
  for (const name of ["order-2", "order-3", "unique-4"]) {
    expect(await shown(name)).toMatchObject({ Status: "STOPPED" });
  }
});

test("one that has ended stays as it is, and that is said", async () => {
  await start("order-5");
  await stepwell.cli(["executions", "stop", "order-5"]);
  const before = await shown("order-5");
  const again = await stepwell.cli(["executions", "stop", "order-5", "--error-type", "Late"]);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stderr).toContain("order-5 had ended before: STOPPED. Nothing has changed.");
  expect(await shown("order-5")).toEqual(before);
});

test("what does not exist cannot be stopped", async () => {
  expect(await stepwell.cli(["executions", "stop", "nobody"])).toMatchObject({ exitCode: 3, stdout: "" });
});

test("lists can be filtered by time and version, and turned round", async () => {
  const names = async (...argv: string[]) =>
    (await stepwell.cli(["executions", "list", ...argv])).lines.map((line) => line.split("\t")[0]);
  const newestFirst = await names();
  expect(newestFirst.length).toBeGreaterThan(3);
  expect(await names("--oldest-first")).toEqual(newestFirst.toReversed());
  expect(await names("--since", "1h")).toEqual(newestFirst);
  expect(await names("--before", "1h")).toEqual([]);
  expect(await names("--since", "2040-01-01")).toEqual([]);
  expect(await names("--qualifier", "$LATEST")).toEqual(newestFirst);
  expect(await names("--qualifier", "7")).toEqual([]);
  const { lines } = await stepwell.cli(["executions", "list", "--jsonl"]);
  expect(lines.map((line) => JSON.parse(line).DurableExecutionName)).toEqual(newestFirst);
  const wrong = await stepwell.cli(["executions", "list", "--since", "soon"]);
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--since is 'soon'") });
});
