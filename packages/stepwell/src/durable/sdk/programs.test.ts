import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runToEnd } from "./driver.ts";
import {
  anyProgram,
  handlerOf,
  hasNoRaces,
  isSequential,
  outside,
  type Program,
  type Statement,
} from "./programs.ts";
import type { Sdk } from "./scenarios/scenario.ts";
import { story, unordered } from "./story.ts";

const PROGRAMS = 80;
/** AWS's SDK waits 20 ms before each suspension: programs run side by side. */
const AT_ONCE = 8;

const step = { do: "step", outcome: "value", failures: 0, attempts: 1, atMostOnce: false } as const;
const child = {
  do: "child",
  body: [{ ...step, isCaught: false }],
  virtual: false,
  outcome: "value",
  summary: false,
} as const;
/** What is paired with each other. */
const STATEMENTS: readonly Statement[] = [
  step,
  { ...step, outcome: "error" },
  { ...step, failures: 1, attempts: 2 },
  { ...step, atMostOnce: true },
  { do: "wait", seconds: 2 },
  { do: "callback", ends: "succeeded", meanwhile: [] },
  { do: "waitForCallback", ends: "succeeded", failures: 0 },
  { do: "invoke", ends: "succeeded" },
  { do: "condition", polls: 1, fails: false },
  { do: "condition", polls: 0, fails: true },
  child,
  { ...child, body: [], outcome: "error" },
  { ...child, virtual: true },
];

/** Runs all programs with both SDKs and compares what is told of them. */
async function compare(programs: readonly Program[], tell: typeof story): Promise<void> {
  const told = (program: Program, sdk: unknown) =>
    runToEnd(handlerOf(program, sdk as Sdk), outside).then(tell);
  const left = programs.values();
  const worker = async () => {
    for (const program of left) {
      expect(await told(program, ours), JSON.stringify(program)).toEqual(await told(program, aws));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test("Both SDKs tell the service the same story of any two things that are done at once", async () => {
  const pairs = STATEMENTS.flatMap((one) => STATEMENTS.map((other) => [one, other]));
  await compare(
    pairs.map((of) => [{ do: "at once", of, isCaught: false }]),
    story,
  );
});

test("Both SDKs tell the service the same story of any two parallel branches", async () => {
  const pairs = STATEMENTS.flatMap((one) => STATEMENTS.map((other) => [one, other]));
  const settings = { config: { flat: false, large: false }, isCaught: false };
  await compare(
    pairs.map((pair) => [
      { do: "parallel", items: pair.map((statement) => [{ ...statement, isCaught: true }]), ...settings },
    ]),
    story,
  );
});

test("Both SDKs tell the service the same story of random programs that do one thing after the other", async () => {
  await compare(fc.sample(anyProgram.filter(isSequential), { seed: 1, numRuns: PROGRAMS }), story);
});

test("Both SDKs do the same in random programs that do several things at once", async () => {
  const programs = anyProgram.filter((program) => !isSequential(program) && hasNoRaces(program));
  await compare(fc.sample(programs, { seed: 1, numRuns: PROGRAMS }), unordered);
});
