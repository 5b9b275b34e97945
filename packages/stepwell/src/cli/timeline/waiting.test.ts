import { expect, test } from "vitest";
import { history, START_MS } from "../fixtures/events.ts";
import { buildTimeline } from "./timeline.ts";
import { labelOf, newestCallback, waitingFor } from "./waiting.ts";

test("a running execution waits for callbacks, timers, retries, functions and running steps, oldest first", () => {
  const { events, add } = history();
  add(1, "WaitStarted", { id: "w" }, { ScheduledEndTimestamp: START_MS + 500 });
  add(2, "CallbackStarted", { id: "c" }, { CallbackId: "Q0I=" });
  add(3, "StepFailed", { id: "r" }, { RetryDetails: { NextAttemptDelaySeconds: 2 } });
  add(4, "ChainedInvokeStarted", { id: "i" }, { FunctionName: "pay" });
  add(5, "StepStarted", { id: "s" });
  add(6, "StepStarted", { id: "done" });
  add(7, "StepSucceeded", { id: "done" });
  const waiting = waitingFor(buildTimeline(events));
  expect(waiting.map((one) => [one.for, one.operation.id])).toEqual([
    ["timer", "w"],
    ["callback", "c"],
    ["retry", "r"],
    ["function", "i"],
    ["step", "s"],
  ]);
});

test("nothing is waited for in a context that has ended, nor after the execution's end", () => {
  const { events, add } = history();
  add(1, "ContextStarted", { id: "race" });
  add(2, "CallbackStarted", { id: "c", parent: "race" }, { CallbackId: "Q0I=" });
  add(3, "ContextSucceeded", { id: "race" });
  expect(waitingFor(buildTimeline(events))).toEqual([]);

  add(4, "CallbackStarted", { id: "d" }, { CallbackId: "Q0Q=" });
  expect(waitingFor(buildTimeline(events))).toHaveLength(1);
  add(5, "ExecutionStopped");
  expect(waitingFor(buildTimeline(events))).toEqual([]);
});

test("the newest callback is the last of those that are open", () => {
  const { events, add } = history();
  expect(newestCallback(buildTimeline(events))).toBeUndefined();
  add(1, "CallbackStarted", { id: "a" }, { CallbackId: "QQ==" });
  add(2, "CallbackStarted", { id: "b" }, { CallbackId: "Qg==" });
  add(3, "WaitStarted", { id: "w" }, { ScheduledEndTimestamp: START_MS + 500 });
  expect(newestCallback(buildTimeline(events))?.callbackId).toBe("Qg==");
  add(4, "CallbackSucceeded", { id: "b" });
  expect(newestCallback(buildTimeline(events))?.callbackId).toBe("QQ==");
});

test("a callback without a name is called as the waitForCallback around it", () => {
  const { events, add } = history();
  add(1, "ContextStarted", { id: "p", name: "ask for approval", subType: "WaitForCallback" });
  add(2, "CallbackStarted", { id: "c", parent: "p" }, { CallbackId: "Q0I=" });
  add(3, "ContextStarted", { id: "q", name: "in here", subType: "RunInChildContext" });
  add(4, "CallbackStarted", { id: "d", parent: "q" }, { CallbackId: "Q0Q=" });
  const [ask, other] = buildTimeline(events).operations;
  expect(labelOf(ask!.children[0]!)).toBe("ask for approval");
  expect(labelOf(other!.children[0]!)).toBe("d");
});
