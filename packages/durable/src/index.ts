export {
  DurableExecutionClientError,
  type DurableExecutionClientErrorOptions,
  DurableExecutionClientErrorScope,
  isDurableExecutionClientError,
} from "./client-error.ts";
export { DurableExecutionInvocationInputWithClient } from "./clients.ts";
export { DurablePromise } from "./durable-promise.ts";
export type { Duration } from "./duration.ts";
export { NonDeterministicExecutionError } from "./ending.ts";
export {
  BatchCompletionError,
  CallbackError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  ChildContextError,
  CompensationError,
  type CompensationFailure,
  DurableOperationError,
  InvokeError,
  PromiseCombinatorError,
  SchemaValidationError,
  StepError,
  StepInterruptedError,
  StepTimeoutError,
  WaitForConditionError,
} from "./errors.ts";
export {
  createFileSystemSerdes,
  FileSystemPathEncoding,
  type FileSystemSerdesConfig,
  FileSystemSerdesMode,
} from "./file-system-serdes.ts";
export { DurableExecutionApiClient } from "./lambda-client.ts";
export { PluginLoadError } from "./plugin-loader.ts";
export {
  buildPreview,
  FieldMatchMode,
  type PreviewConfig,
  type PreviewField,
  PreviewMode,
} from "./preview.ts";
export {
  createLinearRetryStrategy,
  createRetryStrategy,
  JitterStrategy,
  type LinearRetryStrategyConfig,
  type RetryStrategyConfig,
  retryPresets,
} from "./retry.ts";
export {
  type AnySerdes,
  type AnySerdesDeserializer,
  createClassSerdes,
  createClassSerdesWithDates,
  defaultSerdes,
  type Serdes,
  type SerdesConfig,
  type SerdesContext,
} from "./serdes.ts";
export * from "./types/batch.ts";
export type { DurableContext, DurablePromiseCombinators } from "./types/context.ts";
export type * from "./types/execution.ts";
export type { LambdaContext } from "./types/lambda.ts";
export type * from "./types/logger.ts";
export * from "./types/operations.ts";
export * from "./types/plugin.ts";
export type * from "./types/schema.ts";
export * from "./types/wire.ts";
export { refreshLogConfig } from "./verbose.ts";
export { SDK_VERSION } from "./version.ts";
export { createWaitStrategy, type WaitStrategyConfig } from "./wait-strategy.ts";
export { withDurableExecution } from "./with-durable-execution.ts";
export { type RetryableFunc, type WithRetryConfig, withRetry } from "./with-retry.ts";
