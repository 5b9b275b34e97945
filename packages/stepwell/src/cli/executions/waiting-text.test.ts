import { expect, test } from "vitest";
import { history, START_MS } from "../fixtures/events.ts";
import { openSession } from "../session.ts";
import { processTerminal } from "../terminal.ts";
import { buildTimeline } from "../timeline/timeline.ts";
import { waitingText } from "./waiting-text.ts";

const session = openSession({ ...processTerminal(), env: {} }, { color: false, region: "eu-west-1" });

function textOf(events: Parameters<typeof buildTimeline>[0]): string {
  return waitingText(buildTimeline(events), undefined, session, START_MS + 10_000);
}

test("each thing that is waited for says when it is due or what to type", () => {
  const { events, add } = history();
  add(0, "WaitStarted", { id: "w", name: "rest" }, { ScheduledEndTimestamp: START_MS + 70_000 });
  add(1, "StepFailed", { id: "r", name: "charge" }, { RetryDetails: { NextAttemptDelaySeconds: 1 } });
  add(
    2,
    "ChainedInvokeStarted",
    { id: "i", name: "pay" },
    {
      FunctionName: "payments",
      DurableExecutionArn: "arn:of:$LATEST",
    },
  );
  add(3, "CallbackStarted", { id: "c", name: "ask" }, { CallbackId: "Q0I=", HeartbeatTimeout: 60 });
  add(5_000, "StepStarted", { id: "s", name: "mail\u001b" });
  const lines = textOf(events).split("\n");
  expect(lines[2]).toMatch(/^ {2}timer "rest", due in 1 min \(.*\)$/);
  expect(lines.slice(3)).toEqual([
    '  attempt 2 of "charge", due now',
    '  function payments, called by "pay", for 10.0 s',
    "    stepwell executions show 'arn:of:$LATEST' --region eu-west-1",
    '  callback "ask", heartbeat every 1 min:',
    `    stepwell callback succeed Q0I= --result '{"approved":true}' --region eu-west-1`,
    "    stepwell callback heartbeat Q0I= --region eu-west-1",
    '  step "mail", running for 5.00 s',
    "",
  ]);
});

test("while the handler runs, for how long", () => {
  const { events } = history();
  const text = waitingText(buildTimeline(events), START_MS + 7_000, session, START_MS + 10_000);
  expect(text).toBe("\nIts handler has been running for 3.00 s.\n");
});

test("between two operations the handler runs; after the end nothing is said", () => {
  const { events, add } = history();
  expect(textOf(events)).toBe("\nIts handler is about to run.\n");
  add(1, "ExecutionSucceeded");
  expect(textOf(events)).toBe("");
});
