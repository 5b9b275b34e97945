import type * as sdk from "@stepwell/durable";
import type { DriverOptions, LambdaHandler } from "./driver.ts";

/** What both SDKs export. */
export type Sdk = Pick<
  typeof sdk,
  | "withDurableExecution"
  | "withRetry"
  | "createRetryStrategy"
  | "createLinearRetryStrategy"
  | "createWaitStrategy"
  | "retryPresets"
  | "createClassSerdesWithDates"
  | "completeBatch"
  | "continueBatch"
  | "JitterStrategy"
  | "StepSemantics"
  | "NestingType"
>;

export interface Scenario {
  readonly handler: (sdk: Sdk) => LambdaHandler;
  readonly options?: DriverOptions;
}

const fixed = (seconds: number, attempts: number) => (_error: Error, attempt: number) =>
  attempt < attempts ? { shouldRetry: true, delay: { seconds } } : { shouldRetry: false };

const failingUntil = (attempt: number) => async (context: { attempt: number }) => {
  if (context.attempt < attempt) throw new TypeError(`attempt ${context.attempt} failed`);
  return `attempt ${context.attempt}`;
};

const describeError = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const { name, message, cause, errorType, errorData } = error as Error & {
    errorType?: string;
    errorData?: string;
  };
  return {
    name,
    message,
    errorType,
    errorData,
    cause: cause === undefined ? undefined : describeError(cause),
  };
};

const caught = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return { returned: await promise };
  } catch (error) {
    return { thrown: describeError(error) };
  }
};

const outside: Record<string, DriverOptions["onIdle"]> = {
  approve: (execution) => execution.completeCallback('"approved"'),
  reject: (execution) => {
    const open = execution.operations.find((o) => o.Type === "CALLBACK" && o.Status === "STARTED");
    if (!open) return false;
    const error = { ErrorType: "Rejected", ErrorMessage: "not approved", ErrorData: "because" };
    execution.happen({ type: "callback-failed", operationId: open.Id, error });
    return true;
  },
  invokeSucceeds: (execution) => endInvoke(execution, { status: "SUCCEEDED", result: '{"echo":1}' }),
  invokeFails: (execution) =>
    endInvoke(execution, {
      status: "FAILED",
      error: { ErrorType: "Boom", ErrorMessage: "it blew", ErrorData: "d" },
    }),
  invokeStops: (execution) => endInvoke(execution, { status: "STOPPED" }),
};

function endInvoke(
  execution: Parameters<NonNullable<DriverOptions["onIdle"]>>[0],
  end: { status: "SUCCEEDED" | "FAILED" | "STOPPED"; result?: string; error?: object },
): boolean {
  const open = execution.operations.find((o) => o.Type === "CHAINED_INVOKE" && o.Status === "STARTED");
  if (!open) return false;
  execution.happen({ type: "chained-invoke-ended", operationId: open.Id, ...end });
  return true;
}

const LARGE = "x".repeat(300 * 1024);

/** What handlers do, each in a way whose history does not depend on timing. */
export const SCENARIOS: Record<string, Scenario> = {
  "steps that depend on each other": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (event: { n: number }, context) => {
        const a = await context.step("a", async () => event.n + 1);
        const b = await context.step(async () => ({ a, at: new Date(0) }));
        const c = await context.step("none", async () => undefined);
        const d = await context.step("null", async () => null);
        return { a, b, c: c === undefined, d };
      }),
    options: { input: { n: 1 } },
  },
  "a step that is retried": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) =>
        context.step("flaky", failingUntil(3), { retryStrategy: fixed(7, 3) }),
      ),
  },
  "a step that fails for good": {
    handler: ({ withDurableExecution, retryPresets }) =>
      withDurableExecution(async (_event, context) => {
        const first = await caught(
          context.step("fails", failingUntil(9), { retryStrategy: retryPresets.noRetry }),
        );
        await context.wait({ seconds: 1 });
        await context.step("again", failingUntil(9), { retryStrategy: fixed(1, 2) });
        return first;
      }),
  },
  "caught errors are the same on replay": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const none = { retryStrategy: fixed(1, 1) };
        const seen = [
          await caught(context.step("type", async () => Promise.reject(new RangeError("r")), none)),
          await caught(context.step("plain", async () => Promise.reject({ name: "N", message: "m" }), none)),
          await caught(
            context.runInChildContext("child", async (child) => {
              await child.runInChildContext("grandchild", async (inner) =>
                inner.step("deep", failingUntil(2), none),
              );
            }),
          ),
        ];
        await context.wait("pause", { minutes: 5 });
        return seen;
      }),
  },
  "at most once": {
    handler: ({ withDurableExecution, StepSemantics }) =>
      withDurableExecution(async (_event, context) =>
        context.step("charge", failingUntil(2), {
          semantics: StepSemantics.AtMostOncePerRetry,
          retryStrategy: fixed(3, 3),
        }),
      ),
  },
  "waits one after the other": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.wait({ seconds: 1 });
        await context.wait("long", { days: 2, hours: 1, minutes: 1, seconds: 1 });
        return "done";
      }),
  },
  "waits at once": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const waits = [context.wait("a", { seconds: 3 }), context.wait("b", { seconds: 1 })];
        await Promise.all(waits);
        return "done";
      }),
  },
  "a callback that succeeds": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result, id] = await context.createCallback("approval", { timeout: { hours: 1 } });
        await context.step("send", async () => id);
        const answer = await result;
        return { id, answer };
      }),
    options: { onIdle: outside.approve! },
  },
  "a callback that fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback("approval");
        const seen = await caught(result);
        await context.wait({ seconds: 2 });
        return seen;
      }),
    options: { onIdle: outside.reject! },
  },
  "a callback that times out": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback("approval", { timeout: { seconds: 3 } });
        await context.wait({ seconds: 6 });
        return caught(result);
      }),
  },
  "a callback without a heartbeat": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [result] = await context.createCallback({
          heartbeatTimeout: { seconds: 3 },
          timeout: { hours: 1 },
        });
        return await result;
      }),
  },
  "two callbacks awaited in reverse": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const [a] = await context.createCallback("a");
        const [b] = await context.createCallback("b");
        const second = await b;
        return [await a, second];
      }),
    options: { onIdle: outside.approve! },
  },
  "a callback with its own deserializer": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const serdes = { deserialize: async (data: string | undefined) => ({ parsed: JSON.parse(data!) }) };
        const [result] = await context.createCallback<{ parsed: string }>("typed", { serdes });
        return await result;
      }),
    options: { onIdle: outside.approve! },
  },
  waitForCallback: {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const named = await context.waitForCallback("approval", async () => {});
        const unnamed = await context.waitForCallback(async () => {}, { timeout: { hours: 1 } });
        await context.wait({ seconds: 1 });
        return [named, unnamed];
      }),
    options: { onIdle: outside.approve! },
  },
  "waitForCallback whose submitter is retried": {
    handler: ({ withDurableExecution }) => {
      let tries = 0;
      return withDurableExecution(async (_event, context) =>
        context.waitForCallback(
          "approval",
          async () => {
            if (tries++ === 0) throw new Error("busy");
          },
          { retryStrategy: fixed(2, 5) },
        ),
      );
    },
    options: { onIdle: outside.approve! },
  },
  "waitForCallback that fails in every way": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const submitter = await caught(
          context.waitForCallback("no", async () => Promise.reject(new Error("cannot submit")), {
            retryStrategy: fixed(2, 2),
          }),
        );
        const timeout = await caught(
          context.waitForCallback("late", async () => {}, { timeout: { seconds: 1 } }),
        );
        await context.wait({ seconds: 1 });
        return [submitter, timeout];
      }),
  },
  "waitForCallback with a default deserializer": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        context.configureSerdes({
          defaultCallbackDeserializer: { deserialize: async (data) => `<${data}>` },
        });
        const [plain] = await context.createCallback("plain");
        return [await plain, await context.waitForCallback("wfc", async () => {})];
      }),
    options: { onIdle: outside.approve! },
  },
  waitForCondition: {
    handler: ({ withDurableExecution, createWaitStrategy, JitterStrategy }) =>
      withDurableExecution(async (_event, context) =>
        context.waitForCondition("ready", async (state: { n: number }) => ({ n: state.n + 1 }), {
          initialState: { n: 0 },
          waitStrategy: createWaitStrategy({
            shouldContinuePolling: (state: { n: number }) => state.n < 3,
            jitter: JitterStrategy.NONE,
          }),
        }),
      ),
  },
  "waitForCondition that fails": {
    handler: ({ withDurableExecution, createWaitStrategy, JitterStrategy }) =>
      withDurableExecution(async (_event, context) => {
        const thrown = await caught(
          context.waitForCondition(async () => Promise.reject(new Error("check failed")), {
            initialState: 1,
            waitStrategy: () => ({ shouldContinue: false }),
          }),
        );
        const exhausted = await caught(
          context.waitForCondition("never", async (state: number) => state + 1, {
            initialState: 0,
            waitStrategy: createWaitStrategy({
              shouldContinuePolling: () => true,
              maxAttempts: 2,
              jitter: JitterStrategy.NONE,
            }),
          }),
        );
        await context.wait({ seconds: 1 });
        return [thrown, exhausted];
      }),
  },
  "child contexts": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const outer = await context.runInChildContext("outer", async (child) => {
          const a = await child.step("a", async () => "a");
          await child.wait({ seconds: 1 });
          const inner = await child.runInChildContext(async (grandchild) =>
            grandchild.step("b", async () => `${a}b`),
          );
          return { inner, at: new Date(0) };
        });
        const labelled = await context.runInChildContext("labelled", async () => 1, { subType: "Mine" });
        const virtual = await context.runInChildContext(
          "virtual",
          async (child) => child.step("v", async () => 2),
          {
            virtualContext: true,
          },
        );
        return { outer, labelled, virtual };
      }),
  },
  "a child context with a large result": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const large = await context.runInChildContext("large", async (child) => {
          const short = await child.step("short", async () => "s");
          await child.wait("inside", { seconds: 1 });
          return `${short}${LARGE}`;
        });
        await context.wait("after", { seconds: 1 });
        return large.length;
      }),
  },
  "a child context with a large result and a summary": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const large = await context.runInChildContext("large", async () => LARGE, {
          summaryGenerator: (result) => `${result.length} characters`,
        });
        await context.wait("after", { seconds: 1 });
        return large.length;
      }),
  },
  "a child context with serdes and an error of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const serdes = {
          serialize: async (value: string | undefined) => `<${value}>`,
          deserialize: async (data: string | undefined) => data?.slice(1, -1),
        };
        const value = await context.runInChildContext("serdes", async () => "value", { serdes });
        const seen = await caught(
          context.runInChildContext("fails", async () => Promise.reject(new RangeError("r")), {
            errorMapper: (error) => Object.assign(error, { message: `mapped ${error.message}` }),
          }),
        );
        await context.wait({ seconds: 1 });
        return [value, seen];
      }),
  },
  "a map, one at a time": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "map",
          ["a", "b", "c"],
          async (child, item, index, items) => {
            if (index === 1) await child.wait({ seconds: 1 });
            return child.step("upper", async () => `${item.toUpperCase()}${index}/${items.length}`);
          },
          { maxConcurrency: 1, itemNamer: (item, index) => (index === 2 ? "" : `item-${item}`) },
        );
        await context.wait({ seconds: 1 });
        return { results: result.getResults(), reason: result.completionReason, json: result };
      }),
  },
  "a map without a name, of nothing": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map([] as number[], async () => 1);
        return {
          all: result.all,
          reason: result.completionReason,
          total: result.totalCount,
          status: result.status,
        };
      }),
  },
  "a map that stops at its first failure": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "map",
          [0, 1, 2],
          async (_child, item) => {
            if (item === 1) throw new RangeError("no ones");
            return item;
          },
          { maxConcurrency: 1 },
        );
        await context.wait({ seconds: 1 });
        return {
          ...counts(result),
          errors: result.getErrors().map(describeError),
          thrown: await caught(raise(result)),
        };
      }),
  },
  "a map with a tolerance": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const fail = async () => Promise.reject(new Error("item"));
        const options = { maxConcurrency: 1 };
        const results = [
          await context.map("count", [1, 2, 3], fail, {
            ...options,
            completionConfig: { toleratedFailureCount: 1 },
          }),
          await context.map("percent", [1, 2, 3], fail, {
            ...options,
            completionConfig: { toleratedFailurePercentage: 50 },
          }),
          await context.map("enough", [1, 2, 3, 4], async () => 1, {
            ...options,
            completionConfig: { minSuccessful: 2 },
          }),
          await context.map("too few", [1, 2], fail, { ...options, completionConfig: { minSuccessful: 2 } }),
        ];
        return results.map(counts);
      }),
  },
  "a map with its own idea of completion": {
    handler: ({ withDurableExecution, completeBatch, continueBatch }) =>
      withDurableExecution(async (_event, context) => {
        const run = (name: string, outcome: "SUCCEEDED" | "FAILED") =>
          context.map(name, [1, 2, 3, 4], async (_child, item) => item, {
            maxConcurrency: 1,
            completionConfig: {
              shouldComplete: ({ items }) =>
                items[1]?.status === "SUCCEEDED" ? completeBatch(outcome) : continueBatch(),
            },
          });
        const good = await run("good", "SUCCEEDED");
        const bad = await run("bad", "FAILED");
        return [counts(good), counts(bad), await caught(raise(bad))];
      }),
  },
  "a flat map": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "flat",
          ["a", "b"],
          async (child, item) => {
            await child.wait("pause", { seconds: 1 });
            return child.step("work", async () => item);
          },
          { maxConcurrency: 1, nesting: NestingType.FLAT },
        );
        await context.wait({ seconds: 1 });
        return result.getResults();
      }),
  },
  "a map whose result is large": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "large",
          [1, 2, 3],
          async (child, item) => {
            const n = await child.step("n", async () => item);
            if (n === 2) throw new Error("two");
            return `${n}${LARGE}`;
          },
          { maxConcurrency: 1, completionConfig: { toleratedFailureCount: 5 } },
        );
        await context.wait({ seconds: 1 });
        return { ...counts(result), lengths: result.getResults().map((r) => r.length) };
      }),
  },
  "a flat map whose result is large": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map(
          "large",
          [1, 2, 3, 4],
          async (child, item) => `${await child.step("n", async () => item)}${LARGE}`,
          { maxConcurrency: 1, nesting: NestingType.FLAT, completionConfig: { minSuccessful: 3 } },
        );
        await context.wait({ seconds: 1 });
        return { ...counts(result), firsts: result.getResults().map((r) => r[0]) };
      }),
  },
  "a large map and large branches with summaries of their own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const options = {
          maxConcurrency: 1,
          summaryGenerator: (result: { totalCount: number }) => `${result.totalCount} large ones`,
        };
        const mapped = await context.map("map", [1, 2], async () => LARGE, options);
        const branches = await context.parallel("branches", [async () => LARGE], options);
        await context.wait({ seconds: 1 });
        return [mapped.getResults().map((r) => r.length), branches.getResults().map((r) => r.length)];
      }),
  },
  "a map with serdes of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.map("serdes", ["x", "y"], async (_child, item) => item.toUpperCase(), {
          maxConcurrency: 1,
          itemSerdes: {
            serialize: async (value) => `item:${value}`,
            deserialize: async (data) => data?.slice(5),
          },
        });
        return result.getResults();
      }),
  },
  "parallel branches": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.parallel(
          "parallel",
          [
            async (branch) => branch.step("one", async () => 1),
            { name: "named", func: async (branch) => branch.step("two", async () => "2") },
            {
              func: async (branch) => {
                const inner = await branch.parallel([async (b) => b.step("three", async () => true)]);
                return inner.getResults();
              },
            },
          ],
          { maxConcurrency: 1 },
        );
        const unnamed = await context.parallel([async () => "u"]);
        const none = await context.parallel("none", []);
        return [result.getResults(), unnamed.getResults(), none.all];
      }),
  },
  "parallel branches with every option": {
    handler: ({ withDurableExecution, NestingType }) =>
      withDurableExecution(async (_event, context) => {
        const upper = {
          serialize: async (value: string | undefined) => value?.toUpperCase(),
          deserialize: async (data: string | undefined) => data,
        };
        const one = (name: string) => ({ name, func: async () => name });
        const nested = await context.parallel("nested", [one("a"), one("b"), one("c")], {
          maxConcurrency: 1,
          itemSerdes: upper,
          completionConfig: { minSuccessful: 2 },
        });
        const flat = await context.parallel("flat", [one("d"), one("e")], {
          maxConcurrency: 1,
          nesting: NestingType.FLAT,
          completionConfig: { toleratedFailureCount: 1, toleratedFailurePercentage: 50 },
        });
        await context.wait({ seconds: 1 });
        return [nested.getResults(), nested.completionReason, flat.getResults(), flat.completionReason];
      }),
  },
  "branches that wait for callbacks": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const result = await context.parallel("approvals", [
          async (branch) => branch.waitForCallback("first", async () => {}),
          async (branch) => branch.waitForCallback("second", async () => {}),
        ]);
        return result.getResults();
      }),
    options: { onIdle: outside.approve! },
  },
  "an invoke that succeeds": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const a = await context.invoke("call", "callee:1", { in: 1 });
        await context.wait({ seconds: 1 });
        const b = await context.invoke("callee:1", { in: 2 }, { tenantId: "t" });
        return [a, b];
      }),
    options: { onIdle: outside.invokeSucceeds! },
  },
  "an invoke that fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const seen = await caught(context.invoke("call", "callee:1"));
        await context.wait({ seconds: 1 });
        return seen;
      }),
    options: { onIdle: outside.invokeFails! },
  },
  "an invoke that is stopped": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => caught(context.invoke("call", "callee:1"))),
    options: { onIdle: outside.invokeStops! },
  },
  "an invoke with serdes of its own": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const payloadSerdes = { serialize: async () => '"in"', deserialize: async () => undefined };
        const resultSerdes = { ...payloadSerdes, deserialize: async (data: string | undefined) => [data] };
        return context.invoke("call", "callee:1", 1, { payloadSerdes, resultSerdes });
      }),
    options: { onIdle: outside.invokeSucceeds! },
  },
  "promise combinators": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        const one = (name: string) => context.step(name, async () => name);
        const none = { retryStrategy: fixed(1, 1) };
        const bad = (name: string) => context.step(name, async () => Promise.reject(new Error(name)), none);
        const all = await context.promise.all("all", [one("a"), one("b")]);
        const settled = await context.promise.allSettled([one("c"), bad("d")]);
        const any = await context.promise.any("any", [one("f"), bad("e")]);
        const race = await context.promise.race([one("g"), context.wait("never", { hours: 1 })]);
        const failed = await caught(context.promise.all("failing", [bad("h")]));
        const nothing = await caught(context.promise.any([bad("i")]));
        const kinds = settled.map((s) => (s.status === "fulfilled" ? s.value : describeError(s.reason)));
        return [all, kinds, any, race, failed, nothing];
      }),
  },
  withRetry: {
    handler: ({ withDurableExecution, withRetry }) =>
      withDurableExecution(async (_event, context) => {
        const flaky = async (ctx: typeof context, attempt: number) =>
          ctx.step(
            `try-${attempt}`,
            async () => {
              if (attempt < 3) throw new Error("again");
              return attempt;
            },
            { retryStrategy: fixed(1, 1) },
          );
        const named = await withRetry(context, "named", flaky, { retryStrategy: fixed(5, 4) });
        const bare = await withRetry(context, flaky, {
          retryStrategy: fixed(5, 4),
          wrapWithRunInChildContext: false,
        });
        return [named, bare];
      }),
  },
  serdes: {
    handler: ({ withDurableExecution, createClassSerdesWithDates }) =>
      withDurableExecution(async (_event, context) => {
        class Order {
          id = 0;
          made = new Date(0);
          meta = { paid: new Date(0) };
          year() {
            return this.made.getUTCFullYear() + this.meta.paid.getUTCFullYear();
          }
        }
        const serdes = createClassSerdesWithDates(Order, ["made", "meta.paid", "meta.nothing.here"]);
        const order = await context.step("order", async () => new Order(), { serdes });
        context.configureSerdes({
          defaultSerdes: {
            serialize: async (value, { entityId }) => `${entityId}=${JSON.stringify(value)}`,
            deserialize: async (data, { entityId }) => JSON.parse(data!.slice(entityId.length + 1)),
          },
        });
        const child = await context.runInChildContext("child", async (c) => c.step("s", async () => [1]));
        await context.wait({ seconds: 1 });
        return [order.year(), order.made.toISOString(), child];
      }),
  },
  "a handler that throws": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.step("before", async () => 1);
        throw new RangeError("the handler failed");
      }),
  },
  "a handler whose child fails": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.runInChildContext("child", async () => Promise.reject(new RangeError("in the child")));
      }),
  },
  "a handler with a huge result": {
    handler: ({ withDurableExecution }) => withDurableExecution(async () => "y".repeat(6 * 1024 * 1024 - 50)),
  },
  "a handler without a result": {
    handler: ({ withDurableExecution }) => withDurableExecution(async () => undefined),
  },
  "settings that make no sense": {
    handler: ({ withDurableExecution }) =>
      withDurableExecution(async (_event, context) => {
        await context.parallel("bad", [async () => 1], { maxConcurrency: 0 });
      }),
  },
};

interface Counted {
  completionReason: string;
  status: string;
  successCount: number;
  failureCount: number;
  startedCount: number;
  totalCount: number;
  hasFailure: boolean;
}

function counts(result: Counted): Counted {
  const { completionReason, status, successCount, failureCount, startedCount, totalCount, hasFailure } =
    result;
  return { completionReason, status, successCount, failureCount, startedCount, totalCount, hasFailure };
}

async function raise(result: { throwIfError(): void }): Promise<void> {
  result.throwIfError();
}
