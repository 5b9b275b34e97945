import type { CallContext } from "../kernel/context.ts";
import type { FunctionCode, InvocationReport } from "./host/host.ts";

/** A version of a function as other parts of Stepwell see it. */
export interface LambdaFunction {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Without a qualifier. */
  readonly arn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** Whether each of its invocations must be for a tenant; absent where that is left to the caller. */
  readonly perTenant?: boolean;
  /** Set for a durable function (https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html). */
  readonly durable?: { readonly executionTimeoutSeconds: number; readonly retentionDays: number };
}

export interface NamedVersions {
  readonly name: string;
  /** Absent for all. */
  readonly versions?: readonly string[];
}

/** Where functions are looked up. */
export interface FunctionCatalog {
  /** A version of a function, or undefined. */
  find(account: string, region: string, name: string, version: string): Promise<LambdaFunction | undefined>;
  /**
   * The function that a name, a partial ARN or an ARN stands for, with or without a qualifier. Throws
   * ResourceNotFoundException, or what else AWS says of such a name.
   */
  resolve(account: string, region: string, functionName: string, qualifier?: string): Promise<LambdaFunction>;
  /**
   * The function that such a name stands for, and the versions that its qualifier does: one, or both of an alias that
   * splits; all of them without a qualifier. Throws ResourceNotFoundException.
   */
  named(account: string, region: string, functionName: string, qualifier?: string): Promise<NamedVersions>;
  /** Its code, unpacked and ready for a host. Throws ResourceNotFoundException when the function is gone. */
  code(account: string, region: string, name: string, version: string): Promise<FunctionCode>;
}

export interface DurableStart {
  readonly fn: LambdaFunction;
  /** JSON text. */
  readonly payload: string;
  readonly executionName?: string;
  readonly tenantId?: string;
  readonly traceHeader?: string;
  /** Whether the caller waits for the result (RequestResponse). */
  readonly synchronous: boolean;
}

export interface DurableStarted {
  readonly executionArn: string;
  /** For a synchronous start: the execution's end, or undefined when the caller went away before it. */
  readonly ended?: Promise<DurableEnd | undefined>;
}

export interface DurableEnd {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";
  readonly result?: string;
  readonly error?: {
    readonly ErrorMessage?: string;
    readonly ErrorType?: string;
    readonly StackTrace?: readonly string[];
  };
  /** The log tail of the last invocation, when it ran on this node. */
  readonly report?: InvocationReport;
}

/** Starts durable executions; Lambda's Invoke hands durable functions to it. */
export interface DurableInvoker {
  /** Durable when it resolves. Throws DurableExecutionAlreadyStartedException. */
  start(context: CallContext, request: DurableStart): Promise<DurableStarted>;
}
