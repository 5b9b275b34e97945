import { type WorkItem, work } from "../kernel/work.ts";
import { Conflict } from "../store/errors.ts";
import type { Change } from "../store/store.ts";
import type { Executions } from "./executions.ts";
import type { ExecutionIdentity } from "./journal-row.ts";
import { change, find } from "./tables.ts";

/** The kind of the one work item that removes executions past their retention. */
export const RETENTION_WORK = "retention";
const DAY_MS = 86_400_000;

/** When an execution that ended at `endedAtMs` may be removed. */
export function expiresAtMs({ retentionDays }: ExecutionIdentity, endedAtMs: number): number {
  return endedAtMs + retentionDays * DAY_MS;
}

/** It belongs to no account, but every key begins with one. */
const KEY = "000000000000/us-east-1/retention/executions";
const BATCH = 50;

/** Sees to it that an execution is removed when it expires: the item is there as long as any execution is. */
export function retentionWork(expiresAtMs: number): Change {
  return work.insertEarlier(KEY, RETENTION_WORK, expiresAtMs);
}

/**
 * Removes what has expired, a bounded number at a time, and comes back when the next expires. Where there are other
 * nodes that is within a day, the shortest retention: an execution may end there while this one looks, and rely on it.
 */
export async function removeExpired(executions: Executions, item: WorkItem): Promise<void> {
  const { store, clock, owner, log } = executions;
  const nowMs = clock.now();
  const expired = await store.read(find.expired, [nowMs, BATCH]);
  for (const row of expired) {
    const key = String(row.key);
    await store.commit(change.removeExecution(key, nowMs), { key }).catch((error: unknown) => {
      // Somebody has started another execution by its name meanwhile, and has removed it for that.
      if (!(error instanceof Conflict)) throw error;
    });
  }
  if (expired.length > 0)
    log.info({ executions: expired.length }, "executions past their retention were removed");
  const [next] = await store.read(find.nextExpiry, []);
  const latestMs = executions.shared ? nowMs + DAY_MS : Number.POSITIVE_INFINITY;
  const nextMs = Math.min(Number(next?.at ?? Number.POSITIVE_INFINITY), latestMs);
  // Without any execution left the item goes; the next one that ends makes it anew.
  if (nextMs === Number.POSITIVE_INFINITY) {
    await store.commit([work.finish(item, owner)], { key: KEY });
    return;
  }
  const release = work.release(item, owner, Math.max(nextMs, nowMs), nowMs);
  const [rows] = await store.commit([release], { key: KEY });
  executions.wake(Number(rows![0]!.available_at));
}
