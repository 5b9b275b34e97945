import type { ExecutionIdentity, JournalRow } from "./journal-row.ts";
import type { ErrorObject, ExecutionStatus, Operation } from "./types.ts";

/** An invocation under way: its epoch is part of every checkpoint token it holds. */
export interface RunningInvocation {
  readonly epoch: number;
  readonly requestId: string;
  readonly startedAtMs: number;
}

/** Everything about an execution but its operations. */
export interface ExecutionHeader {
  readonly identity: ExecutionIdentity;
  readonly startedAtMs: number;
  readonly inputPayload: string | undefined;
  status: ExecutionStatus;
  endedAtMs?: number;
  result?: string;
  error?: ErrorObject;
  /** The last row's seq, and the last event's id. */
  seq: number;
  eventId: number;
  epoch: number;
  invocation?: RunningInvocation | undefined;
  /** The last invocation was lost with its host: the handler must be called again, without delay. */
  interrupted: boolean;
  /** Invocations that failed in a row, and when the next may start. */
  failures: number;
  retryAtMs?: number | undefined;
  /** A result handed in ahead of the handler's return. */
  outcome?: {
    readonly Status: "SUCCEEDED" | "FAILED";
    readonly Result?: string;
    readonly Error?: ErrorObject;
  };
  /** Characters of all rows' payloads: the measure of the execution's size. */
  sizeBytes: number;
}

/** When the service itself must do something about an open operation. */
export interface Deadlines {
  /** A wait's end, or a step's next attempt. */
  readonly dueAtMs?: number;
  /** A callback's timeouts. */
  readonly timeoutAtMs?: number;
  readonly heartbeatAtMs?: number;
  readonly heartbeatSeconds?: number;
}

/** An execution folded from its journal. Only a Draft changes it, once its rows are committed. */
export class ExecutionState {
  header: ExecutionHeader;
  /** By id, in order of creation; the EXECUTION operation is not among them. */
  readonly operations = new Map<string, Operation>();
  readonly deadlines = new Map<string, Deadlines>();
  /** Operations that changed outside since the handler last heard from the service. */
  unseen: ReadonlySet<string> = new Set();

  constructor(header: ExecutionHeader) {
    this.header = header;
  }

  /** Every open operation that has a deadline. */
  allDeadlines(): Iterable<readonly [string, Deadlines]> {
    return this.deadlines;
  }
}

/** The header of a journal that consists of its first row. */
export function firstHeader(row: JournalRow): ExecutionHeader {
  const payload = row.data.details?.Input?.Payload;
  return {
    identity: row.data.internal!.identity!,
    startedAtMs: row.atMs,
    inputPayload: payload,
    status: "RUNNING",
    seq: 1,
    eventId: 1,
    epoch: 0,
    interrupted: false,
    failures: 0,
    sizeBytes: payload?.length ?? 0,
  };
}
