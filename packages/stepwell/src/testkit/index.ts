export {
  CloudDurableTestRunner,
  type CloudDurableTestRunnerConfig,
  type CloudDurableTestRunnerParameters,
} from "./aws/cloud-runner.ts";
export {
  LocalDurableTestRunner,
  type LocalDurableTestRunnerParameters,
  type LocalDurableTestRunnerSetupParameters,
} from "./aws/local-runner.ts";
export {
  type CallbackDetails,
  type ChainedInvokeDetails,
  type ContextDetails,
  type DurableOperation,
  type DurableTestRunner,
  ExecutionStatus,
  type Invocation,
  InvocationType,
  type InvokeRequest,
  type Operation,
  OperationStatus,
  OperationType,
  type StepDetails,
  type TestResult,
  type TestResultError,
  WaitingOperationStatus,
  type WaitResultDetails,
  type WireOperation,
} from "./aws/types.ts";
export type { CallbackFailure, TestCallback } from "./callback.ts";
export { DurableTestError, ExecutionFailedError } from "./errors.ts";
export { type Exploration, type ExploreOptions, explore, type Scenario } from "./explore/explore.ts";
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
