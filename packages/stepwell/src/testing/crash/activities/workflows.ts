import type { Event } from "@aws-sdk/client-lambda";
import { expect } from "vitest";
import type { Aftermath, ShownExecution } from "../aftermath.ts";
import { ExecutionActivity } from "./execution.ts";

/** Steps that are retried after delays, at least and at most once, and a condition that is polled. */
export class Retries extends ExecutionActivity {
  constructor() {
    super("retries");
  }

  protected override checkResult(result: unknown, { events }: ShownExecution, { record }: Aftermath): void {
    const attempts = attemptsOf(events, "once");
    expect(result).toEqual({ flaky: 3, once: attempts.length, polled: 3 });
    expect(attemptsOf(events, "flaky")).toEqual(["Error", "Error", "succeeded"]);
    expect(attemptsOf(events, "poll")).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(attempts.at(-1)).toBe("succeeded");
    for (const [i, outcome] of attempts.entries()) {
      const runs = record.count("step", "retries", "once", i + 1);
      if (outcome === "StepInterruptedError") expect(runs, `attempt ${i + 1}`).toBeLessThanOrEqual(1);
      else expect(runs, `attempt ${i + 1}`).toBe(1);
    }
  }
}

/** How each attempt of a step ended; also checks that they are numbered without gaps. */
function attemptsOf(events: readonly Event[], name: string): string[] {
  const ends = events.filter(
    (event) => event.Name === name && /^Step(Succeeded|Failed)$/.test(event.EventType!),
  );
  return ends.map(({ StepFailedDetails: failed, StepSucceededDetails: succeeded }, i) => {
    expect((failed ?? succeeded)!.RetryDetails!.CurrentAttempt, `an attempt of ${name}`).toBe(i + 1);
    return failed ? failed.Error!.Payload!.ErrorType! : "succeeded";
  });
}

/** Maps that end early, one of them with an item that fails. */
export class Maps extends ExecutionActivity {
  constructor() {
    super("maps");
  }

  protected override checkResult(result: unknown): void {
    expect(result).toEqual({ all: [1, 2, 4, 5], failed: 1, few: expect.any(Number) });
    expect((result as { few: number }).few).toBeGreaterThanOrEqual(2);
  }
}

/** Child contexts in child contexts, with results that are kept as blobs. */
export class Nested extends ExecutionActivity {
  constructor() {
    super("nested");
  }

  protected override checkResult(result: unknown): void {
    const level = (deeper: unknown) => ({ before: 1, deeper, large: 300_000 });
    expect(result).toEqual(level(level(level("bottom"))));
  }
}

/** Chained invokes: of a plain function, of a durable one, and of one that fails. */
export class Chain extends ExecutionActivity {
  constructor() {
    super("chain");
  }

  protected override checkResult(
    result: unknown,
    _execution: ShownExecution,
    { executions, record, interruptions }: Aftermath,
  ): void {
    expect(result).toMatchObject({
      plain: { echo: "chain" },
      child: { first: 1, second: 1 },
      broken: expect.stringContaining("InvokeError"),
      last: 1,
    });
    const children = executions.filter(({ events }) =>
      events[0]!.ExecutionStartedDetails!.Input!.Payload!.includes("chain child"),
    );
    expect(children, "executions of the chained invoke").toHaveLength(1);
    expect(record.count("echo", "chain")).toBeLessThanOrEqual(1 + interruptions);
  }
}
