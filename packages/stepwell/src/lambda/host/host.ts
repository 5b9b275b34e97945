import type { DurablePort, InvocationEnvelope } from "../../durable/types.ts";
import type { JsonLogging } from "./json-logging.ts";

/** A version of a function's code as a host needs it. */
export interface FunctionCode {
  /** `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, without a qualifier. */
  readonly functionArn: string;
  readonly functionName: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** AWS's name of the runtime, such as `python3.12`; absent: Node.js. */
  readonly runtime?: string;
  /** Changes when code or configuration changes: instances of another revision are drained and replaced. */
  readonly revision: string;
  /** The folder that holds the code; it is the host process's working directory, as on AWS. */
  readonly folder: string;
  /** The folder with the merged contents of its layers, which AWS mounts as `/opt`; absent when it has none. */
  readonly optFolder?: string;
  /** `file.export`, the file relative to the folder and without its ending. */
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** How many invocations one instance takes at a time (AWS: PerExecutionEnvironmentMaxConcurrency); 1 by default. */
  readonly concurrency: number;
  /** Its reserved concurrency, of all versions together; absent when it has none. */
  readonly reserved?: number;
  /** The function's own variables; the host adds AWS's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  /** Present when its log is JSON. */
  readonly jsonLogging?: JsonLogging;
}

export interface InvocationRequest {
  readonly code: FunctionCode;
  readonly requestId: string;
  /** The ARN the caller used, qualifier included: `context.invokedFunctionArn`. */
  readonly invokedFunctionArn: string;
  /** The event: JSON text for a plain function, the envelope for a durable one. */
  readonly event:
    | { readonly json: string }
    | { readonly durable: InvocationEnvelope; readonly port: DurablePort };
  /** Base64 of JSON, as the header carries it. */
  readonly clientContext?: string;
  readonly tenantId?: string;
  /** The X-Ray header, for `_X_AMZN_TRACE_ID`. */
  readonly traceId?: string;
  /** Synchronous invocations are taken before others when instances are scarce. */
  readonly synchronous: boolean;
  /**
   * Names what is tried again when it is lost, the same for all of its attempts; absent where a caller gets the answer
   * instead. The first loss of its process is then not the function's failure, see `Kills`.
   */
  readonly attemptOf?: string;
  /** Called when an instance has been handed the invocation. */
  readonly onStart?: () => void;
  /**
   * Takes a streamed response as it is written; the next part comes once it resolves. Without it, what is streamed is
   * the result's payload.
   */
  readonly onChunk?: OnChunk;
}

/** `contentType` is the whole response's; it comes with the first chunk at most. */
export type OnChunk = (chunk: Uint8Array, contentType?: string) => Promise<void>;

/** An error as Lambda reports it in a response's body. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
  /** The error as the function's own runtime put it: text that the caller gets as it is. */
  readonly payload?: string;
}

export type InvocationResult =
  | {
      readonly ok: true;
      /**
       * JSON text; "null" when a Node.js handler returned undefined. A function that brings its own runtime may answer
       * with any text, as on AWS.
       */
      readonly payload: string;
    }
  | {
      readonly ok: false;
      /**
       * `handler`: the handler threw or rejected. `runtime`: the code could not run or broke (import error, timeout,
       * exit, crash, memory). `lost`: the host was stopped by us, or killed, while it ran: not the function's failure.
       */
      readonly kind: "handler" | "runtime" | "lost";
      readonly error: FunctionError;
    };

export interface InvocationReport {
  readonly result: InvocationResult;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The last 4 KB of what the invocation logged, with AWS's START, END and REPORT lines. */
  readonly logTail: string;
}

export interface Invokes {
  /** Runs one invocation, now or as soon as an instance is free; the promise never rejects. */
  invoke(request: InvocationRequest): Promise<InvocationReport>;
}

/** What runs functions. */
export interface Host extends Invokes {
  /** Lets running invocations end (until `graceMs` has passed), then stops every instance. */
  close(graceMs?: number): Promise<void>;
}

/** A line that a function wrote. */
export interface LogLine {
  readonly functionArn: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly requestId: string;
  readonly atMs: number;
  readonly message: string;
}
export type LogSink = (lines: readonly LogLine[]) => void;
