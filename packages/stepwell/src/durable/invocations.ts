import type { Store } from "../store/store.ts";
import { readJournal } from "./journal.ts";
import { requireExecution } from "./queries.ts";

/**
 * Every invocation of an execution's handler, oldest first, the running one included, which AWS's history does not
 * show: by their request ids the lines that an execution logged are found. Throws ResourceNotFoundException.
 */
export async function listExecutionInvocations(store: Store, input: { DurableExecutionArn: string }) {
  const { key } = await requireExecution(store, input.DurableExecutionArn);
  const rows = await readJournal(store, String(key));
  return {
    Invocations: rows.flatMap(({ kind, atMs, data }) =>
      kind === "InvocationStarted" ? [{ RequestId: data.internal!.requestId, StartTimestamp: atMs }] : [],
    ),
  };
}
