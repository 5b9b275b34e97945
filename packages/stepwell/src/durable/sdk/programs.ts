import type { DurableContext } from "@stepwell/durable";
import fc from "fast-check";
import type { DriverOptions, LambdaHandler, SimulatedExecution } from "./driver.ts";
import { batch, caught, fixed, LARGE, type Sdk } from "./scenarios/scenario.ts";

/** What a step, a body or somebody outside comes to. */
type Outcome = "value" | "nothing" | "large" | "error" | "own error";

/** One thing that a handler does. */
export type Statement =
  | {
      readonly do: "step";
      readonly outcome: Outcome;
      readonly failures: number;
      readonly attempts: number;
      readonly atMostOnce: boolean;
    }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "callback"; readonly ends: End; readonly meanwhile: readonly Statement[] }
  | { readonly do: "waitForCallback"; readonly ends: End; readonly failures: number }
  | { readonly do: "invoke"; readonly ends: End }
  | { readonly do: "condition"; readonly polls: number; readonly fails: boolean }
  | {
      readonly do: "child";
      readonly body: readonly Statement[];
      readonly virtual: boolean;
      readonly outcome: Outcome;
      readonly summary: boolean;
    }
  | {
      readonly do: "map" | "parallel";
      readonly items: readonly (readonly Statement[])[];
      readonly config: BatchSettings;
    }
  | { readonly do: "all" | "allSettled" | "any" | "race"; readonly of: readonly Statement[] }
  | { readonly do: "at once"; readonly of: readonly Statement[] };

/** How something outside ends; `never` leaves it to its timeout. */
type End = "succeeded" | "succeeded with nothing" | "failed" | "failed with nothing" | "never";

interface BatchSettings {
  readonly maxConcurrency?: number;
  readonly flat: boolean;
  readonly minSuccessful?: number;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
  readonly large: boolean;
}

/** A handler as data: what it does one after the other, each caught or not. */
export type Program = readonly (Statement & { readonly isCaught: boolean; readonly name?: string })[];

const outcome = fc.constantFrom<Outcome>("value", "value", "nothing", "large", "error", "own error");
const end = fc.constantFrom<End>(
  "succeeded",
  "succeeded with nothing",
  "failed",
  "failed with nothing",
  "never",
);

/** Any program, of a few statements that nest a few levels deep. */
export const anyProgram: fc.Arbitrary<Program> = fc.letrec<{ statement: Statement; program: Program }>(
  (tie) => {
    const program = tie("program");
    const simple = [
      fc.record({
        do: fc.constant("step" as const),
        outcome,
        failures: fc.nat(2),
        attempts: fc.integer({ min: 1, max: 3 }),
        atMostOnce: fc.boolean(),
      }),
      fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant("waitForCallback" as const), ends: end, failures: fc.nat(2) }),
      fc.record({ do: fc.constant("invoke" as const), ends: end }),
      fc.record({ do: fc.constant("condition" as const), polls: fc.nat(2), fails: fc.boolean() }),
    ];
    const nested = [
      fc.record({ do: fc.constant("callback" as const), ends: end, meanwhile: program }),
      fc.record({
        do: fc.constant("child" as const),
        body: program,
        virtual: fc.boolean(),
        outcome,
        summary: fc.boolean(),
      }),
      fc.record({
        do: fc.constantFrom("map" as const, "parallel" as const),
        items: fc.array(program, { maxLength: 3 }),
        config: fc.record(
          {
            maxConcurrency: fc.integer({ min: 1, max: 3 }),
            flat: fc.boolean(),
            minSuccessful: fc.integer({ min: 1, max: 3 }),
            toleratedFailureCount: fc.nat(2),
            toleratedFailurePercentage: fc.constantFrom(0, 40, 100),
            large: fc.boolean(),
          },
          { requiredKeys: ["flat", "large"] },
        ),
      }),
      fc.record({
        do: fc.constantFrom("all" as const, "allSettled" as const, "any" as const, "race" as const),
        // A race of nothing never ends.
        of: fc.array(fc.oneof(...simple), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ do: fc.constant("at once" as const), of: fc.array(fc.oneof(...simple), { maxLength: 3 }) }),
    ];
    return {
      statement: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        ...simple.map((arbitrary) => ({ arbitrary, weight: 2 })),
        ...nested.map((arbitrary) => ({ arbitrary, weight: 2 })),
      ) as fc.Arbitrary<Statement>,
      program: fc.array(
        fc
          .tuple(tie("statement"), fc.boolean(), fc.option(fc.constantFrom("a", "b"), { nil: undefined }))
          .map(([statement, isCaught, name]) => ({
            ...statement,
            isCaught,
            ...(name === undefined ? {} : { name }),
          })),
        { minLength: 1, maxLength: 3 },
      ) as fc.Arbitrary<Program>,
    };
  },
).program;

/** Whether it does one thing after the other, so that all that happens has its order. */
export function isSequential(program: readonly Statement[]): boolean {
  return everyStatement(program, (statement) => countAtOnce(statement) < 2);
}

/** Whether nothing in it depends on which of the things that it does at once is over first. */
export function hasNoRaces(program: readonly Statement[]): boolean {
  return everyStatement(program, (statement) => {
    if (countAtOnce(statement) < 2 || statement.do === "at once" || statement.do === "allSettled")
      return true;
    if (!("config" in statement)) return false;
    const { minSuccessful, toleratedFailureCount, toleratedFailurePercentage } = statement.config;
    return (
      minSuccessful === undefined && toleratedFailureCount === undefined && toleratedFailurePercentage === 100
    );
  });
}

function countAtOnce(statement: Statement): number {
  if ("of" in statement) return statement.of.length;
  if (!("items" in statement)) return 1;
  return Math.min(statement.items.length, statement.config.maxConcurrency ?? Number.POSITIVE_INFINITY);
}

function everyStatement(program: readonly Statement[], holds: (statement: Statement) => boolean): boolean {
  return program.every((statement) => {
    const inner = [
      ...("of" in statement ? [statement.of] : []),
      ...("items" in statement ? statement.items : []),
      ...("body" in statement ? [statement.body] : []),
      ...("meanwhile" in statement ? [statement.meanwhile] : []),
    ];
    return holds(statement) && inner.every((statements) => everyStatement(statements, holds));
  });
}

class OwnError extends Error {
  override name = "OwnError";
}

function outcomeOf(outcome: Outcome): unknown {
  if (outcome === "error") throw new RangeError("it failed");
  if (outcome === "own error") throw new OwnError("declined", { cause: new Error("no money") });
  if (outcome === "large") return LARGE;
  return outcome === "nothing" ? undefined : { at: new Date(0) };
}

/** The handler that a program is, with either SDK. */
export function handlerOf(program: Program, sdk: Sdk): LambdaHandler {
  return sdk.withDurableExecution(async (_event: unknown, context: DurableContext) =>
    short(await run(program, context, sdk)),
  );
}

/** Everything it results in; long texts by their length. */
function short(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, entry) =>
      typeof entry === "string" && entry.length > 1000 ? `${entry.length} characters` : entry,
    ) ?? "null",
  );
}

async function run(program: Program, context: DurableContext, sdk: Sdk): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const { isCaught, name, ...statement } of program) {
    const promise = begin(statement as Statement, name, context, sdk);
    seen.push(isCaught ? await caught(promise) : await promise);
  }
  return seen;
}

// biome-ignore lint/suspicious/noExplicitAny: overloads that take a name or none.
type Any = any;

function begin(
  statement: Statement,
  name: string | undefined,
  context: DurableContext,
  sdk: Sdk,
): PromiseLike<unknown> {
  switch (statement.do) {
    case "step":
      return context.step(
        name,
        async ({ attempt }) => {
          if (attempt <= statement.failures) throw new TypeError(`attempt ${attempt} failed`);
          return outcomeOf(statement.outcome);
        },
        {
          retryStrategy: fixed(2, statement.attempts),
          semantics: statement.atMostOnce ? "AT_MOST_ONCE_PER_RETRY" : "AT_LEAST_ONCE_PER_RETRY",
        },
      );
    case "wait":
      return (context.wait as Any)(...(name === undefined ? [] : [name]), { seconds: statement.seconds });
    case "callback":
      return (async () => {
        const [result] = await context.createCallback(name ?? statement.ends, TIMEOUTS);
        const meanwhile = await run(statement.meanwhile as Program, context, sdk);
        return [await result, meanwhile];
      })();
    case "waitForCallback":
      return context.waitForCallback(
        statement.ends,
        async () => {
          if (statement.failures > 1) throw new OwnError("cannot submit");
        },
        { ...TIMEOUTS, retryStrategy: fixed(1, statement.failures + 1) },
      );
    case "invoke":
      return context.invoke(name ?? "call", `${statement.ends.replaceAll(" ", "-")}:1`, {
        ends: statement.ends,
      });
    case "condition":
      return context.waitForCondition(
        name,
        async (n: number) =>
          statement.fails && n === statement.polls ? (outcomeOf("error") as number) : n + 1,
        {
          initialState: 0,
          waitStrategy: (n) =>
            n <= statement.polls
              ? { shouldContinue: true, delay: { seconds: 2 } }
              : { shouldContinue: false },
        },
      );
    case "child":
      return context.runInChildContext(
        name,
        async (child) => [await run(statement.body as Program, child, sdk), outcomeOf(statement.outcome)],
        {
          virtualContext: statement.virtual,
          ...(statement.summary ? { summaryGenerator: () => "a summary" } : {}),
        },
      );
    case "map":
    case "parallel":
      return batchOf(statement, name, context, sdk);
    case "all":
    case "allSettled":
    case "any":
    case "race": {
      const promises = statement.of.map((each) => begin(each, undefined, context, sdk));
      return (context.promise[statement.do] as Any)(...(name === undefined ? [] : [name]), promises);
    }
    case "at once":
      return Promise.all(statement.of.map((each) => caught(begin(each, undefined, context, sdk))));
  }
}

const TIMEOUTS = { timeout: { seconds: 7 } };

async function batchOf(
  { do: kind, items, config }: Extract<Statement, { do: "map" | "parallel" }>,
  name: string | undefined,
  context: DurableContext,
  sdk: Sdk,
): Promise<unknown> {
  const { maxConcurrency, flat, large, ...completion } = config;
  const body = async (child: DurableContext, item: readonly Statement[]) => [
    await run(item as Program, child, sdk),
    large ? LARGE : 1,
  ];
  const settings = {
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(Object.keys(completion).length > 0 ? { completionConfig: completion } : {}),
    nesting: flat ? sdk.NestingType.FLAT : sdk.NestingType.NESTED,
  };
  const result =
    kind === "map"
      ? await context.map(name, [...items], body, settings)
      : await context.parallel(
          name,
          items.map((item) => (child: DurableContext) => body(child, item)),
          settings,
        );
  return batch(result);
}

/** Whoever is outside: ends callbacks and invokes as their names say, one at a time. */
export const outside: DriverOptions = {
  onIdle: (execution) => {
    for (const operation of execution.operations) {
      const { Id: operationId, Type, Status, Name, ParentId } = operation;
      if (Status !== "STARTED" || (Type !== "CALLBACK" && Type !== "CHAINED_INVOKE")) continue;
      const parent = execution.operations.find(({ Id }) => Id === ParentId);
      const ends = Type === "CALLBACK" ? (Name ?? parent?.Name) : endOfInvoke(execution, operationId);
      if (ends === "never" && Type === "CALLBACK") continue;
      happen(execution, operationId, Type, ends as End);
      return true;
    }
    return false;
  },
};

function endOfInvoke(execution: SimulatedExecution, operationId: string): string | undefined {
  const updates = execution.checkpoints.flatMap(({ Updates = [] }) => Updates);
  const start = updates.find(({ Id }) => Id === operationId);
  return start?.ChainedInvokeOptions?.FunctionName?.replace(":1", "").replaceAll("-", " ");
}

function happen(execution: SimulatedExecution, operationId: string, type: string, ends: End): void {
  const error =
    ends === "failed"
      ? { ErrorType: "Boom", ErrorMessage: "it blew", ErrorData: "d", StackTrace: ["at one"] }
      : {};
  const isGood = ends !== "failed" && ends !== "failed with nothing" && ends !== "never";
  const result = ends === "succeeded with nothing" ? {} : { result: '{"yes":1}' };
  if (type === "CHAINED_INVOKE") {
    const status = isGood ? "SUCCEEDED" : ends === "never" ? "TIMED_OUT" : "FAILED";
    execution.happen({ type: "chained-invoke-ended", operationId, status, ...(isGood ? result : { error }) });
  } else if (isGood) execution.happen({ type: "callback-succeeded", operationId, ...result });
  else execution.happen({ type: "callback-failed", operationId, error });
}
