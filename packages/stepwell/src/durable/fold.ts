import { Draft } from "./draft.ts";
import type { JournalRow, RowKind } from "./journal-row.ts";
import { ExecutionState, firstHeader } from "./state.ts";

/** Folds a journal from its first row. */
export function foldJournal(rows: readonly JournalRow[]): ExecutionState {
  const [first, ...rest] = rows;
  if (first?.kind !== "ExecutionStarted") throw new Error("A journal begins with ExecutionStarted.");
  const state = new ExecutionState(firstHeader(first));
  catchUp(state, rest);
  return state;
}

/** Applies rows that were committed after the ones folded so far. */
export function catchUp(state: ExecutionState, rows: readonly JournalRow[]): void {
  for (const row of rows) {
    if (row.seq !== state.header.seq + 1) {
      throw new Error(`The journal of ${state.header.identity.arn} misses row ${state.header.seq + 1}.`);
    }
    const draft = new Draft(state, row.atMs);
    draft.append(row.kind, row.data);
    // What the handler itself decided, and all that its invocation began with, it knows.
    if (!HAPPENS_OUTSIDE.has(row.kind)) draft.markSeen();
    draft.adopt();
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
