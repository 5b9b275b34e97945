import { isPrivate, type JournalRow } from "../../durable/journal-row.ts";

/** What a journal that is complete must not have, each as a sentence; empty when it is well-formed. */
export function brokenRules(rows: readonly JournalRow[]): string[] {
  const broken: string[] = [];
  const rule = (holds: boolean, row: JournalRow, text: string) => {
    if (!holds) broken.push(`row ${row.seq} (${row.kind} ${row.data.Name ?? row.data.Id ?? ""}): ${text}`);
  };
  const operations = new Map<string, OperationRules>();
  let eventId = 0;
  let epoch = 0;
  let previous: JournalRow | undefined;
  for (const [i, row] of rows.entries()) {
    rule(row.seq === i + 1, row, "seq is not dense");
    if (!isPrivate(row.kind)) rule(row.eventId === ++eventId, row, "event_id is not dense");
    rule(row.atMs >= (previous?.atMs ?? 0), row, "it is before the one before it");
    rule((row.kind === "ExecutionStarted") === (i === 0), row, "ExecutionStarted is not the first");
    const closes = /^Execution(?!Started)/.test(row.kind);
    rule(closes === (i === rows.length - 1), row, "the row that closes it is not the last");
    if (row.kind === "InvocationStarted")
      rule(row.data.internal?.epoch === ++epoch, row, "its epoch is not the next");
    if (row.kind === "InvocationCompleted") {
      rule(row.data.details!.StartTimestamp! >= (rows[0]?.atMs ?? 0), row, "it began before the execution");
    }
    if (row.data.Id !== undefined && i > 0) {
      const operation = operations.get(row.data.Id) ?? new OperationRules();
      operations.set(row.data.Id, operation);
      for (const text of operation.take(row)) rule(false, row, text);
      const parent = row.data.ParentId === undefined ? undefined : operations.get(row.data.ParentId);
      if (row.data.ParentId !== undefined)
        rule(parent?.type === "Context", row, "its parent is not a context that was begun");
      if (row.kind.endsWith("Started")) rule(!parent?.ended, row, "its parent has ended");
    }
    previous = row;
  }
  return broken;
}

/** The rules of one operation's rows. */
class OperationRules {
  type = "";
  ended = false;
  #started = false;
  #attempt = 0;
  #dueAtMs = 0;
  #heartbeatAtMs: number | undefined;
  #heartbeatMs = 0;

  *take({ kind, data, atMs }: JournalRow): Iterable<string> {
    const [, type = "", what = ""] = /^(Step|Wait|Callback|Context|ChainedInvoke)(\w+)$/.exec(kind) ?? [];
    if (this.type && type !== this.type) yield `it was a ${this.type}`;
    this.type = type;
    if (this.ended) yield "it had ended";
    if (what === "Started") {
      if (this.#started) yield "it was started already";
      if (atMs < this.#dueAtMs) yield "it was not due";
      this.#started = true;
      this.#heartbeatMs = (data.details?.HeartbeatTimeout ?? 0) * 1000;
      this.#heartbeatAtMs = atMs;
      if (type === "Wait") this.#dueAtMs = data.details!.ScheduledEndTimestamp!;
    } else if (what === "Ready") {
      if (atMs < this.#dueAtMs) yield "it was not due";
    } else if (what === "Heartbeat") {
      this.#heartbeatAtMs = atMs;
    } else {
      yield* this.#end(type, what, data, atMs);
    }
  }

  *#end(type: string, what: string, { details }: JournalRow["data"], atMs: number): Iterable<string> {
    // A step that is quick, and a context that is, may end without having been begun.
    if (!this.#started && type !== "Step" && type !== "Context") yield "it was never started";
    if (type === "Wait" && what === "Succeeded" && atMs < this.#dueAtMs) yield "it was not due";
    if (what === "TimedOut" && this.#heartbeatMs > 0 && atMs < this.#heartbeatAtMs! + this.#heartbeatMs) {
      yield "its heartbeats were not late";
    }
    const retry = type === "Step" ? details?.RetryDetails : undefined;
    if (retry && retry.CurrentAttempt !== ++this.#attempt) yield `it is attempt ${this.#attempt}`;
    if (retry?.NextAttemptDelaySeconds === undefined) this.ended = true;
    else {
      this.#started = false;
      this.#dueAtMs = atMs + retry.NextAttemptDelaySeconds * 1000;
    }
  }
}
