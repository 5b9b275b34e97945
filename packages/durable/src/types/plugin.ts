import type { DurableExecutionInvocationOutput } from "./wire.ts";

/** Version of the contract between the SDK and plugins named in DURABLE_EXECUTION_PLUGINS. */
export const DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION = 1;

export const PluginInvocationStatus = {
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  PENDING: "PENDING",
  /** The invocation failed; the service invokes again. */
  RETRYING: "RETRYING",
} as const;
export type PluginInvocationStatus = (typeof PluginInvocationStatus)[keyof typeof PluginInvocationStatus];

export const PluginOperationStatus = {
  STARTED: "STARTED",
  READY: "READY",
  PENDING: "PENDING",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  TIMED_OUT: "TIMED_OUT",
  STOPPED: "STOPPED",
  CANCELLED: "CANCELLED",
} as const;
export type PluginOperationStatus = (typeof PluginOperationStatus)[keyof typeof PluginOperationStatus];

export const AttemptEndInfoOutcome = { SUCCEEDED: "SUCCEEDED", FAILED: "FAILED" } as const;
export type AttemptEndInfoOutcome = (typeof AttemptEndInfoOutcome)[keyof typeof AttemptEndInfoOutcome];

export interface OperationInfo {
  id: string;
  name?: string | undefined;
  type: string;
  subType?: string | undefined;
  parentId?: string | undefined;
  status?: PluginOperationStatus | undefined;
  startTimestamp?: Date | undefined;
  endTimestamp?: Date | undefined;
  /** As stored. */
  result?: string | undefined;
  error?: Error | undefined;
  /** Steps only: attempts that have ended, or in attempt hooks the present one, from 1. */
  attempt?: number | undefined;
  /** The operation was already stored when this invocation came to it. */
  isReplay: boolean;
  /** Contexts only: the body runs again over operations that are already stored. */
  isReplayingChildren?: boolean | undefined;
}

export interface OperationEndInfo extends OperationInfo {
  error?: Error | undefined;
}

export interface AttemptInfo extends OperationInfo {
  attempt: number;
}

export interface AttemptEndInfo extends AttemptInfo {
  outcome: AttemptEndInfoOutcome;
  error?: Error | undefined;
}

export interface InvocationBaseInfo {
  requestId: string;
  executionArn: string;
  /** The execution's input, parsed. */
  executionInput: unknown;
  /** By id. */
  operations: Record<string, OperationInfo>;
  /** When the execution, not the invocation, started. */
  executionStartTimestamp?: Date | undefined;
  isFirstInvocation: boolean;
}

export interface InvocationInfo extends InvocationBaseInfo {
  /** Those of `operations` that changed outside since the last invocation. */
  updatedOperations: Record<string, OperationInfo>;
}

export interface InvocationEndInfo extends InvocationBaseInfo {
  status: PluginInvocationStatus;
  executionResult?: unknown;
  executionError?: Error | undefined;
}

export interface OperationChangeInfo {
  executionArn: string;
  updatedOperations: Record<string, OperationInfo>;
  operations: Record<string, OperationInfo>;
}

export type CustomerFnResult = unknown;
export type CustomerFn = () => CustomerFnResult;

/**
 * Watches executions. The SDK waits for what a hook returns; what a hook throws is ignored. A `wrap` hook has to
 * call the function it is given and return its result.
 */
export interface DurableInstrumentationPlugin {
  onInvocationStart?(info: InvocationInfo): Promise<void>;
  wrapInvocation?(
    info: InvocationInfo,
    fn: () => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput>;
  /** The last moment to flush: the environment may be frozen once the invocation has ended. */
  onInvocationEnd?(info: InvocationEndInfo): Promise<void>;
  onOperationStart?(info: OperationInfo): Promise<void>;
  wrapChildContextFn?(info: OperationInfo, fn: CustomerFn): CustomerFnResult;
  onOperationEnd?(info: OperationEndInfo): Promise<void>;
  onOperationAttemptStart?(info: AttemptInfo): Promise<void>;
  wrapOperationAttemptFn?(info: AttemptInfo, fn: CustomerFn): CustomerFnResult;
  onOperationAttemptEnd?(info: AttemptEndInfo): Promise<void>;
  /** Operations changed, as told by the answer to a checkpoint. */
  onOperationChange?(info: OperationChangeInfo): Promise<void>;
  /** Added to every line of the default logger. */
  enrichLogContext?(): Record<string, string | number | boolean> | undefined;
}

export type DurableInstrumentationPluginType<
  Plugin extends DurableInstrumentationPlugin = DurableInstrumentationPlugin,
> = abstract new (
  ...args: never[]
) => Plugin;

/** What a module named in DURABLE_EXECUTION_PLUGINS exports as `durableExecutionPluginProvider`. */
export interface DurableInstrumentationPluginProvider<
  Plugin extends DurableInstrumentationPlugin = DurableInstrumentationPlugin,
> {
  readonly pluginApiVersion: typeof DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION;
  readonly pluginType: DurableInstrumentationPluginType<Plugin>;
  createPlugin(): Plugin;
}
