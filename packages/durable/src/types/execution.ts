import type { DurableContext } from "./context.ts";
import type { LambdaContext } from "./lambda.ts";
import type { DurableLogger } from "./logger.ts";
import type { DurableInstrumentationPlugin } from "./plugin.ts";
import type { AnySchema } from "./schema.ts";
import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
} from "./wire.ts";

/**
 * A durable handler: the execution's input and a durable context in, the execution's result out. It runs again from
 * the start whenever the execution goes on; operations that are complete then return what is stored.
 */
export type DurableExecutionHandler<
  // biome-ignore-start lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
  TEvent = any,
  TResult = any,
  // biome-ignore-end lint/suspicious/noExplicitAny: a handler that does not say what it takes takes anything.
  TLogger extends DurableLogger = DurableLogger,
> = (event: TEvent, context: DurableContext<TLogger>) => Promise<TResult>;

/** What Lambda, or Stepwell, calls. */
export type DurableLambdaHandler = (
  event: DurableExecutionInvocationInput,
  context: LambdaContext,
) => Promise<DurableExecutionInvocationOutput>;

declare const handlerTypes: unique symbol;

/**
 * What a handler made by withDurableExecution takes and results in, for tools that infer it, such as tests. For the
 * compiler only: there is no such property.
 */
export interface DurableHandlerTypes<TEvent, TResult> {
  readonly [handlerTypes]?: { readonly event: TEvent; readonly result: TResult };
}

/**
 * A way to the service. It throws a DurableExecutionClientError to say how far a failure reaches; errors with AWS's
 * names and `$metadata` are understood too, and any other one interrupts the invocation.
 */
export interface DurableExecutionClient {
  getExecutionState(
    params: GetDurableExecutionStateRequest,
    logger?: DurableLogger,
  ): Promise<GetDurableExecutionStateResponse>;
  checkpoint(
    params: CheckpointDurableExecutionRequest,
    logger?: DurableLogger,
  ): Promise<CheckpointDurableExecutionResponse>;
}

/** As much of a LambdaClient as is used. */
export interface LambdaClient {
  // biome-ignore lint/suspicious/noExplicitAny: a client's `send` is generic over all of its commands.
  send(command: any): Promise<any>;
}

export interface DurableExecutionConfig {
  /**
   * For the event: the handler is given what the schema gives back. It is asked in every invocation. An event that does
   * not match fails the execution with a SchemaValidationError, and no code of the handler runs.
   */
  eventSchema?: AnySchema;
  /** @deprecated Use `durableExecutionClient: new DurableExecutionApiClient(client)`. */
  client?: LambdaClient;
  /** How checkpoints travel. @defaultValue Stepwell's own port where there is one, else Lambda's API */
  durableExecutionClient?: DurableExecutionClient;
  plugins?: DurableInstrumentationPlugin[];
  pluginsConfig?: {
    /**
     * How many levels of child contexts keep their operations after they end, so that plugins can see them in later
     * invocations; Infinity keeps all. @defaultValue 0
     */
    childOperationsDepth?: number;
  };
}
