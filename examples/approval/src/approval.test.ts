import { explore, testDurable } from "stepwell/testing";
import { afterEach, expect, test, vi } from "vitest";
import { handler } from "./approval.ts";
import { ALL_DONE, world } from "./fixtures.ts";
import { processes } from "./processes.ts";

// The same tests as in approval.runner.test.ts, with Stepwell's own test API.

afterEach(() => vi.restoreAllMocks());

const YES = { approved: true };

test("A process that is approved sends its commands and is completed", async () => {
  const { done } = await approved();
  expect(done).toEqual(ALL_DONE);
});

async function approved() {
  const outside = world();
  const run = testDurable(handler).start({ title: "tea" });
  await run.callback("ask for approval").succeed(YES);
  await run.callback("command two").succeed("2");
  await run.callback("command one").succeed("1");
  expect(await run.result()).toEqual({
    processId: "process-tea",
    status: "completed",
    commands: ["1", "2"],
  });
  return outside;
}

test("A process that is rejected does nothing", async () => {
  const outside = world();
  const run = testDurable(handler).start({ title: "tea" });
  await run.callback("ask for approval").succeed({ approved: false });
  expect(await run.result()).toEqual({ processId: "process-tea", status: "rejected" });
  expect(outside.done).toEqual(["ask process-tea", "create tea"]);
});

test("A process that nobody approves within an hour fails", async () => {
  world();
  const test = testDurable(handler, { time: "manual" });
  const run = test.start({ title: "tea" });
  await run.operation("ask for approval").waiting();
  await test.advance({ minutes: 59 });
  expect(run.status).toBe("RUNNING");
  await test.advance({ minutes: 1 });
  expect(await run.error()).toMatchObject({ ErrorType: "CallbackTimeoutError" });
});

test("A process waits while others run, and looks again every second", async () => {
  const outside = world(3);
  const test = testDurable(handler);
  const startMs = test.now.getTime();
  const run = test.start({ title: "tea" });
  await run.callback("ask for approval").succeed(YES);
  await run.operation("wait for others").ended();
  expect(run.operation("wait for others").attempts).toBe(4);
  expect(test.now.getTime() - startMs).toBe(3000);
  expect(outside.looks).toBe(4);
  await run.stop();
});

test("A mail server that is down for a moment is asked again", async () => {
  world();
  vi.spyOn(processes, "askForApproval").mockRejectedValueOnce(new Error("no connection"));
  const run = testDurable(handler).start({ title: "tea" });
  await run.callback("ask for approval").succeed({ approved: false });
  expect(await run.result()).toMatchObject({ status: "rejected" });
  expect(processes.askForApproval).toHaveBeenCalledTimes(2);
});

test("A command that fails leaves the process incomplete", async () => {
  const outside = world();
  const run = testDurable(handler).start({ title: "tea" });
  await run.callback("ask for approval").succeed(YES);
  await run.callback("command one").fail("out of paper");
  expect(await run.error()).toMatchObject({ ErrorType: "ChildContextError", ErrorMessage: "out of paper" });
  expect(outside.done).not.toContain("complete process-tea");
});

test("Whatever crashes, a process that is approved is completed, and each step done once", async () => {
  await explore(testDurable(handler), async (test) => {
    const outside = world(1);
    const run = test.start({ title: "tea" });
    await run.callback("ask for approval").succeed(YES);
    await Promise.all(["command one", "command two"].map((name) => run.callback(name).succeed("ok")));
    return [await run.result(), outside.done];
  });
});
