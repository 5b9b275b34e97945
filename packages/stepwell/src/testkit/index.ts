export type { CallbackFailure, TestCallback } from "./callback.ts";
export { DurableTestError, ExecutionFailedError } from "./errors.ts";
export type { LogEntry } from "./logs.ts";
export type { OperationSelector, TestOperation } from "./operation.ts";
export type { TestInvocation, TestRun } from "./run.ts";
export {
  type DurableHandler,
  type DurableTest,
  type DurableTestOptions,
  type StartOptions,
  testDurable,
} from "./test-durable.ts";
