import {
  type DurableLogData,
  type DurableLogger,
  type StepContext,
  withDurableExecution,
} from "@stepwell/durable";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ARN, type DriverOptions, type LambdaHandler, runToEnd } from "./driver.ts";
import { callbackSucceeds, fixed } from "./scenarios/scenario.ts";
import { BOTH } from "./sdks.ts";

/** The JSON lines that an execution writes, without their times. */
async function linesOf(handler: LambdaHandler, options?: DriverOptions): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const record = (text: unknown): boolean => {
    const { timestamp, ...line } = JSON.parse(String(text));
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT/);
    lines.push(line);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(record);
  vi.spyOn(process.stderr, "write").mockImplementation(record);
  try {
    await runToEnd(handler, options);
  } finally {
    vi.restoreAllMocks();
  }
  return lines;
}

afterEach(() => vi.unstubAllEnvs());

describe.each(BOTH)("%s: the default logger", (_name, sdk) => {
  test("writes JSON lines that say where in the execution they come from", async () => {
    const handler = sdk.withDurableExecution(async (_event, context) => {
      context.logger.info("started", { with: ["some", 1] });
      await context.step(
        "charge",
        async ({ logger, attempt }) => {
          logger.warn({ attempt });
          context.logger.debug(new RangeError("odd"));
          if (attempt === 1) throw new Error("again");
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      );
      await context.runInChildContext("child", async (child) => {
        child.logger.error("in the child", new TypeError("bad"));
      });
    });
    const base = { executionArn: ARN };
    const lines = await linesOf(handler);
    expect(lines).toMatchObject([
      { ...base, level: "INFO", message: "started { with: [ 'some', 1 ] }", requestId: "request-1" },
      { ...base, level: "WARN", message: { attempt: 1 }, operationName: "charge", attempt: 1 },
      { ...base, level: "DEBUG", message: { errorType: "RangeError", errorMessage: "odd" } },
      { ...base, level: "WARN", message: { attempt: 2 }, attempt: 2, requestId: "request-2" },
      { ...base, level: "DEBUG" },
      { ...base, level: "ERROR", operationName: "child", errorType: "TypeError", errorMessage: "bad" },
    ]);
    expect(lines[0]).not.toHaveProperty("operationId");
    expect(lines[1]!.operationId).toBe("c4ca4238a0b92382");
    expect(lines[5]!.operationId).toBe("c81e728d9d4c2f63");
    expect(lines[5]!.stackTrace).toEqual(expect.any(Array));
  });

  test("leaves out what AWS_LAMBDA_LOG_LEVEL says", async () => {
    vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "warn");
    const handler = sdk.withDurableExecution(async (_event, context) => {
      for (const level of ["debug", "info", "warn", "error"] as const) context.logger[level](level);
    });
    expect((await linesOf(handler)).map((line) => line.message)).toEqual(["warn", "error"]);
  });

  test("writes once what replays repeat, unless told otherwise", async () => {
    const handler = (modeAware: boolean) =>
      sdk.withDurableExecution(async (_event, context) => {
        context.configureLogger({ modeAware });
        context.logger.info("before the step");
        await context.step("s", async () => 1);
        context.logger.info("after the step");
        await context.wait({ seconds: 1 });
        context.logger.info("after the wait");
        await context.wait({ seconds: 1 });
        context.logger.info("after the second wait");
      });
    const messages = async (modeAware: boolean) =>
      (await linesOf(handler(modeAware))).map((line) => line.message);
    expect(await messages(true)).toEqual([
      "before the step",
      "after the step",
      "after the wait",
      "after the second wait",
    ]);
    expect(await messages(false)).toHaveLength(9);
  });

  test("can be replaced by one that is told where it is", async () => {
    const logged: unknown[] = [];
    let data: () => DurableLogData;
    const write = (...params: unknown[]) => void logged.push([...params, data().operationName]);
    const customLogger = {
      debug: write,
      info: write,
      warn: write,
      error: write,
      configureDurableLoggingContext: ({
        getDurableLogData,
      }: {
        getDurableLogData: () => DurableLogData;
      }) => {
        data = getDurableLogData;
      },
    };
    const handler = sdk.withDurableExecution(async (_event, context) => {
      context.configureLogger({ customLogger });
      context.logger.info("root");
      await context.runInChildContext("child", async (child) => {
        await child.step("step", async ({ logger }) => logger.info("step"));
      });
    });
    expect(await linesOf(handler)).toEqual([]);
    expect(logged).toEqual([
      ["root", undefined],
      ["step", "step"],
    ]);
  });
});

test("a child context that was under way logs nothing twice", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    await context.runInChildContext("child", async (child) => {
      child.logger.info("one");
      await child.wait({ seconds: 1 });
      child.logger.info("two");
      await child.wait({ seconds: 1 });
      child.logger.info("three");
    });
  });
  expect((await linesOf(handler)).map((line) => line.message)).toEqual(["one", "two", "three"]);
});

test("child contexts inherit that replays are logged too", async () => {
  const handler = withDurableExecution(async (_event, context) => {
    context.configureLogger({ modeAware: false });
    await context.runInChildContext("child", async (child) => {
      child.logger.info("one");
      await child.wait({ seconds: 1 });
    });
  });
  expect(await linesOf(handler)).toHaveLength(2);
});

test.each([true, false])(
  "Both SDKs write the same lines, from everywhere (modeAware: %s)",
  async (modeAware) => {
    const [own, theirs] = await inTurn(BOTH, ([, sdk]) => {
      const handler = sdk.withDurableExecution(async (_event, context) => {
        context.configureLogger({ modeAware });
        context.logger.debug("debug", 1, null);
        context.logger.info({ an: "object" });
        context.logger.warn("failed", new RangeError("r"));
        context.logger.error(new TypeError("t"));
        const flaky = async ({ logger, attempt }: StepContext) => {
          logger.info("attempt", attempt);
          if (attempt === 1) throw new Error("again");
        };
        await context.step("flaky", flaky, { retryStrategy: fixed(1, 2) });
        context.logger.info("between");
        await context.runInChildContext("child", async (child) => {
          child.logger.info("in the child");
          await child.step("inner", async ({ logger }) => logger.warn("in its step"));
        });
        await context.waitForCallback("approval", async (_id, { logger }) => logger.info("submitting"));
        const check = async (n: number, { logger }: { logger: DurableLogger }) => {
          logger.info("checking");
          return n + 1;
        };
        await context.waitForCondition("met", check, {
          initialState: 0,
          waitStrategy: () => ({ shouldContinue: false }),
        });
        await context.map("map", [1], async (child) => child.logger.info("in an item"));
        context.logger.info("the end");
      });
      return linesOf(handler, { onIdle: callbackSucceeds("yes") });
    });
    // Stacks name the SDK's own files.
    const comparable = (lines: unknown) =>
      JSON.parse(
        JSON.stringify(lines, (key, value) => (key === "stackTrace" ? null : value)).replace(STACK, ""),
      );
    expect(comparable(own)).toEqual(comparable(theirs));
    expect(own?.map(({ message }) => message)).toContain("the end");
  },
);

const STACK = /(?:\\+n)+ *at [^"\\]*/g;

async function inTurn<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
