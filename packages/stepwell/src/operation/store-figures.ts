import type { Clock } from "../kernel/clock.ts";
import { type Row, type Store, statement } from "../store/store.ts";
import { remembered, within } from "./remembered.ts";

/** Counting ends here: a look at the figures must cost the same however much there is. */
export const MOST_COUNTED = 10_000;
const REMEMBERED_MS = 1_000;
const ANSWER_MS = 3_000;

/** Both have an index that begins with what they ask for. */
const dueWork = statement(
  "operation.dueWork",
  `SELECT kind, COUNT(*) AS items, MIN(available_at) AS since FROM
     (SELECT kind, available_at FROM work WHERE owner IS NULL AND available_at <= $1
      ORDER BY available_at, key LIMIT ${MOST_COUNTED}) AS due
   GROUP BY kind`,
);
const heldWork = statement(
  "operation.heldWork",
  `SELECT kind, COUNT(*) AS items FROM
     (SELECT kind FROM work WHERE owner IS NOT NULL LIMIT ${MOST_COUNTED}) AS held GROUP BY kind`,
);
const nodes = statement("operation.nodes", "SELECT COUNT(*) AS nodes FROM nodes");
const firstExecutions = statement(
  "operation.executions",
  `SELECT status, COUNT(*) AS executions FROM
     (SELECT status FROM executions LIMIT ${MOST_COUNTED + 1}) AS first GROUP BY status`,
);
/** PostgreSQL's own estimates, as of the last ANALYZE, which autovacuum runs. */
const estimatedExecutions = statement(
  "operation.estimatedExecutions",
  `SELECT known.status, (pg_class.reltuples * known.share)::bigint AS executions
   FROM pg_class, pg_stats, unnest(pg_stats.most_common_vals::text::text[], pg_stats.most_common_freqs)
     AS known (status, share)
   WHERE pg_class.oid = 'executions'::regclass AND pg_class.reltuples >= 0
     AND pg_stats.schemaname = current_schema() AND pg_stats.tablename = 'executions' AND pg_stats.attname = 'status'`,
);

export interface StoreFigures {
  readonly nodes: number;
  readonly due: readonly { readonly kind: string; readonly items: number; readonly lagMs: number }[];
  readonly held: readonly { readonly kind: string; readonly items: number }[];
  readonly executions: readonly { readonly status: string; readonly count: number }[];
}

/** Reads what all nodes of a store share, cheaply: at most once a second, with bounded counts. */
export function storeFigures(store: Store, clock: Clock, machine: Clock): () => Promise<StoreFigures> {
  const read = async (): Promise<StoreFigures> => {
    const nowMs = clock.now();
    const [due, held, [count], executions] = await Promise.all([
      store.read(dueWork, [nowMs]),
      store.read(heldWork, []),
      store.read(nodes, []),
      countExecutions(store),
    ]);
    return {
      nodes: Number(count!.nodes),
      due: due.map(({ kind, items, since }) => ({
        kind: String(kind),
        items: Number(items),
        lagMs: Math.max(nowMs - Number(since), 0),
      })),
      held: held.map(({ kind, items }) => ({ kind: String(kind), items: Number(items) })),
      executions,
    };
  };
  const figures = remembered(machine, REMEMBERED_MS, read);
  return () => within(machine, ANSWER_MS, "the store has not answered in time", figures());
}

/** Exact while there are few; an estimate where the database keeps one; else nothing. */
async function countExecutions(store: Store): Promise<StoreFigures["executions"]> {
  const counted = (await store.read(firstExecutions, [])).map(executionCount);
  if (counted.reduce((sum, { count }) => sum + count, 0) <= MOST_COUNTED) return counted;
  if (store.kind === "sqlite") return [];
  return (await store.read(estimatedExecutions, [])).map(executionCount);
}

function executionCount({ status, executions }: Row): { status: string; count: number } {
  return { status: String(status), count: Number(executions) };
}
