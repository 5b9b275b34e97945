import { isFatalForExecution } from "./client-error.ts";
import { type DurableTransport, loadOperations, transportFor } from "./clients.ts";
import { Context } from "./context.ts";
import { createDefaultLogger } from "./default-logger.ts";
import { Execution } from "./execution.ts";
import { failed, runHandler } from "./invocation.ts";
import { InvocationHooks } from "./invocation-hooks.ts";
import { logData } from "./log-data.ts";
import { loadPlugins } from "./plugin-loader.ts";
import type { Plugins } from "./plugins.ts";
import type {
  DurableExecutionConfig,
  DurableExecutionHandler,
  DurableHandlerTypes,
  DurableLambdaHandler,
} from "./types/execution.ts";
import type { LambdaContext } from "./types/lambda.ts";
import type { DurableLogger } from "./types/logger.ts";
import type { AnySchema, SchemaInput, SchemaOutput } from "./types/schema.ts";
import type { DurableExecutionInvocationInput, DurableExecutionInvocationOutput } from "./types/wire.ts";
import { validated } from "./validation.ts";

/** Handlers that were made here. */
const made = new WeakSet<object>();

/**
 * Makes a Lambda handler of a durable one. Throws a TypeError for something that is no function, and for a handler that
 * is durable already.
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
  config?: DurableExecutionConfig & { eventSchema?: undefined },
): DurableLambdaHandler & DurableHandlerTypes<TEvent, TResult>;
export function withDurableExecution<
  Schema extends AnySchema,
  // biome-ignore lint/suspicious/noExplicitAny: it is inferred from the handler.
  TResult = any,
  TLogger extends DurableLogger = DurableLogger,
>(
  handler: DurableExecutionHandler<SchemaOutput<Schema>, TResult, TLogger>,
  config: DurableExecutionConfig & { eventSchema: Schema },
): DurableLambdaHandler & DurableHandlerTypes<SchemaInput<Schema>, TResult>;
export function withDurableExecution(
  handler: DurableExecutionHandler,
  config: DurableExecutionConfig = {},
): DurableLambdaHandler {
  if (typeof handler !== "function") {
    throw new TypeError(`withDurableExecution needs a function: its handler is ${describe(handler)}.`);
  }
  if (made.has(handler)) throw new TypeError(WRAPPED_TWICE);
  const loading = loadPlugins(config.plugins);
  loading.catch(() => {}); // It is reported by the invocations.
  const durable: DurableLambdaHandler = async (event, lambdaContext) => {
    if (!event?.DurableExecutionArn || !event.CheckpointToken) {
      // AWS's SDK, around this handler, has given it a durable context.
      if (lambdaContext && "executionContext" in lambdaContext) throw new TypeError(WRAPPED_TWICE);
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
      return await invocation(event, lambdaContext, handler, config, plugins, transport);
    } catch (error) {
      if (isFatalForExecution(error)) return failed(error);
      throw error;
    }
  };
  made.add(durable);
  return durable;
}

const WRAPPED_TWICE =
  "withDurableExecution was given a handler that is durable already: it has been wrapped twice. Wrap it once, where it is exported.";

function describe(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

async function invocation(
  invocationInput: DurableExecutionInvocationInput,
  lambdaContext: LambdaContext,
  handler: DurableExecutionHandler,
  config: DurableExecutionConfig,
  plugins: Plugins | undefined,
  transport: DurableTransport,
): Promise<DurableExecutionInvocationOutput> {
  const operations = await loadOperations(invocationInput, transport);
  const execution = new Execution(invocationInput, lambdaContext, operations, transport, plugins);
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
  const { eventSchema } = config;
  const event = (): unknown => (eventSchema ? validated(eventSchema, input, "The event") : input);
  const run = (hooks?: InvocationHooks): Promise<DurableExecutionInvocationOutput> =>
    runHandler(execution, () => context.run(async () => handler(await event(), context)), hooks);
  try {
    if (!plugins) return await run();
    return await new InvocationHooks(execution, plugins, invocationInput, input, isFirst).around(run);
  } finally {
    execution.close();
  }
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
