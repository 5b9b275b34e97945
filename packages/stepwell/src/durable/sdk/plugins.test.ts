import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type DurableInstrumentationPlugin, withDurableExecution } from "@stepwell/durable";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ARN, runToEnd } from "./driver.ts";
import { recorder } from "./plugin-recorder.ts";
import { BOTH } from "./sdks.ts";

describe.each(BOTH)("%s: a plugin", (_name, sdk) => {
  test("that throws everywhere changes nothing for the execution or other plugins", async () => {
    const bad = new Proxy({} as DurableInstrumentationPlugin, {
      get: () => () => {
        throw new Error("bad plugin");
      },
      has: () => true,
    });
    const { plugin, hooks } = recorder();
    const handler = sdk.withDurableExecution(
      async (_event, context) => {
        await context.step("s", async () => 1);
        return context.runInChildContext("c", async () => 2);
      },
      { plugins: [bad, plugin] },
    );
    const execution = await runToEnd(handler);
    expect(execution.result).toBe(2);
    expect(hooks.length).toBeGreaterThan(8);
  });

  test("adds fields to every line of the default logger", async () => {
    const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    const plugin = { enrichLogContext: () => ({ trace: "t-1" }) };
    const handler = sdk.withDurableExecution(async (_event, context) => void context.logger.info("x"), {
      plugins: [plugin],
    });
    await runToEnd(handler);
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    expect(lines).toMatchObject([{ message: "x", trace: "t-1" }]);
  });

  test("wraps what the plugins after it wrap, and the function is innermost", async () => {
    const order: string[] = [];
    const wrapping = (name: string): DurableInstrumentationPlugin => {
      const wrap = async <T>(_info: unknown, fn: () => T): Promise<Awaited<T>> => {
        order.push(`${name} before`);
        const result = await fn();
        order.push(`${name} after`);
        return result;
      };
      return { wrapInvocation: wrap, wrapChildContextFn: wrap, wrapOperationAttemptFn: wrap };
    };
    const handler = sdk.withDurableExecution(
      async (_event, context) =>
        context.runInChildContext(async (child) => {
          order.push("context");
          return child.step(async () => void order.push("step"));
        }),
      { plugins: [wrapping("a"), wrapping("b")] },
    );
    await runToEnd(handler);
    const around = (inner: string[]) => ["a before", "b before", ...inner, "b after", "a after"];
    expect(order).toEqual(around(around(["context", ...around(["step"])])));
  });

  test("hears that an invocation is tried again when a value could not be written", async () => {
    const told: unknown[] = [];
    const plugin: DurableInstrumentationPlugin = {
      onInvocationEnd: async ({ status, executionError }) => void told.push([status, executionError?.name]),
    };
    let writes = 0;
    const serdes = {
      serialize: async (value: unknown) => {
        if (++writes === 1) throw new Error("disk full");
        return JSON.stringify(value);
      },
      deserialize: async (data: string | undefined) => JSON.parse(data!),
    };
    const handler = sdk.withDurableExecution(
      async (_event, context) => context.step(async () => 1, { serdes }),
      { plugins: [plugin] },
    );
    expect((await runToEnd(handler)).result).toBe(1);
    expect(told).toEqual([
      ["RETRYING", "SerdesFailedError"],
      ["SUCCEEDED", undefined],
    ]);
  });

  test("is told which operations changed outside", async () => {
    const updated: unknown[] = [];
    const plugin: DurableInstrumentationPlugin = {
      onInvocationStart: async ({ isFirstInvocation, updatedOperations }) => {
        const changes = Object.values(updatedOperations).map(({ type, status }) => [type, status]);
        updated.push([isFirstInvocation, ...changes]);
      },
    };
    const handler = sdk.withDurableExecution(
      async (_event, context) => {
        await context.step(async () => 1);
        await context.wait({ seconds: 1 });
      },
      { plugins: [plugin] },
    );
    await runToEnd(handler);
    expect(updated).toEqual([[true], [false, ["WAIT", "SUCCEEDED"]]]);
  });

  test("sees the operations of ended contexts in later invocations, as deep as childOperationsDepth says", async () => {
    const names = async (childOperationsDepth: number) => {
      let last: unknown;
      const plugin: DurableInstrumentationPlugin = {
        onInvocationStart: async ({ operations }) => {
          last = Object.values(operations).flatMap(({ name, type }) => (type === "STEP" ? [name] : []));
        },
      };
      const handler = sdk.withDurableExecution(
        async (_event, context) => {
          await context.runInChildContext("one", async (child) => {
            await child.step("shallow", async () => 1);
            await child.runInChildContext("two", async (inner) => inner.step("deep", async () => 2));
          });
          await context.wait({ seconds: 1 });
        },
        { plugins: [plugin], pluginsConfig: { childOperationsDepth } },
      );
      await runToEnd(handler);
      return last;
    };
    expect(await names(0)).toEqual([]);
    expect(await names(1)).toEqual(["shallow"]);
    expect(await names(Number.POSITIVE_INFINITY)).toEqual(["shallow", "deep"]);
  });
});

test("the end of an invocation says whether it was the first, and contexts whether they replay their children", async () => {
  const firsts: unknown[] = [];
  const replays: unknown[] = [];
  const plugin: DurableInstrumentationPlugin = {
    onInvocationEnd: async ({ isFirstInvocation, status }) => void firsts.push([isFirstInvocation, status]),
    wrapChildContextFn: (info, fn) => {
      replays.push(info.isReplayingChildren);
      return fn();
    },
  };
  const handler = withDurableExecution(
    async (_event, context) => {
      await context.runInChildContext(async (child) => child.wait({ seconds: 1 }));
    },
    { plugins: [plugin] },
  );
  await runToEnd(handler);
  expect(firsts).toEqual([
    [true, "PENDING"],
    [false, "SUCCEEDED"],
  ]);
  expect(replays).toEqual([false, true]);
});

// AWS's SDK 2.4.0 tells nothing of an attempt that the service's record shows as interrupted.
test("an at-most-once step that was interrupted is told as a failed attempt, and as the end of the step", async () => {
  const { plugin, hooks } = recorder();
  const handler = withDurableExecution(
    async (_event, context) =>
      context.step("charge", async () => 1, {
        semantics: "AT_MOST_ONCE_PER_RETRY",
        retryStrategy: () => ({ shouldRetry: false }),
      }),
    { plugins: [plugin] },
  );
  const { status } = await runToEnd(handler, { crash: { atCheckpoint: 1, stored: true } });
  expect(status).toBe("FAILED");
  expect(hooks).toContainEqual(
    expect.objectContaining({ hook: "onOperationAttemptEnd", name: "charge", attempt: 1, outcome: "FAILED" }),
  );
  expect(hooks).toContainEqual(
    expect.objectContaining({ hook: "onOperationEnd", name: "charge", status: "FAILED" }),
  );
});

// AWS's SDK 2.4.0 throws what an asynchronous wrapper throws into the handler, although it says that it never does.
test("a wrapper that fails after the function has run changes nothing of its outcome", async () => {
  const wrap = async (_info: unknown, fn: () => unknown): Promise<never> => {
    await fn();
    throw new Error("bad wrapper");
  };
  const plugin: DurableInstrumentationPlugin = {
    wrapInvocation: wrap,
    wrapChildContextFn: wrap,
    wrapOperationAttemptFn: wrap,
  };
  const handler = withDurableExecution(
    async (_event, context) => context.runInChildContext(async (child) => child.step(async () => "done")),
    { plugins: [plugin] },
  );
  expect((await runToEnd(handler)).result).toBe("done");
});

// AWS's SDK 2.4.0 takes the start of a condition's attempt from its end, and has no end for attempts that are retried.
test("the end of an attempt says when the attempt began and ended", async () => {
  const spans: unknown[] = [];
  const plugin: DurableInstrumentationPlugin = {
    onOperationAttemptEnd: async ({ startTimestamp, endTimestamp }) =>
      void spans.push([startTimestamp?.getTime(), endTimestamp?.getTime()]),
  };
  const handler = withDurableExecution(
    async (_event, context) =>
      context.waitForCondition(async (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) =>
          n < 2 ? { shouldContinue: true, delay: { seconds: 60 } } : { shouldContinue: false },
      }),
    { plugins: [plugin] },
  );
  const { clock } = await runToEnd(handler);
  const endMs = clock.now();
  expect(spans).toEqual([
    [endMs - 60_000, endMs - 60_000],
    [endMs, endMs],
  ]);
});

describe.each(BOTH)("%s: a plugin that DURABLE_EXECUTION_PLUGINS names", (_name, sdk) => {
  afterEach(() => vi.unstubAllEnvs());

  test("is told of the execution like one that is given", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plugin-"));
    const file = join(folder, "plugin.mjs");
    await writeFile(
      file,
      `export class Named { onInvocationStart({ executionArn }) { globalThis.toldPlugin = executionArn; } }
       export const durableExecutionPluginProvider =
         { pluginApiVersion: 1, pluginType: Named, createPlugin: () => new Named() };`,
    );
    vi.stubEnv("DURABLE_EXECUTION_PLUGINS", pathToFileURL(file).href);
    const execution = await runToEnd(sdk.withDurableExecution(async () => "done"));
    expect(execution.result).toBe("done");
    expect((globalThis as { toldPlugin?: string }).toldPlugin).toBe(ARN);
    await rm(folder, { recursive: true });
  });

  test("fails the execution when it cannot be loaded", async () => {
    vi.stubEnv("DURABLE_EXECUTION_PLUGINS", "no-such-plugin");
    const { status, error } = await runToEnd(sdk.withDurableExecution(async () => "done"));
    expect(status).toBe("FAILED");
    expect(error).toMatchObject({
      ErrorType: "PluginLoadError",
      ErrorMessage: expect.stringContaining("Failed to load plugin module 'no-such-plugin'"),
    });
  });
});
