import type { ExecutionIdentity, JournalRow, RowData, RowKind } from "./journal-row.ts";
import { isPrivate } from "./journal-row.ts";
import { concernsOperation, isOpen, reduceOperation } from "./reduce.ts";
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
  readonly operations: Map<string, Operation>;
  readonly deadlines: Map<string, Deadlines>;
  /** Operations that changed outside since the handler last heard from the service. */
  unseen: ReadonlySet<string>;

  constructor(header: ExecutionHeader) {
    this.header = header;
    this.operations = new Map();
    this.deadlines = new Map();
    this.unseen = new Set();
  }

  /** Folds a journal from its first row. */
  static fold(rows: readonly JournalRow[]): ExecutionState {
    const [first, ...rest] = rows;
    if (first?.kind !== "ExecutionStarted") throw new Error("A journal begins with ExecutionStarted.");
    const state = new ExecutionState(firstHeader(first));
    state.catchUp(rest);
    return state;
  }

  /** Applies rows that were committed after the ones folded so far. */
  catchUp(rows: readonly JournalRow[]): void {
    for (const row of rows) {
      const draft = new Draft(this, row.atMs);
      if (row.seq !== this.header.seq + 1) {
        throw new Error(`The journal of ${this.header.identity.arn} misses row ${this.header.seq + 1}.`);
      }
      draft.append(row.kind, row.data);
      // What the handler itself decided, and all that its invocation began with, it knows.
      if (!HAPPENS_OUTSIDE.has(row.kind)) draft.markSeen();
      draft.adopt();
    }
  }
}

/** Changes of operations that the handler did not ask for in a checkpoint. */
const HAPPENS_OUTSIDE: ReadonlySet<RowKind> = new Set<RowKind>([
  "StepReady",
  "WaitSucceeded",
  "CallbackHeartbeat",
  "CallbackSucceeded",
  "CallbackFailed",
  "CallbackTimedOut",
  "ChainedInvokeSucceeded",
  "ChainedInvokeFailed",
  "ChainedInvokeTimedOut",
  "ChainedInvokeStopped",
  "InvocationCompleted",
]);

/** The header of a journal that consists of its first row. */
function firstHeader(row: JournalRow): ExecutionHeader {
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

/**
 * A decision in the making: rows to commit, and the state as it will be. Nothing of the base changes before
 * `adopt()`, which is called when the rows are durable; a draft whose commit failed is dropped.
 */
export class Draft {
  readonly base: ExecutionState;
  readonly nowMs: number;
  readonly header: ExecutionHeader;
  readonly rows: JournalRow[] = [];
  readonly #operations = new Map<string, Operation>();
  readonly #deadlines = new Map<string, Deadlines | undefined>();
  #unseen: Set<string> | undefined;

  constructor(base: ExecutionState, nowMs: number) {
    this.base = base;
    this.nowMs = nowMs;
    this.header = { ...base.header };
  }

  /** A draft of an execution that does not exist yet. */
  static begin(identity: ExecutionIdentity, inputPayload: string | undefined, nowMs: number): Draft {
    const data: RowData = {
      Id: identity.key.slice(identity.key.lastIndexOf("/") + 1),
      Name: identity.name,
      details: {
        Input: { ...(inputPayload === undefined ? {} : { Payload: inputPayload }), Truncated: false },
        ExecutionTimeout: identity.executionTimeoutSeconds,
      },
      internal: { identity },
    };
    const row: JournalRow = { seq: 1, eventId: 1, kind: "ExecutionStarted", atMs: nowMs, data };
    const draft = new Draft(new ExecutionState(firstHeader(row)), nowMs);
    draft.rows.push(row);
    return draft;
  }

  operation(id: string): Operation | undefined {
    return this.#operations.get(id) ?? this.base.operations.get(id);
  }

  deadlines(id: string): Deadlines | undefined {
    return this.#deadlines.has(id) ? this.#deadlines.get(id) : this.base.deadlines.get(id);
  }

  /** Every open operation that has a deadline. */
  *allDeadlines(): Iterable<readonly [string, Deadlines]> {
    for (const [id, deadlines] of this.base.deadlines) {
      if (!this.#deadlines.has(id)) yield [id, deadlines];
    }
    for (const [id, deadlines] of this.#deadlines) if (deadlines) yield [id, deadlines];
  }

  /** All operations as they will be, in order of creation. */
  *allOperations(): Iterable<Operation> {
    for (const [id, operation] of this.base.operations) yield this.#operations.get(id) ?? operation;
    for (const [id, operation] of this.#operations) if (!this.base.operations.has(id)) yield operation;
  }

  operationCount(): number {
    let added = 0;
    for (const id of this.#operations.keys()) if (!this.base.operations.has(id)) added++;
    return this.base.operations.size + added;
  }

  /** Ids that the handler has not heard of, oldest first. */
  unseen(): ReadonlySet<string> {
    return this.#unseen ?? this.base.unseen;
  }

  /** The handler is about to hear of everything, with the reply to a checkpoint. */
  markSeen(): void {
    if (this.unseen().size > 0) this.#unseen = new Set();
  }

  append(kind: RowKind, data: RowData): void {
    const { header } = this;
    header.seq++;
    if (!isPrivate(kind)) header.eventId++;
    this.rows.push({
      seq: header.seq,
      eventId: isPrivate(kind) ? null : header.eventId,
      kind,
      atMs: this.nowMs,
      data,
    });
    header.sizeBytes += payloadLength(data);
    if (concernsOperation(kind)) {
      const id = data.Id!;
      const operation = reduceOperation(this.operation(id), kind, data, this.nowMs);
      this.#operations.set(id, operation);
      // A heartbeat changes nothing that a handler could see.
      if (kind !== "CallbackHeartbeat") {
        this.#unseen ??= new Set(this.base.unseen);
        this.#unseen.add(id);
      }
      this.#setDeadlines(id, operation, kind, data);
    } else {
      foldHeader(header, kind, data, this.nowMs);
    }
  }

  /** Makes the draft the state. Call it when its rows are durable. */
  adopt(): ExecutionState {
    const { base } = this;
    base.header = this.header;
    for (const [id, operation] of this.#operations) base.operations.set(id, operation);
    for (const [id, deadlines] of this.#deadlines) {
      if (deadlines) base.deadlines.set(id, deadlines);
      else base.deadlines.delete(id);
    }
    if (this.#unseen) base.unseen = this.#unseen;
    return base;
  }

  #setDeadlines(id: string, operation: Operation, kind: RowKind, data: RowData): void {
    if (kind === "CallbackStarted") {
      const { Timeout, HeartbeatTimeout } = data.details!;
      this.#deadlines.set(id, {
        ...(Timeout ? { timeoutAtMs: this.nowMs + Timeout * 1000 } : {}),
        ...(HeartbeatTimeout
          ? { heartbeatSeconds: HeartbeatTimeout, heartbeatAtMs: this.nowMs + HeartbeatTimeout * 1000 }
          : {}),
      });
    } else if (kind === "CallbackHeartbeat") {
      const before = this.deadlines(id);
      if (before?.heartbeatSeconds !== undefined) {
        this.#deadlines.set(id, { ...before, heartbeatAtMs: this.nowMs + before.heartbeatSeconds * 1000 });
      }
    } else {
      const dueAtMs = isOpen(operation)
        ? (operation.WaitDetails?.ScheduledEndTimestamp ?? operation.StepDetails?.NextAttemptTimestamp)
        : undefined;
      if (dueAtMs !== undefined) this.#deadlines.set(id, { dueAtMs });
      else if (this.deadlines(id)) this.#deadlines.set(id, undefined);
    }
  }
}

function foldHeader(header: ExecutionHeader, kind: RowKind, data: RowData, atMs: number): void {
  switch (kind) {
    case "InvocationStarted": {
      const { epoch, requestId } = data.internal!;
      header.epoch = epoch!;
      header.invocation = { epoch: epoch!, requestId: requestId!, startedAtMs: atMs };
      header.interrupted = false;
      header.retryAtMs = undefined;
      break;
    }
    case "InvocationCompleted": {
      const retryDelayMs = data.internal?.retryDelayMs;
      header.invocation = undefined;
      header.failures = retryDelayMs === undefined ? 0 : header.failures + 1;
      header.retryAtMs = retryDelayMs === undefined ? undefined : atMs + retryDelayMs;
      break;
    }
    case "OutcomeRecorded":
      header.outcome = data.internal!.outcome!;
      break;
    default: {
      const { Result, Error } = data.details ?? {};
      header.status = CLOSED[kind as keyof typeof CLOSED];
      header.endedAtMs = atMs;
      if (Result?.Payload !== undefined) header.result = Result.Payload;
      if (Error?.Payload !== undefined) header.error = Error.Payload;
    }
  }
}

const CLOSED = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionStopped: "STOPPED",
} as const satisfies Partial<Record<RowKind, ExecutionStatus>>;

function payloadLength(data: RowData): number {
  const { Input, Result, Error } = data.details ?? {};
  return (
    (Input?.Payload?.length ?? 0) +
    (Result?.Payload?.length ?? 0) +
    (Error?.Payload?.ErrorMessage?.length ?? 0) +
    (Error?.Payload?.ErrorData?.length ?? 0) +
    (data.internal?.outcome?.Result?.length ?? 0)
  );
}
