import {
  retryPresets,
  SchemaValidationError,
  type StandardSchema,
  withDurableExecution,
} from "@stepwell/durable";
import { describe, expect, expectTypeOf, test } from "vitest";
import { testDurable } from "../../testkit/index.ts";
import { schemaOf, withDate } from "./schemas.ts";

const AT = "2030-01-01T00:00:00.000Z";
const WRONG = "does not match its schema: at: expected a date; not usable";
const ISSUES = [
  { path: "at", message: "expected a date" },
  { path: "", message: "not usable" },
];

const caught = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    () => "nothing",
    (error: unknown) => {
      expect(error).toBeInstanceOf(SchemaValidationError);
      const { message, issues } = error as SchemaValidationError;
      return { message, issues };
    },
  );

describe("An event with a schema", () => {
  const years: unknown[] = [];
  const handler = withDurableExecution(
    async (event, context) => {
      expectTypeOf(event).toEqualTypeOf<{ at: Date }>();
      years.push(event.at.getUTCFullYear());
      await context.wait({ days: 1 });
      return event.at.getTime();
    },
    { eventSchema: withDate },
  );

  test("is given to the handler as the schema gives it back, in every invocation", async () => {
    expect(await testDurable(handler).start({ at: AT }).result()).toBe(Date.parse(AT));
    expect(years.splice(0)).toEqual([2030, 2030]);
  });

  test("that does not match fails the execution at once, and the handler does not run", async () => {
    const run = testDurable(handler).start({ at: "tomorrow" });
    expect(await run.error()).toEqual({
      ErrorType: "SchemaValidationError",
      ErrorMessage: `The event ${WRONG}`,
      ErrorData: JSON.stringify(ISSUES),
    });
    expect(run.invocations).toHaveLength(1);
    expect(years).toEqual([]);
  });

  test("gives its types to the handler's test", () => {
    const schema = {} as StandardSchema<{ at: string }, { at: Date }>;
    const typed = withDurableExecution(async ({ at }) => at.getTime(), { eventSchema: schema });
    const start = () => testDurable(typed).start;
    expectTypeOf(start).returns.parameter(0).toEqualTypeOf<{ at: string } | undefined>();
  });

  test("may be checked asynchronously, and a schema that throws fails the execution", async () => {
    const slow: StandardSchema<unknown, number> = {
      "~standard": { version: 1, vendor: "tests", validate: async (value) => ({ value: Number(value) }) },
    };
    const number = withDurableExecution(async (event) => event + 1, { eventSchema: slow });
    expect(await testDurable(number).start("41").result()).toBe(42);
    const broken = schemaOf<number>(() => {
      throw new RangeError("broken schema");
    });
    const run = testDurable(withDurableExecution(async () => 1, { eventSchema: broken })).start();
    expect(await run.error()).toEqual({ ErrorType: "RangeError", ErrorMessage: "broken schema" });
  });
});

describe("The result of a step with a schema", () => {
  test("is what the schema gives back, and that is stored", async () => {
    const trimmed = schemaOf<string>((value) => ({ value: String(value).trim() }));
    const handler = withDurableExecution(async (_event, context) => {
      const name = await context.step("name", async () => " Ada ", { schema: trimmed });
      expectTypeOf(name).toEqualTypeOf<string>();
      const unnamed = await context.step(async () => " B ", { schema: trimmed });
      await context.wait({ seconds: 1 });
      return [name, unnamed];
    });
    const run = testDurable(handler).start();
    expect(await run.result()).toEqual(["Ada", "B"]);
    expect(run.operation("name").result).toBe("Ada");
  });

  test("that does not match fails the attempt, which is retried as its strategy says", async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.step("load", async ({ attempt }) => ({ at: attempt < 3 ? "soon" : AT }), {
        schema: withDate,
        retryStrategy: retryPresets.linear,
      }),
    );
    const run = testDurable(handler).start();
    expect(await run.result()).toEqual({ at: AT });
    expect(run.operation("load").attempts).toBe(3);
  });

  test("that never matches fails the step with the same error live and on replay", async () => {
    const seen: unknown[] = [];
    const config = { schema: withDate, retryStrategy: retryPresets.noRetry };
    const handler = withDurableExecution(async (_event, context) => {
      seen.push(await caught(context.step("load", async () => ({}), config)));
      seen.push(await caught(context.step(async () => null, config)));
      await context.wait({ seconds: 1 });
    });
    await testDurable(handler).start().result();
    expect(seen).toHaveLength(4);
    expect(seen.slice(2)).toEqual(seen.slice(0, 2));
    expect(seen[0]).toEqual({ message: `The result of step "load" ${WRONG}`, issues: ISSUES });
    expect(seen[1]).toEqual({ message: `The result of step ${WRONG}`, issues: ISSUES });
  });
});

describe("The result of a callback with a schema", () => {
  const handler = withDurableExecution(async (_event, context) => {
    const [answer] = await context.createCallback("answer", { schema: withDate });
    const first = await caught(answer);
    const second = await caught(context.waitForCallback("approval", async () => {}, { schema: withDate }));
    return [first, second];
  });

  test("is read as JSON and given as the schema gives it back", async () => {
    const typed = withDurableExecution(async (_event, context) => {
      const [answer] = await context.createCallback("answer", { schema: withDate });
      const text = schemaOf<string>((value) =>
        typeof value === "string" ? { value } : { issues: [{ message: "expected text" }] },
      );
      const first = await answer;
      expectTypeOf(first).toEqualTypeOf<{ at: Date }>();
      const second = await context.waitForCallback("second", async () => {}, { schema: withDate });
      expectTypeOf(second).toEqualTypeOf<{ at: Date }>();
      const third = await context.waitForCallback("third", async () => {}, { schema: text });
      return [first.at.getUTCFullYear(), second.at.getUTCFullYear(), third];
    });
    const run = testDurable(typed).start();
    await run.callback("answer").succeed({ at: AT });
    await run.callback("second").succeed({ at: AT });
    await run.callback("third").succeed("not JSON");
    expect(await run.result()).toEqual([2030, 2030, "not JSON"]);
  });

  test("that does not match is an error for whoever awaits it", async () => {
    const run = testDurable(handler).start();
    await run.callback("answer").succeed({ at: "later" });
    await run.callback("approval").succeed("yes");
    expect(await run.result()).toEqual([
      { message: `The result of callback "answer" ${WRONG}`, issues: ISSUES },
      { message: `The result of callback "approval" ${WRONG}`, issues: ISSUES },
    ]);
  });
});

describe("The result of an invoked function with a schema", () => {
  test("is checked, and given as the schema gives it back", async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const good = await context.invoke("clock", { good: true }, { schema: withDate });
      expectTypeOf(good).toEqualTypeOf<{ at: Date }>();
      const bad = await caught(
        context.invoke("ask the clock", "clock", { good: false }, { schema: withDate }),
      );
      const nameless = await caught(context.invoke("clock", {}, { schema: withDate }));
      return [good.at.getUTCFullYear(), bad, nameless];
    });
    const clock = async ({ good }: { good?: boolean }) => ({ at: good ? AT : "?" });
    expect(await testDurable(handler, { functions: { clock } }).start().result()).toEqual([
      2030,
      { message: `The result of invoke "ask the clock" ${WRONG}`, issues: ISSUES },
      { message: `The result of invoke "clock" ${WRONG}`, issues: ISSUES },
    ]);
  });
});
