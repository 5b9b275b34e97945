import {
  CompensationError,
  type DurableContext,
  type DurableExecutionHandler,
  NestingType,
  retryPresets,
  type StepFunc,
  withDurableExecution,
} from "@stepwell/durable";
import { describe, expect, test } from "vitest";
import { explore, testDurable } from "../../testkit/index.ts";

const once = { retryStrategy: retryPresets.noRetry };
const again = { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) };
const fails = (message: string) => async () => {
  throw new Error(message);
};

/** What is booked, and a handler's way to book and to cancel; `did` is every cancellation, in order. */
class Bookings {
  readonly booked = new Set<string>();
  readonly did: string[] = [];

  async make(context: DurableContext, name: string): Promise<void> {
    await context.step(`book ${name}`, async () => void this.booked.add(name));
    context.compensate(`cancel ${name}`, this.cancel(name));
  }

  cancel(name: string): StepFunc<void> {
    return async () => {
      this.booked.delete(name);
      this.did.push(name);
    };
  }
}

function testOf(body: (context: DurableContext, bookings: Bookings) => Promise<unknown>) {
  const bookings = new Bookings();
  const handler: DurableExecutionHandler<unknown, unknown> = (_event, context) => body(context, bookings);
  const test = testDurable(withDurableExecution(handler));
  return { test, ...bookings, bookings };
}

const pay = (context: DurableContext) => context.step("pay", fails("card declined"), once);
const DECLINED = { ErrorType: "StepError", ErrorMessage: "card declined" };

describe("A handler that fails", () => {
  test("runs its undo steps in reverse order, and then fails with its own error", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      await bookings.make(context, "flight");
      await context.wait({ days: 1 });
      await bookings.make(context, "hotel");
      await pay(context);
    });
    const run = test.start();
    expect(await run.error()).toMatchObject(DECLINED);
    expect(did).toEqual(["hotel", "flight"]);
    const undone = run.operation("compensate");
    expect(undone).toMatchObject({ status: "SUCCEEDED", subType: "Compensate" });
    expect(undone.children.map(({ name, status }) => [name, status])).toEqual([
      ["cancel hotel", "SUCCEEDED"],
      ["cancel flight", "SUCCEEDED"],
    ]);
  });

  test("retries an undo step by the step's own strategy, for days if need be", async () => {
    const keys = new Set<string>();
    const attempts: number[] = [];
    const { test } = testOf(async (context) => {
      context.compensate(
        "refund",
        async ({ attempt, idempotencyKey }) => {
          attempts.push(attempt);
          keys.add(idempotencyKey);
          if (attempt < 100) throw new Error("the bank is closed");
        },
        again,
      );
      await pay(context);
    });
    const run = test.start();
    expect(await run.error()).toMatchObject(DECLINED);
    expect(attempts).toHaveLength(100);
    expect(keys.size).toBe(1);
    expect(run.operation("refund").attempts).toBe(100);
  });

  test("runs undo steps that the code it left running registers meanwhile", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      context.compensate("slow", bookings.cancel("slow"));
      let book = () => {};
      const late = new Promise<void>((resolve) => {
        book = resolve;
      });
      void context
        .step("book late", () => late)
        .then(() => context.compensate("cancel late", bookings.cancel("late")));
      context.compensate("first", async () => book());
      await pay(context);
    });
    expect(await test.start().error()).toMatchObject(DECLINED);
    expect(did).toEqual(expect.arrayContaining(["slow", "late"]));
  });

  test("tells every undo step that failed, and runs the others all the same", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      context.compensate("cancel flight", fails("no such flight"), once);
      context.compensate("cancel hotel", bookings.cancel("hotel"));
      context.compensate(fails("no car"), once);
      await pay(context);
    });
    const error = await test.start().error();
    expect(did).toEqual(["hotel"]);
    expect(error).toMatchObject({
      ErrorType: "CompensationError",
      ErrorMessage:
        "StepError: card declined; and these undo steps failed, so what they should undo remains: " +
        "without a name (StepError: no car), cancel flight (StepError: no such flight)",
    });
  });

  test("on replay succeeds, is undone to its end and fails as non-deterministic", async () => {
    let isFailing = true;
    const { test, booked } = testOf(async (context, bookings) => {
      await bookings.make(context, "flight");
      context.compensate(
        "refund",
        async ({ attempt }) => {
          isFailing = false;
          if (attempt === 1) throw new Error("later");
        },
        again,
      );
      if (isFailing) throw new Error("outside any step");
    });
    expect(await test.start().error()).toMatchObject({
      ErrorType: "NonDeterministicExecutionError",
      ErrorMessage: expect.stringContaining("the history has undo steps"),
    });
    expect([...booked]).toEqual([]);
  });
});

describe("A handler that succeeds", () => {
  test("runs no undo step and stores nothing for them", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      await bookings.make(context, "flight");
      return "fine";
    });
    const run = test.start();
    expect(await run.result()).toBe("fine");
    expect(did).toEqual([]);
    expect(run.operations.map(({ name }) => name)).toEqual(["book flight"]);
  });
});

describe("A child context", () => {
  test("that fails is undone alone, and the handler may go on", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      await bookings.make(context, "flight");
      const error = await context
        .runInChildContext("extras", async (child) => {
          await bookings.make(child, "car");
          await pay(child);
        })
        .catch((thrown) => thrown);
      await context.wait({ seconds: 1 });
      return error.message;
    });
    expect(await test.start().result()).toBe("card declined");
    expect(did).toEqual(["car"]);
  });

  test("that succeeded is undone when its parent fails, days later too", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      await bookings.make(context, "flight");
      await context.runInChildContext("stay", async (child) => {
        await bookings.make(child, "hotel");
        await child.runInChildContext((inner) => bookings.make(inner, "breakfast"), { virtualContext: true });
        return "x".repeat(300 * 1024);
      });
      await context.wait({ days: 3 });
      await bookings.make(context, "car");
      await pay(context);
    });
    expect(await test.start().error()).toMatchObject(DECLINED);
    expect(did).toEqual(["car", "breakfast", "hotel", "flight"]);
  });

  test("tells undo steps that failed to whoever catches its error, on replay too", async () => {
    const seen: unknown[] = [];
    const { test } = testOf(async (context) => {
      const { cause } = await context
        .runInChildContext("child", async (child) => {
          child.compensate("cancel", fails("cannot"), once);
          await pay(child);
        })
        .catch((thrown) => thrown);
      seen.push(cause);
      await context.wait({ seconds: 1 });
    });
    await test.start().result();
    expect(seen).toHaveLength(2);
    for (const error of seen as CompensationError[]) {
      expect(error).toBeInstanceOf(CompensationError);
      expect(error.cause).toMatchObject({ name: "StepError", message: "card declined" });
      expect(error.failures).toMatchObject([
        { name: "cancel", error: { ErrorType: "StepError", ErrorMessage: "cannot" } },
      ]);
    }
  });
});

describe.each([NestingType.NESTED, NestingType.FLAT])("Items of a %s batch", (nesting) => {
  const all = { completionConfig: { toleratedFailurePercentage: 100 }, nesting };

  test("that fail undo their own; those that succeeded are undone when the handler fails", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      const stays = await context.map(
        "stays",
        ["a", "b", "c"],
        async (child, name) => {
          await bookings.make(child, name);
          if (name === "b") await child.step("confirm", fails("full"), once);
        },
        { ...all, maxConcurrency: 1 },
      );
      expect(did).toEqual(["b"]);
      await context.wait({ days: 1 });
      stays.throwIfError();
    });
    expect(await test.start().error()).toMatchObject({ ErrorMessage: "full" });
    expect(did).toEqual(["b", "c", "a"]);
  });

  test("leave nothing behind, whatever crashes", async () => {
    const { test, bookings } = testOf(async (context, bookings) => {
      const both = await context.parallel(
        [
          async (child) => {
            await bookings.make(child, "flight");
          },
          async (child) => {
            await bookings.make(child, "hotel");
            await child.step("confirm", fails("full"), once);
          },
        ],
        all,
      );
      both.throwIfError();
    });
    const { runs } = await explore(test, async (again) => {
      bookings.booked.clear();
      const { ErrorMessage } = await again.start().error();
      return [ErrorMessage, [...bookings.booked]];
    });
    expect(runs).toBeGreaterThan(20);
  });
});

test("Undo steps are the same ones whatever the order in which they are registered", async () => {
  const { test, bookings } = testOf(async (context, bookings) => {
    await Promise.all(["a", "b", "c"].map((name) => bookings.make(context, name)));
    await pay(context);
  });
  await explore(test, async (again) => {
    bookings.booked.clear();
    const { ErrorMessage } = await again.start().error();
    return [ErrorMessage, [...bookings.booked]];
  });
});

describe("context.compensate", () => {
  test("without a function is refused, and what is registered is undone", async () => {
    const { test, did } = testOf(async (context, bookings) => {
      context.compensate("cancel flight", bookings.cancel("flight"));
      context.compensate("cancel hotel", "hotel" as never);
    });
    expect(await test.start().error()).toEqual({
      ErrorType: "TypeError",
      ErrorMessage:
        'context.compensate("cancel hotel", …) needs a function that undoes something; got string.',
    });
    expect(did).toEqual(["flight"]);
  });

  test("inside a step fails the execution", async () => {
    const { test } = testOf(async (context, bookings) => {
      await context.step("book", async () => context.compensate("cancel", bookings.cancel("x")));
    });
    const { ErrorMessage } = await test.start().error();
    expect(ErrorMessage).toContain('Context usage error in "compensate"');
  });
});
