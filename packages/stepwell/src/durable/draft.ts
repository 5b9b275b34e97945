import type { ExecutionIdentity, JournalRow, RowData, RowKind } from "./journal-row.ts";
import { isPrivate } from "./journal-row.ts";
import { concernsOperation, isOpen, reduceOperation } from "./reduce.ts";
import { foldHeader, payloadLength } from "./reduce-header.ts";
import { type Deadlines, type ExecutionHeader, ExecutionState, firstHeader } from "./state.ts";
import type { Operation } from "./types.ts";

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
  /** How many operations begin in this draft. */
  #added = 0;
  #unseen: Set<string> | undefined;
  readonly #adopted: (() => void)[] = [];

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
  allDeadlines(): Iterable<readonly [string, Deadlines]> {
    return this.#deadlines.size === 0 ? this.base.deadlines : this.#changedDeadlines();
  }

  *#changedDeadlines(): Iterable<readonly [string, Deadlines]> {
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
    return this.base.operations.size + this.#added;
  }

  /** Ids that the handler has not heard of, oldest first. */
  unseen(): ReadonlySet<string> {
    return this.#unseen ?? this.base.unseen;
  }

  /** The handler is about to hear of everything, with the reply to a checkpoint; or knows all `but` these. */
  markSeen(but?: ReadonlySet<string>): void {
    if (this.unseen().size > 0 || but) this.#unseen = new Set(but);
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
      const before = this.operation(id);
      if (!before) this.#added++;
      const operation = reduceOperation(before, kind, data, this.nowMs);
      this.#operations.set(id, operation);
      // A heartbeat changes nothing that a handler could see.
      if (kind !== "CallbackHeartbeat") this.#addUnseen(id);
      this.#setDeadlines(id, operation, kind, data);
    } else {
      foldHeader(header, kind, data, this.nowMs);
      for (const id of data.internal?.unheard ?? []) this.#addUnseen(id);
    }
  }

  #addUnseen(id: string): void {
    this.#unseen ??= new Set(this.base.unseen);
    this.#unseen.add(id);
  }

  /** Has something done when, and only when, the draft becomes the state. */
  onAdopt(then: () => void): void {
    this.#adopted.push(then);
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
    for (const then of this.#adopted) then();
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
