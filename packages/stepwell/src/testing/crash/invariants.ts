import { expect } from "vitest";
import { foldJournal } from "../../durable/machine.ts";
import { brokenRules } from "./journal-rules.ts";
import type { Life, SeedRun } from "./run-seed.ts";
import type { StoredExecution } from "./store-contents.ts";

/** What must hold of any run, whatever was done in it. */
export async function expectInvariants(run: SeedRun): Promise<void> {
  const { lives, record, executions, activities } = run;
  const { contents } = lives.at(-1)!;
  for (const { fault, exitCode } of lives) {
    if (fault === undefined || fault.kind === "stop")
      expect(exitCode, "exit code of a server that was stopped").toBe(0);
  }
  for (const stored of contents.executions) {
    expect(brokenRules(stored.rows), stored.name).toEqual([]);
    expectNoFailedInvocation(stored);
    expectShownAsStored(stored, run);
  }
  expect(executions).toHaveLength(contents.executions.length);
  expectNothingLeft(contents);
  expect(run.unreclaimed, "blobs that are never removed").toEqual([]);
  expectCommittedStepsOnce(run);
  const interruptions = lives.reduce((sum, { hostKills }) => sum + 1 + hostKills, -1);
  for (const activity of activities) {
    await activity.check({ executions, stored: contents.executions, record, interruptions });
  }
}

/** No handler of the app fails, and a server or a host that is lost is no failure. */
function expectNoFailedInvocation({ name, rows }: StoredExecution): void {
  const ends = rows.filter(({ kind }) => kind === "InvocationCompleted");
  for (const { data } of ends)
    expect(data.details!.Error, `an error of an invocation of ${name}`).toBe(undefined);
}

/** The journal folds to what the API shows. */
function expectShownAsStored(stored: StoredExecution, { executions }: SeedRun): void {
  const { header } = foldJournal(stored.rows);
  const shown = executions.find(({ arn }) => arn === stored.arn)!;
  expect(shown, stored.name).toMatchObject({
    status: header.status,
    result: header.result,
    errorType: header.error?.ErrorType,
  });
  expect(stored.status).toBe(header.status);
  const public_ = stored.rows.filter(({ eventId }) => eventId !== null);
  expect(shown.events.map(({ EventId, EventType }) => [EventId, EventType])).toEqual(
    public_.map(({ eventId, kind }) => [eventId, kind]),
  );
}

const HOUSEKEEPING: ReadonlySet<unknown> = new Set(["retention", "sqs.retention"]);

/** No work, no inbox, no reference to a blob by what is gone, no half a package; and every blob is there. */
function expectNothingLeft(contents: Life["contents"]): void {
  const { work, inbox, blobs, references, owners, files, code } = contents;
  expect(work.filter(({ kind }) => !HOUSEKEEPING.has(kind))).toEqual([]);
  expect(inbox).toEqual([]);
  for (const { owner } of references) expect(owners, "who refers to a blob").toContain(owner);
  for (const name of code) expect(name, "the folder of a whole package").toMatch(/^[0-9a-f]{64}$/);
  const referred = new Set(references.map(({ hash }) => String(hash)));
  for (const hash of referred) expect(blobs, "a blob that something refers to").toContain(hash);
  for (const hash of blobs) expect(files, "the file of a blob").toContain(hash);
}

/** A step whose end was committed, or acknowledged, is not run again; another one runs once in a life. */
function expectCommittedStepsOnce({ lives, record }: SeedRun): void {
  const steps = record.read().filter(({ what }) => what === "step");
  const stepped = record.read().filter(({ what }) => what === "stepped");
  for (const [i, life] of lives.entries()) {
    const later = new Set(lives.slice(i + 1).map(({ server }) => server));
    const committed = new Set(life.contents.executions.flatMap(endedAttempts));
    const again = steps.filter(
      ({ server, which }) => later.has(server) && committed.has(JSON.stringify(which)),
    );
    expect(again, "attempts of steps that ran again though their end was committed").toEqual([]);
    const told = new Set(
      stepped.filter(({ server }) => server === life.server).map(({ which }) => `${which}`),
    );
    const untold = steps.filter(({ server, which }) => later.has(server) && told.has(`${which.slice(0, 2)}`));
    expect(untold, "steps that ran again though their handler had been told their result").toEqual([]);
    const runs = new Map<string, number>();
    for (const { server, which } of steps) {
      if (server !== life.server) continue;
      const key = JSON.stringify(which);
      runs.set(key, (runs.get(key) ?? 0) + 1);
    }
    for (const [step, count] of runs)
      expect(count, `${step} in one life`).toBeLessThanOrEqual(1 + life.hostKills);
  }
}

/** The attempts that have ended, as the app's functions write them down. */
function endedAttempts({ rows }: StoredExecution): string[] {
  const [first] = rows;
  const { id } = JSON.parse(first!.data.details!.Input!.Payload!) as { id: string };
  return rows.flatMap(({ kind, data }) => {
    if (kind !== "StepSucceeded" && kind !== "StepFailed") return [];
    return [JSON.stringify([id, data.Name, data.details!.RetryDetails!.CurrentAttempt])];
  });
}
