import { AwsError } from "../kernel/errors.ts";
import type { Change, Store } from "../store/store.ts";
import type { Draft } from "./draft.ts";
import { applyOutside, type OutsideEvent } from "./outside.ts";
import { change, find } from "./tables.ts";

/** Events that were acknowledged by nodes that did not hold the execution, for its holder to turn into history. */
export interface Inbox {
  readonly entries: readonly OutsideEvent[];
  /** Callbacks whose own rows were closed with the acknowledgement. */
  readonly settled: ReadonlySet<string>;
  /** Removes the entries, in the commit that makes them history. */
  readonly removals: readonly Change[];
}

const CLOSES_CALLBACK: ReadonlySet<string> = new Set<OutsideEvent["type"]>([
  "callback-succeeded",
  "callback-failed",
]);

export const EMPTY_INBOX: Inbox = { entries: [], settled: new Set(), removals: [] };

export async function readInbox(store: Store, execution: string): Promise<Inbox> {
  const rows = await store.read(find.inbox, [execution]);
  if (rows.length === 0) return EMPTY_INBOX;
  const entries = rows.map((row) => JSON.parse(String(row.data)) as OutsideEvent);
  return {
    entries,
    settled: new Set(
      entries.flatMap((event) =>
        CLOSES_CALLBACK.has(event.type) ? [(event as { operationId: string }).operationId] : [],
      ),
    ),
    removals: rows.map((row) => change.deleteInbox(execution, String(row.id))),
  };
}

/** An entry that comes too late (the execution has ended meanwhile) is dropped: nobody waits for its outcome. */
export function applyInbox(draft: Draft, inbox: Inbox): void {
  for (const event of inbox.entries) {
    try {
      applyOutside(draft, event);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }
}
