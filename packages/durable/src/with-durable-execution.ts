import { isFatalForExecution } from "./client-error.ts";
import { type DurableTransport, loadOperations, transportFor } from "./clients.ts";
import { Context, logData } from "./context.ts";
import { createDefaultLogger } from "./default-logger.ts";
import type { Ending } from "./ending.ts";
import { toError, toErrorObject } from "./errors.ts";
import { Execution } from "./execution.ts";
import { operationId } from "./ids.ts";
import { InvocationHooks } from "./invocation-hooks.ts";
import { loadPlugins } from "./plugin-loader.ts";
import type { Plugins } from "./plugins.ts";
import { runInScope } from "./scope.ts";
import type {
  DurableExecutionConfig,
  DurableExecutionHandler,
  DurableLambdaHandler,
} from "./types/execution.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type { DurableLogger } from "./types/logger.ts";
import type { DurableExecutionInvocationInput, DurableExecutionInvocationOutput } from "./types/wire.ts";

/** Lambda's 6 MB for a response, less room for the envelope; larger results are sent as a checkpoint. */
const MOST_RESPONSE_BYTES = 6 * 1024 * 1024 - 50;

/**
 * Makes a Lambda handler of a durable one.
 *
 *     export const handler = withDurableExecution(async (event: Order, context) => {
 *       const user = await context.step("load-user", () => loadUser(event.userId));
 *       await context.wait({ days: 3 });
 *       return context.step("remind", () => remind(user));
 *     });
 */
export function withDurableExecution<
  // biome-ignore-start lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
  TEvent = any,
  TResult = any,
  // biome-ignore-end lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
  TLogger extends DurableLogger = DurableLogger,
>(
  handler: DurableExecutionHandler<TEvent, TResult, TLogger>,
  config: DurableExecutionConfig = {},
): DurableLambdaHandler {
  const loading = loadPlugins(config.plugins);
  loading.catch(() => {}); // It is reported by the invocations.
  return async (event, lambdaContext) => {
    if (!event?.DurableExecutionArn || !event.CheckpointToken) {
      throw new Error(
        "Unexpected payload provided to start the durable execution.\n" +
          "Check your resource configurations to confirm the durability is set.",
      );
    }
    let plugins: Plugins | undefined;
    try {
      checkConfig(config);
      plugins = await loading;
    } catch (error) {
      return failed(error);
    }
    try {
      const transport = transportFor(event, config);
      return await invocation(
        event,
        lambdaContext,
        handler as DurableExecutionHandler,
        config,
        plugins,
        transport,
      );
    } catch (error) {
      if (isFatalForExecution(error)) return failed(error);
      throw error;
    }
  };
}

async function invocation(
  event: DurableExecutionInvocationInput,
  lambdaContext: LambdaContext,
  handler: DurableExecutionHandler,
  config: DurableExecutionConfig,
  plugins: Plugins | undefined,
  transport: DurableTransport,
): Promise<DurableExecutionInvocationOutput> {
  const operations = await loadOperations(event, transport);
  const execution = new Execution(event, lambdaContext, operations, transport, plugins);
  const isFirst = operations.length <= 1;
  const depth = config.pluginsConfig?.childOperationsDepth ?? 0;
  const logger = createDefaultLogger(
    () => logData(execution),
    execution.nowMs,
    plugins && (() => plugins.logFields()),
  );
  // The handler's own context counts as a level.
  const place = { mode: isFirst ? "execution" : "replay", keepDepth: depth > 0 ? depth + 1 : 0 } as const;
  const context = new Context(execution, place, logger);
  const input: unknown = JSON.parse(operations[0]?.ExecutionDetails?.InputPayload ?? "{}");
  const run = (hooks?: InvocationHooks): Promise<DurableExecutionInvocationOutput> =>
    runHandler(execution, () => runInScope(context.scope, () => handler(input, context)), hooks);
  try {
    if (!plugins) return await run();
    return await new InvocationHooks(execution, plugins, event, input, isFirst).around(run);
  } finally {
    execution.close();
  }
}

/** Runs the handler until it returns, throws, or the invocation has to end before it does. */
async function runHandler(
  execution: Execution,
  handler: () => Promise<unknown>,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  const outcome = await Promise.race([settled(handler), execution.ended]);
  await execution.queue.drained();
  switch (outcome.kind) {
    case "returned":
      try {
        const answer = await succeeded(execution, outcome.result);
        if ("Status" in answer) {
          await hooks?.end("SUCCEEDED", { executionResult: outcome.result });
          return answer;
        }
        return await ended(answer, hooks);
      } catch (error) {
        return await ended({ kind: "failed", error: toError(error) }, hooks);
      }
    case "threw":
      await hooks?.end("FAILED", { executionError: toError(outcome.error) });
      return failed(outcome.error);
    default:
      return await ended(outcome, hooks);
  }
}

type Settled = { kind: "returned"; result: unknown } | { kind: "threw"; error: unknown };

async function settled(handler: () => Promise<unknown>): Promise<Settled> {
  try {
    return { kind: "returned", result: await handler() };
  } catch (error) {
    return { kind: "threw", error };
  }
}

/** The answer that carries a result; a result too large for it is stored first. That can end the invocation otherwise. */
async function succeeded(
  execution: Execution,
  result: unknown,
): Promise<DurableExecutionInvocationOutput | Ending> {
  const Result: string | undefined = JSON.stringify(result);
  if (
    Result === undefined ||
    Result.length * 3 <= MOST_RESPONSE_BYTES ||
    Buffer.byteLength(Result) <= MOST_RESPONSE_BYTES
  ) {
    return { Status: "SUCCEEDED", Result };
  }
  const stored = execution.queue.commit({
    Id: operationId("execution-result"),
    Type: "EXECUTION",
    Action: "SUCCEED",
    Payload: Result,
  });
  execution.queue.close(); // The execution's own update has to be the last.
  return Promise.race([stored.then(() => ({ Status: "SUCCEEDED", Result: "" }) as const), execution.ended]);
}

async function ended(
  ending: Ending,
  hooks: InvocationHooks | undefined,
): Promise<DurableExecutionInvocationOutput> {
  switch (ending.kind) {
    case "suspended":
    case "superseded":
      await hooks?.end("PENDING");
      return { Status: "PENDING" };
    case "failed":
      await hooks?.end("FAILED", { executionError: ending.error });
      return failed(ending.error);
    case "interrupted":
      await hooks?.end("RETRYING", { executionError: ending.error });
      throw ending.error;
  }
}

function failed(error: unknown): DurableExecutionInvocationOutput {
  return { Status: "FAILED", Error: toErrorObject(error) };
}

function checkConfig({ client, durableExecutionClient, pluginsConfig }: DurableExecutionConfig): void {
  if (client && durableExecutionClient) {
    throw new Error(
      "Both `client` and `durableExecutionClient` were provided, but they configure the same thing. Provide only " +
        "`durableExecutionClient`; for a Lambda client of your own: `new DurableExecutionApiClient(client)`.",
    );
  }
  const depth = pluginsConfig?.childOperationsDepth ?? 0;
  if (!(depth === Number.POSITIVE_INFINITY || (Number.isInteger(depth) && depth >= 0))) {
    throw new Error(
      `pluginsConfig.childOperationsDepth must be a non-negative integer or Infinity; got ${String(depth)}.`,
    );
  }
}
