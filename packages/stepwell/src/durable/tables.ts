import { releaseBlobs } from "../store/blobs/blobs.ts";
import { type Change, insert, type Param, statement } from "../store/store.ts";

const insertExecution = insert("execution.insert", "executions", {
  number: "bigint",
  key: "text",
  account: "text",
  region: "text",
  function_name: "text",
  version: "text",
  name: "text",
  arn: "text",
  status: "text",
  started_at: "bigint",
  input_hash: "text",
});

const endExecution = statement(
  "execution.end",
  "UPDATE executions SET status = $1, ended_at = $2, expires_at = $3 WHERE key = $4 AND status = 'RUNNING'",
);

/** Removes what belongs to an execution; the guard keeps it from removing one that has not expired. */
const removeExecution = statement(
  "execution.remove",
  "DELETE FROM executions WHERE key = $1 AND expires_at <= $2",
);
const NUMBER = "(SELECT number FROM executions WHERE key = $1)";
const removeJournal = statement("journal.remove", `DELETE FROM journal WHERE execution = ${NUMBER}`);
const removeCallbacks = statement("callback.remove", "DELETE FROM callbacks WHERE execution = $1");
const removeInbox = statement("inbox.remove", "DELETE FROM inbox WHERE execution = $1");

const insertJournal = insert("journal.insert", "journal", {
  execution: "bigint",
  seq: "bigint",
  event_id: "bigint",
  version: "integer",
  at: "bigint",
  data: "text",
  blob: "text",
});

const insertCallback = insert("callback.insert", "callbacks", {
  execution: "text",
  operation: "text",
  id: "text",
  status: "text",
});

/** The guard that lets one of several completions win, on whichever node each of them is. */
const endCallback = statement(
  "callback.end",
  "UPDATE callbacks SET status = $1 WHERE execution = $2 AND operation = $3 AND id = $4 AND status = 'STARTED'",
);

const insertInbox = insert("inbox.insert", "inbox", {
  execution: "text",
  id: "text",
  at: "bigint",
  data: "text",
});
/** Comes after what locks the work item: whatever was left in the inbox before is seen, and fails the commit. */
const inboxIsEmpty = statement("inbox.isEmpty", "DELETE FROM inbox WHERE execution = $1");
const deleteInbox = statement("inbox.delete", "DELETE FROM inbox WHERE execution = $1 AND id = $2");

const COLUMNS =
  "number, key, account, region, function_name, version, name, arn, status, started_at, ended_at, expires_at, input_hash";

/** A filter that is null lets everything pass; the cast tells PostgreSQL the type of a parameter that is null. */
function listing(order: "ASC" | "DESC"): string {
  const beyond = order === "ASC" ? ">" : "<";
  return `SELECT ${COLUMNS} FROM executions
    WHERE account = $1 AND region = $2 AND function_name = $3
      AND (CAST($4 AS TEXT) IS NULL OR $4 LIKE '%,' || version || ',%')
      AND (CAST($5 AS TEXT) IS NULL OR name = $5)
      AND (CAST($6 AS TEXT) IS NULL OR $6 LIKE '%,' || status || ',%')
      AND (CAST($7 AS BIGINT) IS NULL OR started_at > $7)
      AND (CAST($8 AS BIGINT) IS NULL OR started_at < $8)
      AND (CAST($9 AS BIGINT) IS NULL OR started_at ${beyond} $9 OR (started_at = $9 AND number ${beyond} $10))
    ORDER BY started_at ${order}, number ${order} LIMIT $11`;
}

const JOURNAL = `SELECT seq, event_id, version, at, data, blob FROM journal WHERE execution = ${NUMBER}`;

/** Reads, by what they find. */
export const find = {
  execution: statement("execution.byKey", `SELECT ${COLUMNS} FROM executions WHERE key = $1`),
  executionByName: statement(
    "execution.byName",
    `SELECT ${COLUMNS} FROM executions WHERE account = $1 AND region = $2 AND function_name = $3 AND name = $4`,
  ),
  list: statement("execution.list", listing("DESC")),
  listReversed: statement("execution.listReversed", listing("ASC")),
  expired: statement(
    "execution.expired",
    "SELECT key FROM executions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
  ),
  nextExpiry: statement(
    "execution.nextExpiry",
    "SELECT MIN(expires_at) AS at FROM executions WHERE expires_at IS NOT NULL",
  ),
  /** The first record and the last. */
  outline: statement(
    "journal.outline",
    `${JOURNAL} AND (seq = 1 OR seq = (SELECT MAX(seq) FROM journal WHERE execution = ${NUMBER})) ORDER BY seq`,
  ),
  journal: statement("journal.after", `${JOURNAL} AND seq > $2 ORDER BY seq`),
  /** Records with events that AWS shows, from the one that has row $2. */
  history: statement(
    "journal.history",
    `${JOURNAL} AND event_id IS NOT NULL AND seq >=
       COALESCE((SELECT MAX(seq) FROM journal WHERE execution = ${NUMBER} AND seq <= $2), 0) ORDER BY seq LIMIT $3`,
  ),
  /** Records with events that AWS shows, backwards from the one that has row $2. */
  historyReversed: statement(
    "journal.historyReversed",
    `${JOURNAL} AND event_id IS NOT NULL AND seq <= $2 ORDER BY seq DESC LIMIT $3`,
  ),
  inbox: statement("inbox.read", "SELECT id, at, data FROM inbox WHERE execution = $1 ORDER BY id"),
};

export interface ExecutionRow {
  readonly number: number;
  readonly key: string;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly version: string;
  readonly name: string;
  readonly arn: string;
  readonly startedAtMs: number;
  /** SHA-256 of the input, for executions that were started with a name. */
  readonly inputHash: string | null;
}

/** Changes, by what they do. */
export const change = {
  insertExecution(row: ExecutionRow): Change {
    const { number, key, account, region, functionName, version, name, arn, startedAtMs, inputHash } = row;
    return {
      statement: insertExecution,
      params: [
        number,
        key,
        account,
        region,
        functionName,
        version,
        name,
        arn,
        "RUNNING",
        startedAtMs,
        inputHash,
      ],
    };
  },
  endExecution(key: string, status: string, endedAtMs: number, expiresAtMs: number): Change {
    return { statement: endExecution, params: [status, endedAtMs, expiresAtMs, key], rows: 1 };
  },
  /** All of an execution that has expired; its own row last, because that knows the number. */
  removeExecution(key: string, nowMs: number): readonly Change[] {
    return [
      { statement: removeJournal, params: [key] },
      { statement: removeCallbacks, params: [key] },
      { statement: removeInbox, params: [key] },
      { statement: releaseBlobs, params: [key] },
      { statement: removeExecution, params: [key, nowMs], rows: 1 },
    ];
  },
  insertJournal(params: readonly Param[]): Change {
    return { statement: insertJournal, params };
  },
  insertCallback(execution: string, operation: string, id: string): Change {
    return { statement: insertCallback, params: [execution, operation, id, "STARTED"] };
  },
  /** `STARTED` as the status keeps it open: then it is the guard alone. */
  endCallback(execution: string, operation: string, id: string, status: string): Change {
    return { statement: endCallback, params: [status, execution, operation, id], rows: 1 };
  },
  insertInbox(execution: string, id: string, atMs: number, data: string): Change {
    return { statement: insertInbox, params: [execution, id, atMs, data] };
  },
  /** A guard. */
  inboxIsEmpty(execution: string): Change {
    return { statement: inboxIsEmpty, params: [execution], rows: 0 };
  },
  deleteInbox(execution: string, id: string): Change {
    return { statement: deleteInbox, params: [execution, id] };
  },
};
