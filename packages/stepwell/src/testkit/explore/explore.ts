import { isDeepStrictEqual } from "node:util";
import { RealClock } from "../../kernel/clock.ts";
import { SeededIds } from "../../kernel/ids.ts";
import { DurableTestError, ExecutionFailedError } from "../errors.ts";
import type { DurableTest } from "../test-durable.ts";
import { type Plan, parsePlan, planText, randomPlan, shorter, singleFaults } from "./plan.ts";
import { commitText, PlannedFaults } from "./planned-faults.ts";

export interface ExploreOptions {
  /** How many runs with several faults drawn at random follow those with one fault each: 20 by default. */
  readonly seeds?: number;
  /** Only this plan, as a report has shown it. */
  readonly plan?: string;
}

/** What an exploration did. */
export interface Exploration {
  /** How many commits the test makes when nothing goes wrong; at each of them something did, in a run of its own. */
  readonly commits: number;
  readonly runs: number;
  /** How many calls that completed a callback twice or late were refused. */
  readonly refusedCallbacks: number;
}

/** A test as it is explored: begins with a DurableTest of its own, and returns what must not depend on faults. */
export type Scenario<TEvent, TResult> = (test: DurableTest<TEvent, TResult>) => Promise<unknown>;

/** What one run showed. */
interface Observation {
  readonly outcome: unknown;
  /** What the scenario rejected with, if it did. */
  readonly thrown?: { readonly error: unknown };
  /** Type, name and status of each operation, by execution and id. */
  readonly operations: ReadonlyMap<string, string>;
  readonly violations: readonly string[];
  readonly refusedCallbacks: number;
  readonly commits: PlannedFaults["commits"];
}

interface Finding {
  readonly plan: Plan;
  readonly problems: readonly string[];
  readonly commits: PlannedFaults["commits"];
}

/** A report names this many findings; they mostly have one cause. */
const MOST_TOLD = 5;
const DEFAULT_SEEDS = 20;

/**
 * Runs a test again and again, and lets something go wrong in each run: the engine crashes before or after each of its
 * commits and starts again from what the store holds, the handler is called twice at a time, callbacks are completed
 * twice and late. Rejects, with the shortest plan for each kind of trouble, when a run's outcome differs from that of
 * the run without faults, an operation is another one than it was, or a completed step runs again; and with the
 * scenario's own error when it rejects although nothing goes wrong.
 */
export async function explore<TEvent, TResult>(
  test: DurableTest<TEvent, TResult>,
  scenario: Scenario<TEvent, TResult>,
  options: ExploreOptions = {},
): Promise<Exploration> {
  const observe = (plan: Plan) => observed(test, scenario, plan);
  const expected = await observe([]);
  // A test that fails when nothing goes wrong would find that nothing changes that.
  if (expected.thrown) throw expected.thrown.error;
  const again = problemsOf(expected, await observe([]));
  if (again.length > 0) {
    throw new DurableTestError(
      `The test is not the same twice even when nothing goes wrong: ${again.join("; ")}. Let the scenario set up what ` +
        "it uses, and return nothing that depends on time or chance.",
    );
  }
  const findings: Finding[] = [];
  let runs = 0;
  let refusedCallbacks = 0;
  const attempt = async (plan: Plan): Promise<Finding | undefined> => {
    runs++;
    const observation = await observe(plan);
    refusedCallbacks += observation.refusedCallbacks;
    const problems = problemsOf(expected, observation);
    return problems.length > 0 ? { plan, problems, commits: observation.commits } : undefined;
  };
  for (const plan of plansOf(options, expected.commits.length)) {
    let finding = await attempt(plan);
    if (finding && plan.length > 1) finding = await shortest(finding, attempt);
    if (finding) findings.push(finding);
  }
  if (findings.length > 0) throw new DurableTestError(reportOf(findings, runs));
  return { commits: expected.commits.length, runs, refusedCallbacks };
}

function* plansOf({ plan, seeds = DEFAULT_SEEDS }: ExploreOptions, commits: number): Iterable<Plan> {
  if (plan !== undefined) return yield parsePlan(plan);
  yield* singleFaults(commits);
  for (let seed = 1; seed <= seeds; seed++) {
    const ids = new SeededIds(seed, new RealClock());
    yield randomPlan(commits, () => ids.random());
  }
}

async function observed<TEvent, TResult>(
  original: DurableTest<TEvent, TResult>,
  scenario: Scenario<TEvent, TResult>,
  plan: Plan,
): Promise<Observation> {
  const faults = new PlannedFaults(plan, () => test.now.getTime());
  const test = original.again(faults);
  const ended = await scenario(test).then(
    (value) => ({
      outcome: { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) },
    }),
    (error: unknown) => ({ outcome: { error: errorOf(error) }, thrown: { error } }),
  );
  await faults.callLate();
  return {
    ...ended,
    operations: test.operationSummary(),
    refusedCallbacks: faults.refused,
    violations: faults.violations,
    commits: faults.commits,
  };
}

/** What of an error must not depend on faults: not its timeline. */
function errorOf(error: unknown): unknown {
  if (error instanceof ExecutionFailedError) {
    const { status, error: failure } = error;
    return { status, ...(failure ? { type: failure.ErrorType, message: failure.ErrorMessage } : {}) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message: message.split("\n\n")[0] };
}

function problemsOf(expected: Observation, seen: Observation): string[] {
  const problems = [...new Set(seen.violations)];
  for (const [id, operation] of seen.operations) {
    const before = expected.operations.get(id);
    if (before !== undefined && before !== operation) {
      problems.push(
        `the handler is not deterministic: operation ${id.split(" ")[1]} was ${before}, and is ${operation}`,
      );
    }
  }
  if (!isDeepStrictEqual(seen.outcome, expected.outcome)) {
    problems.push(
      `the outcome was ${JSON.stringify(expected.outcome)}, and is ${JSON.stringify(seen.outcome)}`,
    );
  }
  return problems;
}

/** The shortest plan that still shows a problem. */
async function shortest(
  finding: Finding,
  attempt: (plan: Plan) => Promise<Finding | undefined>,
): Promise<Finding> {
  for (const plan of shorter(finding.plan)) {
    const found = await attempt(plan);
    if (found) return shortest(found, attempt);
  }
  return finding;
}

function reportOf(findings: readonly Finding[], runs: number): string {
  const byLength = [...findings].sort((a, b) => a.plan.length - b.plan.length);
  const told = byLength.slice(0, MOST_TOLD).map(({ plan, problems, commits }) => {
    const faults = plan.map(({ kind, commit }) => {
      const changes = commits[commit - 1];
      return `  ${kind} commit ${commit}: ${changes ? commitText(changes) : "never reached"}`;
    });
    const lines = [...faults, ...problems.map((problem) => `  -> ${problem}`)];
    return `${planText(plan)}\n${lines.join("\n")}\n`;
  });
  const more = findings.length > MOST_TOLD ? `and ${findings.length - MOST_TOLD} more\n` : "";
  return (
    `${findings.length} of ${runs} runs in which something went wrong did not end as they should. ` +
    `To see one alone: explore(test, scenario, { plan: ${JSON.stringify(planText(byLength[0]!.plan))} })\n\n` +
    `${told.join("\n")}${more}`
  );
}
