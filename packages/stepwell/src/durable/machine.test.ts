import { describe, expect, test } from "vitest";
import { HOUR, KEY, PureExecution, START_MS } from "./fixtures/pure-execution.ts";
import { historyEvent } from "./history.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import {
  applyOutside,
  applyUpdates,
  beginInvocation,
  Draft,
  endInvocation,
  foldJournal,
  invocationOperations,
  nextDeadlineMs,
  wantsInvocation,
} from "./machine.ts";
import type { OperationUpdate } from "./types.ts";

const step = (
  Id: string,
  Action: OperationUpdate["Action"],
  more: Partial<OperationUpdate> = {},
): OperationUpdate => ({
  Id,
  Type: "STEP",
  SubType: "Step",
  Name: "charge",
  Action,
  ...more,
});
const wait = (Id: string, WaitSeconds: number): OperationUpdate => ({
  Id,
  Type: "WAIT",
  SubType: "Wait",
  Action: "START",
  WaitOptions: { WaitSeconds },
});
const callback = (Id: string, CallbackOptions = {}): OperationUpdate => ({
  Id,
  Type: "CALLBACK",
  SubType: "Callback",
  Action: "START",
  CallbackOptions,
});
const context = (
  Id: string,
  Action: OperationUpdate["Action"],
  more: Partial<OperationUpdate> = {},
): OperationUpdate => ({
  Id,
  Type: "CONTEXT",
  SubType: "RunInChildContext",
  Action,
  ...more,
});

describe("a step", () => {
  test("that ends in the checkpoint that starts it leaves two events and its result", () => {
    const execution = new PureExecution();
    execution.checkpoint(step("a", "START"), step("a", "SUCCEED", { Payload: '"paid"' }));
    expect(execution.state.operations.get("a")).toMatchObject({
      Status: "SUCCEEDED",
      Name: "charge",
      StepDetails: { Attempt: 1, Result: '"paid"' },
    });
    expect(execution.events()).toEqual(["ExecutionStarted", "StepStarted", "StepSucceeded"]);
  });

  test("that is retried is pending until its delay has passed, and then ready with the attempts it has had", () => {
    const execution = new PureExecution();
    execution.checkpoint(
      step("a", "START"),
      step("a", "RETRY", { Error: { ErrorType: "Busy" }, StepOptions: { NextAttemptDelaySeconds: 10 } }),
    );
    expect(execution.status("a")).toBe("PENDING");
    expect(nextDeadlineMs(new Draft(execution.state, execution.nowMs))).toBe(START_MS + 10_000);
    execution.pass(9);
    expect(execution.status("a")).toBe("PENDING");
    execution.pass(1);
    expect(execution.status("a")).toBe("READY");
    expect(execution.state.operations.get("a")?.StepDetails?.Attempt).toBe(1);
    execution.checkpoint(step("a", "START"), step("a", "SUCCEED"));
    const last = historyEvent(execution.rows.at(-1)!, true);
    expect(last.StepSucceededDetails).toMatchObject({ RetryDetails: { CurrentAttempt: 2 } });
  });

  test("that polls keeps its state from one attempt to the next", () => {
    const execution = new PureExecution();
    execution.checkpoint(
      step("a", "START"),
      step("a", "RETRY", { Payload: '{"tries":1}', StepOptions: { NextAttemptDelaySeconds: 1 } }),
    );
    execution.pass(1);
    expect(execution.state.operations.get("a")?.StepDetails).toMatchObject({
      Result: '{"tries":1}',
      Attempt: 1,
    });
    expect(execution.events().at(-1)).toBe("StepSucceeded");
  });
});

describe("time", () => {
  test("ends a wait at its second and not before", () => {
    const execution = new PureExecution();
    execution.checkpoint(wait("w", 60));
    execution.pass(59);
    expect(execution.status("w")).toBe("STARTED");
    execution.pass(1);
    expect(execution.status("w")).toBe("SUCCEEDED");
    expect(historyEvent(execution.rows.at(-1)!, true)).toMatchObject({
      WaitSucceededDetails: { Duration: 60 },
    });
  });

  test("times a callback out by whichever of its two timers comes first", () => {
    const execution = new PureExecution();
    execution.checkpoint(callback("slow", { TimeoutSeconds: 100, HeartbeatTimeoutSeconds: 30 }));
    execution.pass(29);
    execution.decide((draft) => applyOutside(draft, { type: "callback-heartbeat", operationId: "slow" }));
    execution.pass(29);
    expect(execution.status("slow")).toBe("STARTED");
    execution.pass(1);
    expect(execution.state.operations.get("slow")).toMatchObject({
      Status: "TIMED_OUT",
      CallbackDetails: { Error: { ErrorType: "Callback.Heartbeat" } },
    });
    expect(execution.events()).toEqual(["ExecutionStarted", "CallbackStarted", "CallbackTimedOut"]);
  });

  test("ends the execution itself, and leaves what was open as it was", () => {
    const execution = new PureExecution(HOUR);
    execution.checkpoint(wait("w", 2 * HOUR));
    execution.pass(HOUR);
    expect(execution.state.header).toMatchObject({ status: "TIMED_OUT", endedAtMs: START_MS + HOUR * 1000 });
    expect(execution.status("w")).toBe("STARTED");
    expect(nextDeadlineMs(new Draft(execution.state, execution.nowMs))).toBeUndefined();
  });
});

describe("a callback", () => {
  test("that is completed once cannot be completed again", () => {
    const execution = new PureExecution();
    execution.checkpoint(callback("c"));
    const succeed = () =>
      execution.decide((draft) =>
        applyOutside(draft, { type: "callback-succeeded", operationId: "c", result: "yes" }),
      );
    succeed();
    const rows = execution.rows.length;
    expect(succeed).toThrow("The callback has been completed already.");
    expect(execution.rows).toHaveLength(rows);
  });
});

describe("the end of an invocation", () => {
  test("with a result ends the execution, after InvocationCompleted", () => {
    const execution = new PureExecution();
    execution.decide((draft) =>
      endInvocation(draft, { type: "returned", output: { Status: "SUCCEEDED", Result: '"ok"' } }),
    );
    expect(execution.state.header).toMatchObject({ status: "SUCCEEDED", result: '"ok"' });
    expect(execution.events()).toEqual(["ExecutionStarted", "InvocationCompleted", "ExecutionSucceeded"]);
  });

  test("with nothing pending is a failure, tried again after 1 s, doubling to 60 s", () => {
    const execution = new PureExecution();
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      execution.decide((draft) => endInvocation(draft, { type: "returned", output: { Status: "PENDING" } }));
      const delayMs = execution.state.header.retryAtMs! - execution.nowMs;
      delays.push(delayMs);
      execution.nowMs += delayMs;
      execution.decide((draft) => {
        expect(wantsInvocation(draft)).toBe(true);
        beginInvocation(draft, `request-${i}`);
      });
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test("may say null for what there is not, as other languages' runtimes do", () => {
    const ended = (output: object) => {
      const execution = new PureExecution();
      execution.decide((draft) => endInvocation(draft, { type: "returned", output }));
      return execution.state.header;
    };
    const failed = { Status: "FAILED", Result: null, Error: { ErrorType: "Boom", ErrorData: null } };
    expect(ended(failed)).toMatchObject({ status: "FAILED", error: { ErrorType: "Boom" } });
    const succeeded = ended({ Status: "SUCCEEDED", Result: null, Error: null });
    expect([succeeded.status, succeeded.result]).toEqual(["SUCCEEDED", undefined]);
  });

  test.each([
    [{ Status: "SUCCEEDED", Result: { a: 1 } }, "its Result is no string"],
    [{ Status: "FAILED", Error: "boom" }, "its Error is no ErrorObject"],
    [{ Status: "FAILED", Error: { ErrorMessage: 5 } }, "its Error is no ErrorObject"],
    [{ Status: "FAILED", Error: { StackTrace: "at x" } }, "its Error is no ErrorObject"],
    ["SUCCEEDED", "no Status"],
    [null, "no Status"],
  ])("with %j is a failed invocation that says what is wrong", (output, problem) => {
    const execution = new PureExecution();
    execution.decide((draft) => endInvocation(draft, { type: "returned", output }));
    expect(execution.state.header.status).toBe("RUNNING");
    expect(execution.rows.at(-1)?.data.details?.Error?.Payload?.ErrorMessage).toContain(problem);
  });

  test("names what came in before a last checkpoint, so that a later fold knows that it is news", () => {
    const execution = new PureExecution();
    execution.checkpoint(callback("c", { TimeoutSeconds: HOUR }));
    execution.pass(HOUR);
    execution.decide((draft) => {
      const unheard = new Set(draft.unseen());
      applyUpdates(draft, [wait("w", 60)], { limits: DEFAULT_LIMITS, callbackId: (id) => id });
      draft.markSeen(unheard);
      endInvocation(draft, { type: "returned", output: { Status: "PENDING" } }, 0, unheard);
    });
    for (const state of [execution.state, foldJournal(execution.rows)]) {
      expect([...state.unseen]).toEqual(["c"]);
      expect(wantsInvocation(new Draft(state, execution.nowMs))).toBe(true);
    }
  });

  test("by the loss of its host is no failure: the handler is called again at once", () => {
    const execution = new PureExecution();
    const reloaded = foldJournal(execution.rows);
    const draft = new Draft(reloaded, execution.nowMs);
    endInvocation(draft, { type: "lost" });
    expect(wantsInvocation(draft)).toBe(true);
    expect(draft.header.failures).toBe(0);
  });

  test("keeps a result that was handed in early, even when the handler dies before it returns", () => {
    const execution = new PureExecution();
    execution.checkpoint({ Id: "result", Type: "EXECUTION", Action: "SUCCEED", Payload: '"large"' });
    execution.decide((draft) =>
      endInvocation(draft, { type: "failed", error: { ErrorType: "Runtime.ExitError" } }),
    );
    expect(execution.state.header).toMatchObject({ status: "SUCCEEDED", result: '"large"' });
  });
});

describe("a new invocation is told", () => {
  test("the execution first, and nothing of what lies inside a closed context unless the context asked for it", () => {
    const execution = new PureExecution();
    execution.checkpoint(
      context("closed", "START"),
      context("replayed", "START"),
      step("inner-1", "SUCCEED", { ParentId: "closed" }),
      step("inner-2", "SUCCEED", { ParentId: "replayed" }),
    );
    execution.checkpoint(
      context("closed", "SUCCEED", { Payload: "1" }),
      context("replayed", "SUCCEED", { Payload: "", ContextOptions: { ReplayChildren: true } }),
    );
    expect(invocationOperations(execution.state).map((operation) => operation.Id)).toEqual([
      KEY.slice(-36),
      "closed",
      "replayed",
      "inner-2",
    ]);
  });
});

test.each([
  [
    "a wait that exists",
    [wait("w", 1), wait("v", 1)],
    [wait("w", 1)],
    "Cannot start a WAIT that already exists.",
  ],
  [
    "a closed step started again",
    [step("a", "SUCCEED")],
    [step("a", "START")],
    "Invalid current STEP state to start.",
  ],
  [
    "a closed step closed again",
    [step("a", "SUCCEED")],
    [step("a", "FAIL")],
    "Invalid current STEP state to close.",
  ],
  [
    "a closed context closed again",
    [context("c", "FAIL")],
    [context("c", "SUCCEED")],
    "Invalid current CONTEXT state to close.",
  ],
  [
    "a parent that does not exist",
    [],
    [step("a", "START", { ParentId: "nobody" })],
    "Invalid parent operation id.",
  ],
  [
    "a parent that is a step",
    [step("p", "START")],
    [step("a", "START", { ParentId: "p" })],
    "Invalid parent operation id.",
  ],
  [
    "another name for a step",
    [step("a", "START")],
    [step("a", "SUCCEED", { Name: "refund" })],
    "Inconsistent operation name.",
  ],
  [
    "a payload for a failure",
    [],
    [step("a", "FAIL", { Payload: "1" })],
    "Cannot provide a Payload for FAIL action.",
  ],
  [
    "an error for a success",
    [],
    [step("a", "SUCCEED", { Error: {} })],
    "Cannot provide an Error for SUCCEED action.",
  ],
  ["a retry without a delay", [], [step("a", "RETRY")], "Invalid StepOptions for the given action."],
  [
    "a wait for no number of seconds",
    [],
    [wait("w", Number.NaN)],
    "WaitSeconds is NaN; it must be a whole number from 1 to 31622400.",
  ],
  [
    "an action that the type has not",
    [],
    [{ ...wait("w", 1), Action: "RETRY" as const }],
    "Invalid action for the given operation type.",
  ],
  [
    "one operation twice",
    [],
    [wait("w", 1), wait("w", 2)],
    "Cannot update the same operation twice in a single request.",
  ],
  [
    "an execution's end that is not last",
    [],
    [{ Id: "e", Type: "EXECUTION" as const, Action: "SUCCEED" as const }, wait("w", 1)],
    "EXECUTION checkpoint must be the last update.",
  ],
])("%s is refused and changes nothing", (_title, before, updates, message) => {
  const execution = new PureExecution();
  if (before.length > 0) execution.checkpoint(...before);
  const rows = execution.rows.length;
  const operations = new Map(execution.state.operations);
  expect(() => execution.checkpoint(step("innocent", "START"), ...updates)).toThrow(message);
  expect(execution.rows).toHaveLength(rows);
  expect(execution.state.operations).toEqual(operations);
});
