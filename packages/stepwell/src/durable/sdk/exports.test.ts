import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@aws/durable-execution-sdk-js";
import * as ours from "@stepwell/durable";
import { afterEach, describe, expect, test, vi } from "vitest";

const theirs = aws as unknown as typeof ours;
const values = (sdk: object) => sdk as Readonly<Record<string, unknown>>;
const isEnumeration = (value: unknown) =>
  typeof value === "object" && Object.values(value as object).every((entry) => typeof entry === "string");

/** What `look` sees has to be the same on both. */
async function same(look: (sdk: typeof ours) => unknown): Promise<void> {
  const [own, other] = await Promise.all([look(ours), look(theirs)]);
  expect(own).toEqual(other);
  expect(own).toBeDefined();
}

afterEach(() => vi.restoreAllMocks());

describe("Both SDKs have the same", () => {
  test("exports, of the same types", () => {
    for (const [name, value] of Object.entries(values(theirs))) {
      expect(typeof values(ours)[name], name).toBe(typeof value);
    }
  });

  test("enumerations and constants", () => {
    const enumerations = Object.entries(values(theirs)).filter(([, value]) => isEnumeration(value));
    expect(enumerations.length).toBeGreaterThan(15);
    for (const [name, value] of enumerations) expect(values(ours)[name], name).toEqual(value);
    expect(ours.DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION).toBe(
      theirs.DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION,
    );
    expect([typeof ours.SDK_VERSION, ours.refreshLogConfig()]).toEqual([
      typeof theirs.SDK_VERSION,
      theirs.refreshLogConfig(),
    ]);
  });

  test("methods of the context", async () => {
    await same(async (sdk) => {
      const seen: unknown[] = [];
      const handler = sdk.withDurableExecution(async (_event, context) => {
        const { step, invoke, runInChildContext, wait, waitForCondition, createCallback } = context;
        const { waitForCallback, map, parallel, configureLogger, configureSerdes } = context;
        const methods: unknown[] = [step, invoke, runInChildContext, wait, waitForCondition, createCallback];
        methods.push(waitForCallback, map, parallel, configureLogger, configureSerdes);
        const { all, allSettled, any, race } = context.promise;
        seen.push(...[...methods, all, allSettled, any, race].map((method) => typeof method));
        seen.push(context.executionContext.durableExecutionArn, context.lambdaContext.awsRequestId);
      });
      await handler(eventOf(sdk), { awsRequestId: "r" } as ours.LambdaContext);
      return seen;
    });
  });
});

function eventOf(sdk: typeof ours) {
  const execution = { Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: new Date(0) } as const;
  const client = { checkpoint: vi.fn(), getExecutionState: vi.fn() };
  const event = new sdk.DurableExecutionInvocationInputWithClient(
    {
      DurableExecutionArn: "arn",
      CheckpointToken: "token",
      InitialExecutionState: { Operations: [execution] },
    },
    client,
  );
  expect(sdk.DurableExecutionInvocationInputWithClient.isInstance(event)).toBe(true);
  return event;
}

describe("Both SDKs decide the same:", () => {
  const errors = [new Error("connection reset"), new TypeError("no"), new RangeError("RESET")];
  const common = [
    {},
    { maxAttempts: 4 },
    { maxDelay: { seconds: 2 } },
    { retryableErrors: ["reset", /RESET/] },
    { retryableErrorTypes: [TypeError] },
    { retryableErrors: [/nothing/], retryableErrorTypes: [RangeError] },
    ...(["NONE", "FULL", "HALF"] as const).map((jitter) => ({ jitter, initialDelay: { minutes: 1 } })),
  ];
  const decisions = (strategy: (error: Error, attempt: number) => unknown) => {
    vi.spyOn(Math, "random").mockReturnValue(0.3);
    return errors.flatMap((error) => [1, 2, 3, 4, 5, 6, 7].map((attempt) => strategy(error, attempt)));
  };

  test("createRetryStrategy, with any option and its defaults", () =>
    same(({ createRetryStrategy }) =>
      [...common, { backoffRate: 3 }].map((config) => decisions(createRetryStrategy(config))),
    ));

  test("createLinearRetryStrategy, with any option and its defaults", () =>
    same(({ createLinearRetryStrategy }) =>
      [...common, { increment: { seconds: 7 } }].map((config) =>
        decisions(createLinearRetryStrategy(config)),
      ),
    ));

  test("retryPresets", () =>
    same(({ retryPresets }) => [
      Object.keys(retryPresets).sort(),
      ...(["default", "linear", "noRetry"] as const).map((name) => decisions(retryPresets[name])),
    ]));

  test("createWaitStrategy, with any option and its defaults", () =>
    same(({ createWaitStrategy }) => {
      vi.spyOn(Math, "random").mockReturnValue(0.3);
      const configs = [
        {},
        { maxAttempts: 2 },
        { initialDelay: { minutes: 1 } },
        { maxDelay: { seconds: 7 } },
      ];
      return [...configs, { backoffRate: 4 }, { jitter: "HALF" as const }].map((config) => {
        const strategy = createWaitStrategy({ ...config, shouldContinuePolling: (n: number) => n < 3 });
        return [1, 2, 3, 60].map((attempt) => {
          try {
            return [strategy(1, attempt), strategy(3, attempt)];
          } catch (error) {
            return (error as Error).message;
          }
        });
      });
    }));

  test("completeBatch and continueBatch", () =>
    same(({ completeBatch, continueBatch }) => [completeBatch(), completeBatch("FAILED"), continueBatch()]));
});

describe("Both SDKs make the same", () => {
  const view = (error: unknown): unknown => {
    if (!(error instanceof Error)) return error;
    const { name, message, errorType, errorData } = error as ours.StepError;
    return { name, message, errorType, errorData, cause: view(error.cause) };
  };

  test.each([
    "StepError",
    "CallbackError",
    "CallbackExternalError",
    "CallbackTimeoutError",
    "CallbackSubmitterError",
    "InvokeError",
    "ChildContextError",
    "WaitForConditionError",
    "PromiseCombinatorError",
  ] as const)("%s, and give it back as it was stored", (name) =>
    same((sdk) => {
      const [bare, full] = [new sdk[name](), new sdk[name]("m", new Error("c"), "d")];
      const stored = { ErrorType: name, ErrorMessage: "m", ErrorData: "d" };
      const restored = sdk.DurableOperationError.fromErrorObject(stored);
      expect(restored).toBeInstanceOf(sdk[name]);
      expect(full).toBeInstanceOf(sdk.DurableOperationError);
      return [view(bare), view(full), full.toErrorObject(), view(restored)];
    }),
  );

  test("other errors", () =>
    same((sdk) => [
      view(new sdk.BatchCompletionError("ALL_COMPLETED")),
      view(new sdk.StepInterruptedError("1", "charge")),
      view(new sdk.PluginLoadError("why", { cause: new Error("c") })),
      view(sdk.DurableOperationError.fromErrorObject({ ErrorType: "Mine", ErrorMessage: "m" })),
      view(new sdk.DurableExecutionClientError("m", { cause: new Error("c") })),
      sdk.DurableExecutionClientErrorScope,
      [
        new sdk.DurableExecutionClientError("m"),
        new ours.DurableExecutionClientError("m", { scope: "EXECUTION" }),
        new Error("m"),
      ].map((error) => [
        sdk.isDurableExecutionClientError(error),
        (error as ours.DurableExecutionClientError).scope,
      ]),
    ]));

  class Order {
    id = 1;
    made = new Date(0);
  }

  test("text of values, and values of text", () =>
    same(async ({ defaultSerdes, createClassSerdes, createClassSerdesWithDates }) => {
      const context = { entityId: "1", durableExecutionArn: "arn" };
      const serdes = [
        defaultSerdes,
        createClassSerdes(Order),
        createClassSerdesWithDates(Order, ["made", "no.such"]),
      ];
      return Promise.all(
        serdes.map(async ({ serialize, deserialize }) => {
          const text = await serialize(new Order(), context);
          const value = await deserialize(text, context);
          return [text, value, value?.constructor.name, await deserialize(undefined, context)];
        }),
      );
    }));

  test("files of values, which the other can read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serdes-"));
    const configs: ours.FileSystemSerdesConfig[] = [
      {},
      { pathEncoding: "HASH" },
      { storageMode: "OVERFLOW" },
      { generatePreview: (value) => ({ id: (value as Order).id }) },
    ];
    const arn = "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/name/id";
    for (const config of configs) {
      const [own, other] = [ours, theirs].map((sdk) => sdk.createFileSystemSerdes(folder, config));
      const context = { entityId: "2-1", durableExecutionArn: arn };
      const text = await own!.serialize(new Order(), context);
      expect(text).toBe(await other!.serialize(new Order(), context));
      expect(await own!.deserialize(text, context)).toEqual(await other!.deserialize(text, context));
    }
    await rm(folder, { recursive: true });
  });

  test("previews", () =>
    same(({ buildPreview }) => {
      const value = { id: 1, card: { number: "4111", holder: "Ada" }, items: [{ number: 2 }] };
      const number = [{ name: "number" }];
      const configs: ours.PreviewConfig[] = [
        { mode: "INCLUDE_ALL" },
        { mode: "INCLUDE_ALL", exclude: number },
        { mode: "INCLUDE_ALL", mask: number, maskString: "#" },
        { mode: "EXCLUDE_ALL", include: [{ name: "card.holder", match: "PATH" }] },
        { mode: "INCLUDE_ALL", maxPreviewBytes: 10 },
      ];
      return configs.map((config) => buildPreview(value, config) ?? "nothing");
    }));

  test("requests, over the Lambda client they are given", () =>
    same(async ({ DurableExecutionApiClient }) => {
      const sent: unknown[] = [];
      const client = new DurableExecutionApiClient({
        send: async (command) => sent.push([command.constructor.name, command.input]),
      });
      const common = { DurableExecutionArn: "arn", CheckpointToken: "token" };
      await client.getExecutionState({ ...common, Marker: "m", MaxItems: 5 });
      await client.checkpoint({ ...common, Updates: [] });
      return sent;
    }));

  test("promises, which begin when they are awaited", () =>
    same(async ({ DurablePromise }) => {
      let begun = 0;
      const promise = new DurablePromise(async () => ++begun);
      const before = [promise.isExecuted, begun, String(promise)];
      return [before, await promise, await promise.finally(() => {}), promise.isExecuted, begun];
    }));
});
