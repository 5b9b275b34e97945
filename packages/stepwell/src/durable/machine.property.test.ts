import fc from "fast-check";
import { expect, test } from "vitest";
import { PureExecution } from "./fixtures/pure-execution.ts";
import { anyUpdate, legalUpdates } from "./fixtures/random-updates.ts";
import type { JournalRow } from "./journal-row.ts";
import {
  applyOutside,
  beginInvocation,
  catchUp,
  Draft,
  type ExecutionState,
  endInvocation,
  foldJournal,
  type InvocationEnd,
  nextDeadlineMs,
  type OutsideEvent,
  wantsInvocation,
} from "./machine.ts";
import type { Operation, OperationUpdate } from "./types.ts";

const TIMEOUT_SECONDS = 60;
/** What the operations on durable executions declare. */
const DECLARED = [
  "InvalidParameterValueException 400",
  "CallbackTimeoutException 400",
  "ResourceNotFoundException 404",
];

/** An execution that is carried on as its holder does it: a handler is called whenever there is a reason to. */
class Carried extends PureExecution {
  constructor() {
    super(TIMEOUT_SECONDS);
  }

  /** Whether the handler may checkpoint: a port refuses it otherwise, before the machine is asked. */
  get checkpoints(): boolean {
    const { status, invocation, outcome } = this.state.header;
    return status === "RUNNING" && invocation !== undefined && outcome === undefined;
  }

  override decide<T>(decide: (draft: Draft) => T): T {
    return super.decide((draft) => {
      const value = decide(draft);
      if (wantsInvocation(draft)) beginInvocation(draft, `request-${draft.header.epoch + 1}`);
      return value;
    });
  }

  end(end: InvocationEnd): void {
    this.decide((draft) => endInvocation(draft, end));
  }
}

type Event =
  | { readonly updates: readonly OperationUpdate[] }
  | { readonly seconds: number }
  | { readonly outside: OutsideEvent }
  | { readonly end: InvocationEnd };

function carryOn(execution: Carried, event: Event): void {
  if ("updates" in event) {
    if (execution.checkpoints) execution.checkpoint(...event.updates);
  } else if ("seconds" in event) execution.pass(event.seconds);
  else if ("outside" in event) execution.decide((draft) => applyOutside(draft, event.outside));
  else execution.end(event.end);
}

const operationId = fc.constantFrom("a", "b", "c", "d", "e");
const outside: fc.Arbitrary<OutsideEvent> = fc.oneof(
  fc.record({ type: fc.constant("callback-succeeded" as const), operationId, result: fc.constant("1") }),
  fc.record({ type: fc.constant("callback-failed" as const), operationId, error: fc.constant({}) }),
  fc.record({ type: fc.constant("callback-heartbeat" as const), operationId }),
  fc.record({
    ...{ type: fc.constant("chained-invoke-ended" as const), operationId },
    status: fc.constantFrom("SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"),
  }),
);
const end: fc.Arbitrary<InvocationEnd> = fc.oneof(
  fc.constantFrom<InvocationEnd>({ type: "lost" }, { type: "failed", error: { ErrorType: "Boom" } }),
  fc
    .constantFrom(
      ...[null, "text", {}, { Status: "DONE" }, { Status: "PENDING" }, { Status: "SUCCEEDED", Error: {} }],
      ...[{ Status: "FAILED", Result: "1" }, { Status: "SUCCEEDED", Result: "1" }, { Status: "FAILED" }],
    )
    .map((output) => ({ type: "returned" as const, output })),
);
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.array(anyUpdate, { maxLength: 3 }).map((updates) => ({ updates })) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }).map((seconds) => ({ seconds })) },
  { weight: 4, arbitrary: outside.map((event) => ({ outside: event })) },
  { weight: 2, arbitrary: end.map((how) => ({ end: how })) },
  { weight: 1, arbitrary: fc.constant({ outside: { type: "stop" } as const }) },
);

/** Everything that is remembered, as plain values. */
function snapshot({ header, operations, deadlines, unseen }: ExecutionState) {
  return structuredClone({
    header,
    operations: [...operations],
    deadlines: [...deadlines].sort(),
    unseen: [...unseen],
  });
}

test("whatever is asked, only declared errors come of it, and what is refused changes nothing", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      const execution = new Carried();
      for (const event of events) {
        const before = { rows: execution.rows.length, state: snapshot(execution.state) };
        try {
          carryOn(execution, event);
        } catch (error) {
          const { code, httpStatus } = error as { code?: string; httpStatus?: number };
          expect(DECLARED, String(error)).toContain(`${code} ${httpStatus}`);
          expect({ rows: execution.rows.length, state: snapshot(execution.state) }).toEqual(before);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** Stopped before the handler could hear that its callback has succeeded. */
const STOPPED_WITH_NEWS: Event[] = [
  { updates: [{ Id: "a", Type: "CALLBACK", Action: "START" }] },
  { outside: { type: "callback-succeeded", operationId: "a" } },
  { outside: { type: "stop" } },
];

test("the journal is dense, its time never goes back, nothing follows its end, and it folds to the state", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), fc.nat(), (events, cut) => {
      const execution = new Carried();
      for (const event of events) {
        try {
          carryOn(execution, event);
        } catch {
          // The property above is about refusals.
        }
      }
      checkJournal(execution.rows);
      const stored: JournalRow[] = JSON.parse(JSON.stringify(execution.rows));
      const folded = foldJournal(stored);
      checkFolded(folded, execution);
      // A node that read a part of it before catches up to the same.
      const known = 1 + (cut % stored.length);
      const caughtUp = foldJournal(stored.slice(0, known));
      catchUp(caughtUp, stored.slice(known));
      expect(snapshot(caughtUp)).toEqual(snapshot(folded));
    }),
    { numRuns: 500, examples: [[STOPPED_WITH_NEWS, 0]] },
  );
});

function checkJournal(rows: readonly JournalRow[]): void {
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
  const eventIds = rows.flatMap(({ eventId }) => eventId ?? []);
  expect(eventIds).toEqual(eventIds.map((_, i) => i + 1));
  const times = rows.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const ends = rows.filter(({ kind }) => /^Execution(Succeeded|Failed|TimedOut|Stopped)$/.test(kind));
  expect(ends.length).toBeLessThanOrEqual(1);
  if (ends.length === 1) expect(rows.at(-1)).toBe(ends[0]);
}

function checkFolded(folded: ExecutionState, { state, nowMs }: Carried): void {
  const [from, live] = [snapshot(folded), snapshot(state)];
  if (live.header.status !== "RUNNING") {
    // A journal closes with its execution: that a handler still ran, or had not heard of something, is not in it.
    live.unseen = [];
    for (const { header } of [from, live])
      Object.assign(header, { invocation: undefined, interrupted: false });
  }
  expect({ ...from, unseen: [] }).toEqual({ ...live, unseen: [] });
  // The journal does not say what an answer without rows has told the handler; the next invocation is told all.
  expect(from.unseen).toEqual(expect.arrayContaining(live.unseen));
  expect(nextDeadlineMs(new Draft(folded, nowMs))).toBe(nextDeadlineMs(new Draft(state, nowMs)));
}

/** Makes choices out of numbers, so that a failure can be shrunk. */
class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get left(): boolean {
    return this.#at < this.#numbers.length;
  }

  of<T>(options: readonly T[]): T {
    return options[this.#numbers[this.#at++]! % options.length]!;
  }
}

/** A legal life: a handler that checkpoints what it may, rests when it must, and is answered from outside. */
function playLegally(execution: Carried, choices: Choices): void {
  let created = 0;
  while (choices.left && execution.state.header.status === "RUNNING") {
    const waiting = [...execution.state.operations.values()].filter(isOutside);
    const move = choices.left
      ? choices.of(["update", "update", "update", "pass", "outside", "rest"])
      : "pass";
    if (!choices.left || move === "pass" || !execution.checkpoints) execution.pass(1);
    else if (move === "update") {
      const legal = legalUpdates(execution.state.operations.values(), `n${++created}`);
      execution.checkpoint(choices.of(legal));
    } else if (move === "outside" && waiting.length > 0) complete(execution, choices.of(waiting));
    else if (anythingToWaitFor(execution)) execution.end({ type: "returned", output: { Status: "PENDING" } });
  }
}

/** What somebody else has to end. */
function isOutside({ Type, Status }: Operation): boolean {
  return (Type === "CALLBACK" || Type === "CHAINED_INVOKE") && Status === "STARTED";
}

function anythingToWaitFor({ state }: Carried): boolean {
  return [...state.operations.values()].some(
    (operation) =>
      isOutside(operation) ||
      (operation.Type === "WAIT" && operation.Status === "STARTED") ||
      (operation.Type === "STEP" && operation.Status === "PENDING"),
  );
}

function complete(execution: Carried, { Id, Type }: Operation): void {
  const event: OutsideEvent =
    Type === "CALLBACK"
      ? { type: "callback-succeeded", operationId: Id, result: "1" }
      : { type: "chained-invoke-ended", operationId: Id, status: "SUCCEEDED", result: "1" };
  execution.decide((draft) => applyOutside(draft, event));
}

const numbers = fc.array(fc.nat(), { maxLength: 120 });

test("what the protocol allows is never refused, and a handler that finishes ends its execution", () => {
  fc.assert(
    fc.property(numbers, (drawn) => {
      const execution = new Carried();
      playLegally(execution, new Choices(drawn));
      // Now the handler closes what is open, and everybody answers.
      for (let round = 0; execution.state.header.status === "RUNNING"; round++) {
        expect(round).toBeLessThan(1000);
        for (const operation of [...execution.state.operations.values()].filter(isOutside)) {
          complete(execution, operation);
        }
        if (!execution.checkpoints) {
          execution.pass(1);
          continue;
        }
        const open = [...execution.state.operations.values()].find(
          ({ Type, Status }) =>
            (Type === "STEP" && (Status === "STARTED" || Status === "READY")) ||
            (Type === "CONTEXT" && Status === "STARTED"),
        );
        if (open) {
          const { Id, Type, ParentId } = open;
          execution.checkpoint({
            Id,
            Type,
            Action: "SUCCEED",
            ...(ParentId === undefined ? {} : { ParentId }),
          });
        } else if (anythingToWaitFor(execution)) {
          execution.end({ type: "returned", output: { Status: "PENDING" } });
        } else execution.end({ type: "returned", output: { Status: "SUCCEEDED", Result: "1" } });
      }
      expect(["SUCCEEDED", "TIMED_OUT"]).toContain(execution.state.header.status);
      checkJournal(execution.rows);
    }),
    { numRuns: 300 },
  );
});

test("an execution that everybody has left alone times out, by its own deadlines only", () => {
  const failing = fc.constantFrom<InvocationEnd>(
    { type: "failed", error: { ErrorType: "Boom" } },
    { type: "returned", output: { Status: "PENDING" } },
  );
  fc.assert(
    fc.property(numbers, failing, (drawn, how) => {
      const execution = new Carried();
      playLegally(execution, new Choices(drawn));
      for (let round = 0; execution.state.header.status === "RUNNING"; round++) {
        expect(round).toBeLessThan(1000);
        if (execution.state.header.invocation) execution.end(how);
        const nextMs = nextDeadlineMs(new Draft(execution.state, execution.nowMs));
        if (nextMs === undefined) break;
        execution.nowMs = Math.max(execution.nowMs, nextMs);
        execution.pass(0);
      }
      expect(execution.state.header.status).toBe("TIMED_OUT");
      checkJournal(execution.rows);
    }),
    { numRuns: 300 },
  );
});
