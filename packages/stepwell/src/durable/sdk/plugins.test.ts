import { type DurableInstrumentationPlugin, withDurableExecution } from "@stepwell/durable";
import { describe, expect, test, vi } from "vitest";
import { type DriverOptions, type LambdaHandler, runToEnd } from "./driver.ts";
import { BOTH } from "./sdks.ts";

type Sdk = (typeof BOTH)[0][1];

/** A plugin that writes down each hook with what it was told. */
function recorder() {
  const hooks: unknown[] = [];
  const note =
    (hook: string) =>
    async (info: object): Promise<void> => {
      const { id, name, type, subType, parentId, status, isReplay, attempt, outcome, error, result } =
        info as Record<string, unknown>;
      const seen = { id, name, type, subType, parentId, status, isReplay, attempt, outcome, result };
      hooks.push(JSON.parse(JSON.stringify({ hook, ...seen, error: (error as Error | undefined)?.message })));
    };
  const plugin: DurableInstrumentationPlugin = {
    onInvocationStart: note("onInvocationStart"),
    onInvocationEnd: note("onInvocationEnd"),
    onOperationStart: note("onOperationStart"),
    onOperationEnd: note("onOperationEnd"),
    onOperationAttemptStart: note("onOperationAttemptStart"),
    onOperationAttemptEnd: note("onOperationAttemptEnd"),
    wrapInvocation: async (info, fn) => {
      await note("wrapInvocation")(info);
      return fn();
    },
    wrapChildContextFn: async (info, fn) => {
      await note("wrapChildContextFn")(info);
      return fn();
    },
    wrapOperationAttemptFn: async (info, fn) => {
      await note("wrapOperationAttemptFn")(info);
      return fn();
    },
  };
  return { plugin, hooks };
}

const once = { retryStrategy: () => ({ shouldRetry: false }) };

const HANDLERS: Record<
  string,
  { handler: (sdk: Sdk, plugin: DurableInstrumentationPlugin) => LambdaHandler; options?: DriverOptions }
> = {
  "steps and retries": {
    handler: (sdk, plugin) =>
      sdk.withDurableExecution(
        async (_event, context) => {
          await context.step("good", async () => 1);
          const flaky = async ({ attempt }: { attempt: number }) => {
            if (attempt === 1) throw new Error("once");
            return 2;
          };
          await context.step("flaky", flaky, {
            semantics: "AT_MOST_ONCE_PER_RETRY",
            retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }),
          });
          await context.step("bad", async () => Promise.reject(new Error("always")), once).catch(() => {});
        },
        { plugins: [plugin] },
      ),
  },
  "waits, callbacks and contexts": {
    handler: (sdk, plugin) =>
      sdk.withDurableExecution(
        async (_event, context) => {
          await context.wait("pause", { seconds: 1 });
          await context.runInChildContext("child", async (child) => {
            await child.waitForCallback("approval", async () => {});
          });
          await context.waitForCallback(async () => {}, { timeout: { seconds: 1 } }).catch(() => {});
          throw new Error("the end");
        },
        { plugins: [plugin] },
      ),
    options: { onIdle: (execution) => execution.completeCallback("yes") },
  },
  "conditions and maps": {
    handler: (sdk, plugin) =>
      sdk.withDurableExecution(
        async (_event, context) => {
          await context.waitForCondition("ready", async (n: number) => n + 1, {
            initialState: 0,
            waitStrategy: (n) =>
              n < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
          });
          await context.map("items", [1, 2], async (child, item) => child.step("s", async () => item), {
            maxConcurrency: 1,
          });
          await context.map("flat", [1], async (child, item) => child.step("s", async () => item), {
            nesting: "FLAT",
          });
        },
        { plugins: [plugin] },
      ),
  },
};

describe("Both SDKs tell plugins the same about", () => {
  for (const [name, { handler, options }] of Object.entries(HANDLERS)) {
    test(name, async () => {
      const [own, theirs] = await Promise.all(
        BOTH.map(async ([, sdk]) => {
          const { plugin, hooks } = recorder();
          await runToEnd(handler(sdk, plugin), options);
          return hooks;
        }),
      );
      expect(own).toEqual(theirs);
    });
  }
});

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
