import { describe, expect, test } from "vitest";
import { afterUpdate, isSelfEvident } from "./own-updates.ts";
import type { Operation, OperationUpdate } from "./types/wire.ts";

const update = (Type: "STEP" | "CONTEXT" | "WAIT", Action: OperationUpdate["Action"], more = {}) => ({
  ...{ Id: "a", ParentId: "p", Name: "charge", SubType: "Step", Type, Action },
  ...more,
});
const named = { Id: "a", ParentId: "p", Name: "charge", SubType: "Step" };

describe("an operation after an update of this invocation's own", () => {
  test("is a step that was started and ended in one checkpoint", () => {
    const started = afterUpdate(undefined, update("STEP", "START"), 5);
    expect(started).toEqual({
      ...named,
      Type: "STEP",
      Status: "STARTED",
      StartTimestamp: 5,
      StepDetails: {},
    });
    expect(afterUpdate(started, update("STEP", "SUCCEED", { Payload: "1" }), 6)).toEqual({
      ...{ ...named, Type: "STEP", Status: "SUCCEEDED", StartTimestamp: 5, EndTimestamp: 6 },
      StepDetails: { Attempt: 1, Result: "1" },
    });
  });

  test("is a step in a further attempt, which keeps what the last one left but its time", () => {
    const ready: Operation = {
      ...{ ...named, Type: "STEP", Status: "READY", StartTimestamp: 1 },
      StepDetails: { Attempt: 1, Result: "state", NextAttemptTimestamp: 4 },
    };
    const started = afterUpdate(ready, update("STEP", "START"), 5);
    expect(started).toEqual({
      ...{ ...named, Type: "STEP", Status: "STARTED", StartTimestamp: 1 },
      StepDetails: { Attempt: 1, Result: "state" },
    });
    const failure = { ErrorType: "Declined", ErrorMessage: "no" };
    expect(afterUpdate(started, update("STEP", "FAIL", { Error: failure }), 7)).toMatchObject({
      ...{ Status: "FAILED", StartTimestamp: 1, EndTimestamp: 7 },
      StepDetails: { Attempt: 2, Error: failure },
    });
  });

  test("is a context whose children are to be replayed", () => {
    const started = afterUpdate(undefined, update("CONTEXT", "START"), 5);
    const large = update("CONTEXT", "SUCCEED", { Payload: "", ContextOptions: { ReplayChildren: true } });
    expect(afterUpdate(started, large, 6)).toEqual({
      ...{ ...named, Type: "CONTEXT", Status: "SUCCEEDED", StartTimestamp: 5, EndTimestamp: 6 },
      ContextDetails: { ReplayChildren: true, Result: "" },
    });
  });

  test("is not known when something in it is the service's to say", () => {
    expect(isSelfEvident(update("STEP", "RETRY"))).toBe(false);
    expect(isSelfEvident(update("WAIT", "START"))).toBe(false);
    expect(isSelfEvident(update("CONTEXT", "FAIL"))).toBe(true);
  });
});
