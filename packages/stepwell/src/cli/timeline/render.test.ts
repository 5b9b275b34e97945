import { describe, expect, test } from "vitest";
import { history, START_MS } from "../fixtures/events.ts";
import { styleOf } from "../style.ts";
import { type Canvas, renderTimeline } from "./render.ts";
import { buildTimeline } from "./timeline.ts";

const canvas: Canvas = { style: styleOf(false), columns: 100, unicode: false, nowMs: START_MS + 1_000 };

function workflow() {
  const told = history();
  const { add, invocation } = told;
  add(0, "StepStarted", { id: "1", name: "create", subType: "Step" });
  add(100, "StepSucceeded", { id: "1", name: "create" }, { Result: { Payload: '"p-7"' } });
  add(200, "ContextStarted", { id: "2", name: "notify", subType: "Parallel" });
  add(200, "StepStarted", { id: "2-1", name: "mail", subType: "Step", parent: "2" });
  add(
    300,
    "StepFailed",
    { id: "2-1" },
    {
      Error: { Payload: { ErrorType: "SmtpError", ErrorMessage: "mailbox full" } },
      RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 0.3 },
    },
  );
  invocation(0, 350);
  add(600, "StepStarted", { id: "2-1", name: "mail", parent: "2" });
  return told;
}

/** Rows by what stands in their first column. */
function rowsOf(text: string): Map<string, string> {
  return new Map(text.split("\n").map((line) => [line.trim().split(/ {2,}/)[0]!, line]));
}

describe("a timeline", () => {
  test("shows each operation under its context with type, status, tries, offset, duration and result", () => {
    const rows = rowsOf(
      renderTimeline(buildTimeline(workflow().events), { ...canvas, columns: Number.POSITIVE_INFINITY }),
    );
    expect(rows.get("OPERATION")).toMatch(/^OPERATION +TYPE +STATUS +AT +TOOK +RESULT$/);
    expect(rows.get("invocation 1")).toMatch(/Invocation +COMPLETED +\+0 ms +350 ms$/);
    expect(rows.get("create")).toMatch(/^create +Step +SUCCEEDED +\+0 ms +100 ms +"p-7"$/);
    expect(rows.get("notify")).toMatch(/^notify +Parallel +STARTED +\+200 ms +800 ms$/);
    expect(rows.get("mail")).toMatch(/^ {2}mail +Step +STARTED x2 +\+200 ms +800 ms/);
  });

  test("has bars to scale where the terminal is wide enough, in ASCII where it cannot do better", () => {
    const { events } = workflow();
    const rows = rowsOf(renderTimeline(buildTimeline(events), canvas));
    expect(rows.get("OPERATION")).toMatch(/ 0 +1\.00 s {2}RESULT$/);
    expect(rows.get("create")).toMatch(/ms {2}#{3,6} +"p-7"$/);
    expect(rows.get("mail")).toMatch(/ms {2} +#+\.+#+/);
    expect(rowsOf(renderTimeline(buildTimeline(events), { ...canvas, unicode: true })).get("mail")).toMatch(
      /█+░+█+/,
    );
    expect(renderTimeline(buildTimeline(events), { ...canvas, columns: 60 })).not.toContain("#");
  });

  test("lists the errors of operations in full below", () => {
    const { events, add } = workflow();
    const ErrorMessage = `mailbox full: ${"very ".repeat(30)}full`;
    add(700, "StepFailed", { id: "2-1" }, { Error: { Payload: { ErrorType: "SmtpError", ErrorMessage } } });
    add(700, "ContextFailed", { id: "2" }, { Error: { Payload: { ErrorType: "ChildContextError" } } });
    const text = renderTimeline(buildTimeline(events), canvas);
    expect(text).toContain(`\nErrors\n  mail: SmtpError: ${ErrorMessage}\n`);
    // The context failed of its step: said once.
    expect(text).not.toContain("ChildContextError");
  });

  test("of an execution that ended ends what was open with it", () => {
    const { events, add } = workflow();
    add(800, "ExecutionStopped");
    const rows = rowsOf(renderTimeline(buildTimeline(events), { ...canvas, nowMs: START_MS + 99_000 }));
    expect(rows.get("notify")).toMatch(/STARTED +\+200 ms +600 ms/);
  });

  test("of nothing says so", () => {
    expect(renderTimeline(buildTimeline(history().events), canvas)).toBe("No operations yet.\n");
  });

  test("lets no control character of a name or result through", () => {
    const { events, add } = history();
    add(1, "StepStarted", { id: "1", name: "\u001b[2Jgone" });
    add(2, "StepSucceeded", { id: "1" }, { Result: { Payload: '"\u0007bell"' } });
    expect(renderTimeline(buildTimeline(events), canvas).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("names are cut where they would push everything else away", () => {
    const { events, add } = history();
    add(1, "StepStarted", { id: "1", name: "n".repeat(200) });
    expect(renderTimeline(buildTimeline(events), canvas)).toContain(`${"n".repeat(39)}…`);
  });
});
