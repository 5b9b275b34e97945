import { LocalDurableTestRunner, WaitingOperationStatus } from "stepwell/testing";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { handler } from "./approval.ts";
import { ALL_DONE, world } from "./fixtures.ts";
import { processes } from "./processes.ts";

// The same tests as in approval.test.ts, with AWS's test API: its import would do as well.

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
afterEach(() => vi.restoreAllMocks());

const YES = JSON.stringify({ approved: true });
/** The branch of a command has the command's name, and so has its waitForCallback. */
const IN_BRANCH = 1;
const NO = JSON.stringify({ approved: false });

/** A run of the handler, whose callbacks can be completed as soon as somebody has been asked. */
function start() {
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  const asked = (name: string, index = 0) =>
    runner.getOperation(name, index).waitForData(WaitingOperationStatus.SUBMITTED);
  return { runner, asked, running: runner.run({ payload: { title: "tea" } }) };
}

test("A process that is approved sends its commands and is completed", async () => {
  const outside = world();
  const { asked, running } = start();
  await (await asked("ask for approval")).sendCallbackSuccess(YES);
  await (await asked("command two", IN_BRANCH)).sendCallbackSuccess("2");
  await (await asked("command one", IN_BRANCH)).sendCallbackSuccess("1");
  const execution = await running;
  expect(execution.getResult()).toEqual({
    processId: "process-tea",
    status: "completed",
    commands: ["1", "2"],
  });
  expect(outside.done).toEqual(ALL_DONE);
});

test("A process that is rejected does nothing", async () => {
  const outside = world();
  const { asked, running } = start();
  await (await asked("ask for approval")).sendCallbackSuccess(NO);
  const execution = await running;
  expect(execution.getResult()).toEqual({ processId: "process-tea", status: "rejected" });
  expect(outside.done).toEqual(["ask process-tea", "create tea"]);
});

test("A process that nobody approves within an hour fails", async () => {
  world();
  const { runner, running } = start();
  const execution = await running;
  expect(execution.getError()).toMatchObject({ errorType: "CallbackTimeoutError" });
  const ask = runner.getOperation("ask for approval");
  const tookMs = ask.getEndTimestamp()!.getTime() - ask.getStartTimestamp()!.getTime();
  expect(tookMs).toBeGreaterThanOrEqual(3_600_000);
});

test("A process waits while others run, and looks again every second", async () => {
  const outside = world(3);
  const { runner, asked, running } = start();
  await (await asked("ask for approval")).sendCallbackSuccess(YES);
  const others = await runner.getOperation("wait for others").waitForData(WaitingOperationStatus.COMPLETED);
  expect(others.getStepDetails()).toMatchObject({ attempt: 4 });
  const tookMs = others.getEndTimestamp()!.getTime() - others.getStartTimestamp()!.getTime();
  expect(tookMs).toBeGreaterThanOrEqual(3000);
  expect(outside.looks).toBe(4);
  for (const name of ["command one", "command two"])
    await (await asked(name, IN_BRANCH)).sendCallbackSuccess("ok");
  await running;
});

test("A mail server that is down for a moment is asked again", async () => {
  world();
  vi.spyOn(processes, "askForApproval").mockRejectedValueOnce(new Error("no connection"));
  const { asked, running } = start();
  await (await asked("ask for approval")).sendCallbackSuccess(NO);
  const execution = await running;
  expect(execution.getResult()).toMatchObject({ status: "rejected" });
  expect(processes.askForApproval).toHaveBeenCalledTimes(2);
});

test("A command that fails leaves the process incomplete", async () => {
  const outside = world();
  const { asked, running } = start();
  await (await asked("ask for approval")).sendCallbackSuccess(YES);
  await (await asked("command one", IN_BRANCH)).sendCallbackFailure({
    ErrorType: "Error",
    ErrorMessage: "out of paper",
  });
  const execution = await running;
  expect(execution.getError()).toMatchObject({
    errorType: "ChildContextError",
    errorMessage: "out of paper",
  });
  expect(outside.done).not.toContain("complete process-tea");
});
