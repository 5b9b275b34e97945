import type { DescribeDue, DueKind, DueThing } from "../kernel/due.ts";
import type { Store } from "../store/store.ts";
import { executionDeadlineMs } from "./deadlines.ts";
import { readJournal } from "./journal.ts";
import { executionOfWork } from "./keys.ts";
import { Draft, foldJournal } from "./machine.ts";

interface Reason {
  readonly atMs: number | undefined;
  readonly kind: DueKind;
  readonly operationId?: string;
}

/** Tells what an execution at rest waits for, as far as time brings it. */
export function describeExecution(store: Store): DescribeDue {
  return async (item) => {
    const rows = await readJournal(store, executionOfWork(item.key));
    if (rows.length === 0) return undefined;
    const draft = new Draft(foldJournal(rows), 0);
    const { arn, functionName } = draft.header.identity;
    const about = { executionArn: arn, functionName };
    const first = [...reasons(draft)].reduce((a, b) => ((b.atMs ?? Infinity) < (a.atMs ?? Infinity) ? b : a));
    return { ...about, kind: first.kind, ...operationOf(draft, first.operationId) };
  };
}

/** The execution's timeout comes last: of what falls due at the same time, anything else happens before it. */
function* reasons(draft: Draft): Iterable<Reason> {
  if (draft.header.retryAtMs !== undefined) yield { atMs: draft.header.retryAtMs, kind: "INVOCATION_RETRY" };
  for (const [operationId, { dueAtMs, timeoutAtMs, heartbeatAtMs }] of draft.allDeadlines()) {
    const kind = draft.operation(operationId)?.Type === "WAIT" ? "WAIT" : "STEP_RETRY";
    yield { atMs: dueAtMs, kind, operationId };
    yield { atMs: timeoutAtMs, kind: "CALLBACK_TIMEOUT", operationId };
    yield { atMs: heartbeatAtMs, kind: "CALLBACK_HEARTBEAT", operationId };
  }
  yield { atMs: executionDeadlineMs(draft), kind: "EXECUTION_TIMEOUT" };
}

/** An operation without a name, such as the callback of a waitForCallback, goes by that of the context around it. */
function operationOf(
  draft: Draft,
  operationId: string | undefined,
): Pick<DueThing, "operationId" | "operationName"> {
  const operation = operationId === undefined ? undefined : draft.operation(operationId);
  if (!operation) return {};
  const name = operation.Name ?? (operation.ParentId && draft.operation(operation.ParentId)?.Name);
  return { operationId: operation.Id, ...(name ? { operationName: name } : {}) };
}
