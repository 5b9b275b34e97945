import { DurableExecutionClientError, withDurableExecution } from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { AwsError } from "../../kernel/errors.ts";
import { type DriverOptions, runToEnd, SimulatedExecution } from "./driver.ts";
import { BOTH } from "./sdks.ts";

const awsError = (name: string, message: string, httpStatusCode: number): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

/** Refuses the second checkpoint of an execution, once. */
function refusing(error: Error): DriverOptions {
  let count = 0;
  return {
    port: async (checkpoint, request) => {
      if (++count === 2) throw error;
      return checkpoint(request);
    },
  };
}

const twoSteps = (sdk: (typeof BOTH)[0][1]) =>
  sdk.withDurableExecution(async (_event, context) => {
    await context.step("one", async () => 1);
    return context.step("two", async () => 2);
  });

describe.each(BOTH)("%s: when a checkpoint is refused", (_name, sdk) => {
  test.each([
    ["throttling", awsError("TooManyRequestsException", "slow down", 429)],
    ["a server error", awsError("ServiceException", "oops", 500)],
    ["a lost connection", Object.assign(new Error("ECONNRESET"), { code: "ECONNRESET" })],
    ["a client that says so", new DurableExecutionClientError("later")],
  ])("for %s, the invocation fails and the next one goes on", async (_why, error) => {
    const execution = await runToEnd(twoSteps(sdk), refusing(error));
    expect(execution.invocations[0]).toBeInstanceOf(Error);
    expect(execution.result).toBe(2);
  });

  test.each([
    [
      "a request that makes no sense",
      awsError("InvalidParameterValueException", "Invalid parent operation id.", 400),
    ],
    ["a missing permission", awsError("AccessDeniedException", "no", 403)],
    ["a key that is gone", awsError("KMSNotFoundException", "no key", 502)],
    ["a client that says so", new DurableExecutionClientError("never", { scope: "EXECUTION" })],
  ])("for %s, the execution fails", async (_why, error) => {
    const execution = await runToEnd(twoSteps(sdk), refusing(error));
    expect(execution.status).toBe("FAILED");
    expect(execution.error?.ErrorType).toBe("CheckpointUnrecoverableExecutionError");
    expect(execution.error?.ErrorMessage).toContain(error.message);
    expect(execution.invocations).toHaveLength(1);
  });
});

test.each(BOTH)("%s: a stale token ends the invocation, and the next one goes on", async (_name, sdk) => {
  const stale = awsError("InvalidParameterValueException", "Invalid Checkpoint Token: stale", 400);
  const execution = await runToEnd(twoSteps(sdk), refusing(stale));
  const [first] = execution.invocations;
  // To AWS's SDK it is an error; to ours the invocation has nothing more to say.
  if (sdk === BOTH[0]![1]) expect(first).toEqual({ Status: "PENDING" });
  else expect(first).toMatchObject({ message: expect.stringContaining("Invalid Checkpoint Token") });
  expect(execution.invocations).toHaveLength(2);
  expect(execution.result).toBe(2);
});

describe.each([
  [
    "as AWS's client throws it",
    awsError("InvalidParameterValueException", "Invalid Checkpoint Token: stale", 400),
  ],
  [
    "as Stepwell's port throws it",
    new AwsError("InvalidParameterValueException", "Invalid Checkpoint Token: stale"),
  ],
])("A stale token, %s,", (_way, error) => {
  test("ends the invocation quietly: its code never goes on", async () => {
    let wentOn = false;
    const handler = withDurableExecution(async (_event, context) => {
      await context.step("one", async () => 1);
      const two = await context.step("two", async () => 2);
      wentOn = execution.invocations.length === 0;
      return two;
    });
    const execution = new SimulatedExecution(handler, refusing(error));
    await execution.run();
    expect(execution.invocations[0]).toEqual({ Status: "PENDING" });
    expect(wentOn).toBe(false);
    expect(execution.result).toBe(2);
  });
});

test("a value that cannot be stored fails the invocation, with the step named", async () => {
  let big: unknown = 1n;
  const handler = withDurableExecution(async (_event, context) => {
    const value = big;
    big = 1;
    return context.step("big", async () => value);
  });
  const execution = await runToEnd(handler);
  const [first] = execution.invocations;
  expect(first).toBeInstanceOf(Error);
  expect((first as Error).message).toContain('Serialization failed for step "big" (1)');
  expect(execution.result).toBe(1);
});

test("a handler whose last checkpoint is lost has not returned: the next invocation stores what it left", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    await context.step("first", async () => 1);
    return context.runInChildContext("last", async () => "done");
  });
  const execution = await runToEnd(handler, refusing(awsError("ServiceException", "oops", 500)));
  expect(execution.invocations[0]).toBeInstanceOf(Error);
  expect(execution.result).toBe("done");
  expect(execution.events).toContain("ContextSucceeded last");
});
