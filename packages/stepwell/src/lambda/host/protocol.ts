import type {
  CheckpointReply,
  InvocationEnvelope,
  PortCheckpoint,
  StatePage,
  StateRequest,
} from "../../durable/types.ts";
import type { FunctionError } from "./host.ts";
import type { PortError } from "./port-error.ts";

/**
 * What the server, a child process and an instance (a worker thread in that child) say to each other.
 *
 * Control travels between server and child over Node's IPC; data travels between server and instance over one socket
 * of their own, so that a checkpoint never passes through the child's main thread.
 */

/** The server's end of what it and an instance say to each other. */
export interface InstanceConnection {
  send(message: ToInstance): void;
}

/** Server to instance. `id` numbers an invocation, `call` a request of the instance's. */
export type ToInstance =
  | InvokeMessage
  | { readonly kind: "reply"; readonly call: number; readonly value: CheckpointReply | StatePage | null }
  | { readonly kind: "refusal"; readonly call: number; readonly error: PortError }
  /** Something outside has changed an operation of a durable invocation. */
  | { readonly kind: "news"; readonly id: number };

export interface InvokeMessage {
  readonly kind: "invoke";
  readonly id: number;
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  /** What `getRemainingTimeInMillis` counts down from. */
  readonly timeoutMs: number;
  /** Server's clock minus the machine's: what `Date` is shifted by inside the instance. */
  readonly dateOffsetMs: number;
  readonly clientContext?: string;
  readonly tenantId?: string;
  readonly traceId?: string;
  /** The event: JSON text of a plain function, or the envelope of a durable one and what its port can do. */
  readonly event:
    | { readonly json: string }
    | { readonly durable: InvocationEnvelope; readonly port: PortAbilities };
}

/** What the server's end of a durable port can do; see DurablePort. */
export interface PortAbilities {
  readonly mostUpdates?: number | undefined;
  readonly leaves: boolean;
}

/** Instance to server. */
export type FromInstance =
  | { readonly kind: "hello"; readonly token: string }
  | { readonly kind: "loaded" }
  /** The handler could not be loaded; the instance ends. */
  | { readonly kind: "loadFailed"; readonly error: FunctionError }
  | {
      readonly kind: "result";
      readonly id: number;
      readonly outcome: HandlerOutcome;
      /** A durable invocation's last checkpoint, to be stored with its end. */
      readonly last?: PortCheckpoint | undefined;
      readonly memoryMb: number;
      readonly droppedLogBytes: number;
    }
  | {
      readonly kind: "checkpoint";
      readonly id: number;
      readonly call: number;
      readonly request: PortCheckpoint;
    }
  | { readonly kind: "getState"; readonly id: number; readonly call: number; readonly request: StateRequest }
  /** A part of a streamed response; the reply asks for the next. */
  | { readonly kind: "chunk"; readonly id: number; readonly call: number; readonly request: ResponseChunk }
  /** What an invocation wrote; id 0 while the handler is being loaded. */
  | { readonly kind: "log"; readonly id: number; readonly requestId: string; readonly text: string }
  /** An uncaught exception or unhandled rejection: the invocations named have failed with it, and the instance ends. */
  | { readonly kind: "fatal"; readonly ids: readonly number[]; readonly error: FunctionError };

export interface ResponseChunk {
  readonly base64: string;
  /** Of the whole response; at most in its first part. */
  readonly contentType?: string;
}

/** How one call of the handler ended. */
export type HandlerOutcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly kind: "handler" | "runtime"; readonly error: FunctionError };

/** Server to child. */
export type ToChild =
  | {
      readonly kind: "start";
      readonly instance: number;
      readonly setup: InstanceSetup;
      readonly environment: Readonly<Record<string, string>>;
      readonly memoryMb: number;
    }
  | { readonly kind: "terminate"; readonly instance: number }
  /** Whether to say which instances wait on I/O. */
  | { readonly kind: "watch"; readonly on: boolean };

/** Child to server. */
export type FromChild =
  | { readonly kind: "ready"; readonly debugged: boolean }
  | {
      readonly kind: "exited";
      readonly instance: number;
      readonly end: ThreadEnd;
    }
  /** The instances whose event loop was idle since the last report. */
  | { readonly kind: "waiting"; readonly instances: readonly number[] };

/** How an instance's thread ended. */
export interface ThreadEnd {
  readonly exitCode: number;
  /** Whether it had reached the server, whose connection to it will therefore close too. */
  readonly connected: boolean;
  /** The latest invocation that it had begun; what it was handed after that can run elsewhere. */
  readonly begun: number;
  /** Whether it needed more memory than its function has. */
  readonly outOfMemory: boolean;
}

/** What a thread is started with: `shared` is where it and the child's main thread see each other's state. */
export interface InstanceData {
  readonly setup: InstanceSetup;
  readonly shared: Int32Array;
}

/** Indices into `shared`. 1 once the instance has reached the server. */
export const CONNECTED = 0;
/** How many invocations it runs. */
export const RUNNING = 1;
/** 1 while the main thread does not look: the instance tells it when it takes up an invocation. */
export const ASLEEP = 2;
/** The latest invocation that it has begun. */
export const BEGUN = 3;
export const SHARED_LENGTH = 4;

/** What an instance needs to know from its start. */
export interface InstanceSetup {
  readonly socketPath: string;
  readonly token: string;
  readonly handler: string;
  readonly folder: string;
  readonly functionName: string;
  readonly version: string;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly logStream: string;
}
