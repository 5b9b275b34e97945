import { describe, expect, test } from "vitest";
import { history, START_MS } from "../fixtures/events.ts";
import { buildTimeline } from "./timeline.ts";

describe("an execution", () => {
  test("that runs has no end; one that ended has its status and the time of its last event", () => {
    const { events, add } = history();
    expect(buildTimeline(events)).toMatchObject({ status: "RUNNING", startMs: START_MS, operations: [] });
    expect(buildTimeline(events).endMs).toBeUndefined();

    add(900, "ExecutionTimedOut");
    expect(buildTimeline(events)).toMatchObject({ status: "TIMED_OUT", endMs: START_MS + 900 });
  });

  test("of which no event is known yet is empty", () => {
    expect(buildTimeline([])).toEqual({ startMs: 0, status: "RUNNING", operations: [], invocations: [] });
  });

  test("has its invocations with their errors", () => {
    const { events, invocation } = history();
    invocation(10, 50);
    invocation(60, 70, { ErrorType: "Runtime.ExitError" });
    expect(buildTimeline(events).invocations).toEqual([
      { requestId: "request at 10", queuedMs: 10, startMs: START_MS + 10, endMs: START_MS + 50 },
      {
        requestId: "request at 60",
        queuedMs: 0,
        startMs: START_MS + 60,
        endMs: START_MS + 70,
        error: { ErrorType: "Runtime.ExitError" },
      },
    ]);
  });

  test("tells how long each invocation was queued after a timer was due or an answer came", () => {
    const { events, add, invocation } = history();
    add(20, "WaitStarted", { id: "w" }, { ScheduledEndTimestamp: START_MS + 100 });
    add(20, "CallbackStarted", { id: "c" }, { CallbackId: "Q0I=" });
    invocation(0, 30);
    add(140, "WaitSucceeded", { id: "w" });
    invocation(150, 160);
    add(300, "CallbackSucceeded", { id: "c" });
    add(310, "StepStarted", { id: "s" });
    invocation(305, 320);
    expect(buildTimeline(events).invocations.map(({ queuedMs }) => queuedMs)).toEqual([0, 50, 5]);
  });

  test("is shown as far as it is known when a newer server tells events of types not known here", () => {
    const { events, add } = history();
    add(1, "QuestionAsked", { id: "q" });
    add(2, "StepStarted", { id: "s", name: "a step" });
    expect(buildTimeline(events).operations.map(({ id }) => id)).toEqual(["s"]);
  });
});

describe("a step", () => {
  const step = { id: "s", name: "charge", subType: "Step" };

  test("that succeeds has its result, one attempt and its end", () => {
    const { events, add } = history();
    add(10, "StepStarted", step);
    add(40, "StepSucceeded", step, { Result: { Payload: '"ok"' }, RetryDetails: { CurrentAttempt: 1 } });
    expect(buildTimeline(events).operations).toEqual([
      {
        id: "s",
        type: "STEP",
        name: "charge",
        subType: "Step",
        status: "SUCCEEDED",
        startMs: START_MS + 10,
        endMs: START_MS + 40,
        result: '"ok"',
        attempts: [{ startMs: START_MS + 10, endMs: START_MS + 40 }],
        children: [],
      },
    ]);
  });

  test("that failed and is tried again is pending until then, with its error; success forgets the error", () => {
    const { events, add } = history();
    const ErrorMessage = "card declined";
    add(10, "StepStarted", step);
    add(20, "StepFailed", step, {
      Error: { Payload: { ErrorMessage } },
      RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 },
    });
    const [pending] = buildTimeline(events).operations;
    expect(pending).toMatchObject({ status: "PENDING", dueAtMs: START_MS + 5_020, error: { ErrorMessage } });
    expect(pending?.endMs).toBeUndefined();

    add(5_030, "StepStarted", step);
    add(5_040, "StepSucceeded", step, { Result: {}, RetryDetails: { CurrentAttempt: 2 } });
    const [succeeded] = buildTimeline(events).operations;
    expect(succeeded).toMatchObject({ status: "SUCCEEDED", startMs: START_MS + 10, endMs: START_MS + 5_040 });
    expect(succeeded?.attempts).toEqual([
      { startMs: START_MS + 10, endMs: START_MS + 20 },
      { startMs: START_MS + 5_030, endMs: START_MS + 5_040 },
    ]);
    expect(succeeded?.error).toBeUndefined();
    expect(succeeded?.dueAtMs).toBeUndefined();
  });

  test("that polls for a condition is pending between the looks, and keeps its state", () => {
    const { events, add } = history();
    add(10, "StepStarted", step);
    add(20, "StepSucceeded", step, {
      Result: { Payload: "3" },
      RetryDetails: { NextAttemptDelaySeconds: 1 },
    });
    expect(buildTimeline(events).operations[0]).toMatchObject({
      status: "PENDING",
      result: "3",
      dueAtMs: START_MS + 1_020,
    });
  });

  test("whose start was never told starts with its end", () => {
    const { events, add } = history();
    add(30, "StepFailed", step, {
      Error: { Payload: { ErrorType: "E" } },
      RetryDetails: { CurrentAttempt: 1 },
    });
    expect(buildTimeline(events).operations[0]).toMatchObject({
      status: "FAILED",
      startMs: START_MS + 30,
      endMs: START_MS + 30,
      attempts: [{ startMs: START_MS + 30, endMs: START_MS + 30 }],
    });
  });
});

describe("what is waited for", () => {
  test("a wait is due at its scheduled end until it has ended", () => {
    const { events, add } = history();
    const wait = { id: "w", name: "rest" };
    add(10, "WaitStarted", wait, { Duration: 60, ScheduledEndTimestamp: START_MS + 60_010 });
    expect(buildTimeline(events).operations[0]).toMatchObject({
      status: "STARTED",
      dueAtMs: START_MS + 60_010,
    });

    add(60_011, "WaitSucceeded", wait, { Duration: 60 });
    const [ended] = buildTimeline(events).operations;
    expect(ended).toMatchObject({ status: "SUCCEEDED", endMs: START_MS + 60_011 });
    expect(ended?.dueAtMs).toBeUndefined();
  });

  test("a callback has its id and its timeouts", () => {
    const { events, add } = history();
    add(10, "CallbackStarted", { id: "c" }, { CallbackId: "Q0I=", Timeout: 3600, HeartbeatTimeout: 60 });
    add(11, "CallbackStarted", { id: "d" }, { CallbackId: "Q0Q=" });
    const [first, second] = buildTimeline(events).operations;
    expect(first?.callback).toEqual({
      id: "Q0I=",
      timeoutAtMs: START_MS + 3_600_010,
      heartbeatTimeoutMs: 60_000,
    });
    expect(second?.callback).toEqual({ id: "Q0Q=" });
  });

  test("a chained invoke has the function, and the execution it started", () => {
    const { events, add } = history();
    add(10, "ChainedInvokeStarted", { id: "i" }, { FunctionName: "pay", DurableExecutionArn: "arn:of:it" });
    add(20, "ChainedInvokeTimedOut", { id: "i" }, { Error: { Payload: { ErrorType: "Timeout" } } });
    expect(buildTimeline(events).operations[0]).toMatchObject({
      type: "CHAINED_INVOKE",
      status: "TIMED_OUT",
      invoked: { functionName: "pay", executionArn: "arn:of:it" },
      error: { ErrorType: "Timeout" },
    });
  });
});

test("operations lie in their contexts, in the order in which they began", () => {
  const { events, add } = history();
  add(1, "ContextStarted", { id: "p", name: "all", subType: "Parallel" });
  add(2, "ContextStarted", { id: "b", name: "branch", parent: "p" });
  add(3, "StepStarted", { id: "s", parent: "b" });
  add(4, "WaitStarted", { id: "w", parent: "p" }, { ScheduledEndTimestamp: START_MS + 9 });
  add(5, "ContextFailed", { id: "p", name: "all" }, { Error: { Payload: { ErrorMessage: "no" } } });
  const { operations } = buildTimeline(events);
  expect(operations).toHaveLength(1);
  expect(operations[0]).toMatchObject({ type: "CONTEXT", status: "FAILED", error: { ErrorMessage: "no" } });
  expect(operations[0]?.children.map(({ id }) => id)).toEqual(["b", "w"]);
  expect(operations[0]?.children[0]?.children[0]?.parent?.parent?.name).toBe("all");
});
