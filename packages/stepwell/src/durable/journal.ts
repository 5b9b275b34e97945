import { NewerData } from "../kernel/errors.ts";
import type { DurableEnd } from "../lambda/function.ts";
import { referToBlob } from "../store/blobs/blobs.ts";
import type { Change, Param, Row, Statement, Store } from "../store/store.ts";
import {
  type ExecutionIdentity,
  isPrivate,
  isRowKind,
  type JournalRow,
  ROW_VERSION,
  type RowData,
  type RowKind,
} from "./journal-row.ts";
import { END_STATUS } from "./reduce-header.ts";
import { change, find } from "./tables.ts";

/** Longer records are kept as blobs: a table of small rows stays fast to append to and to scan. */
const LONGEST_INLINE = 256 * 1024;

/** A row in its record; its place in the record tells its seq and its event id. */
type Entry = readonly [kind: RowKind, data: RowData];

/**
 * The changes that append a draft's rows, as one record. A long record is put into the blob store first; when the
 * commit then fails, what it left there is collected as unreferenced. Otherwise nothing is awaited.
 */
export function appendRows(
  store: Store,
  identity: Pick<ExecutionIdentity, "key" | "number">,
  rows: readonly JournalRow[],
): readonly Change[] | Promise<readonly Change[]> {
  if (rows.length === 0) return [];
  const text = JSON.stringify(rows.map(({ kind, data }): Entry => [kind, data]));
  if (text.length <= LONGEST_INLINE) return [inserted(identity.number, rows, text, null)];
  return store
    .putBlob(Buffer.from(text))
    .then((hash) => [
      inserted(identity.number, rows, "", hash),
      { statement: referToBlob, params: [identity.key, hash] },
    ]);
}

function inserted(execution: number, rows: readonly JournalRow[], data: string, blob: string | null): Change {
  const { seq, atMs } = rows[0]!;
  const eventId = rows.find((row) => row.eventId !== null)?.eventId ?? null;
  return change.insertJournal([execution, seq, eventId, ROW_VERSION, atMs, data, blob]);
}

/** The rows of an execution after `seq`, which is 0 or the last row of a record. */
export function readJournal(store: Store, execution: string, afterSeq = 0): Promise<JournalRow[]> {
  return readRows(store, find.journal, [execution, afterSeq]);
}

/** The row that began an execution, and the one that ended it. */
export async function readOutline(
  store: Store,
  execution: string,
): Promise<{ readonly first: JournalRow; readonly last?: JournalRow }> {
  const rows = await readOutlineRows(store, execution);
  const last = rows.at(-1)!;
  return { first: rows[0]!, ...(last.kind in END_STATUS ? { last } : {}) };
}

/** How an execution ended, or undefined: it runs, or there is none. */
export async function readEnd(store: Store, execution: string): Promise<DurableEnd | undefined> {
  const last = (await readOutlineRows(store, execution)).at(-1);
  if (!last || !(last.kind in END_STATUS)) return undefined;
  const { Result, Error: error } = last.data.details!;
  return {
    status: END_STATUS[last.kind as keyof typeof END_STATUS],
    ...(Result?.Payload === undefined ? {} : { result: Result.Payload }),
    ...(error?.Payload === undefined ? {} : { error: error.Payload }),
  };
}

/** Up to `most` rows that AWS shows, from row `from` on, or backwards from it. */
export async function readHistory(
  store: Store,
  execution: string,
  { from, reverse, most }: { from: number | undefined; reverse: boolean; most: number },
): Promise<JournalRow[]> {
  const start = from ?? (reverse ? Number.MAX_SAFE_INTEGER : 1);
  // Each record has at least one of them, but those of the first may lie before the start.
  const rows = await readRows(store, reverse ? find.historyReversed : find.history, [
    execution,
    start,
    most + 1,
  ]);
  if (reverse) rows.sort((a, b) => b.seq - a.seq);
  return rows
    .filter(({ seq, eventId }) => eventId !== null && (reverse ? seq <= start : seq >= start))
    .slice(0, most);
}

/** Without rows of kinds that only newer versions know: how an execution began and ended is told by those of all. */
async function readOutlineRows(store: Store, execution: string): Promise<JournalRow[]> {
  return (await readRows(store, find.outline, [execution], () => false)).filter(({ kind }) =>
    isRowKind(kind),
  );
}

async function readRows(
  store: Store,
  statement: Statement,
  params: readonly Param[],
  isTooNew = (kind: string) => !isRowKind(kind),
): Promise<JournalRow[]> {
  const records = await store.read(statement, params);
  return (await Promise.all(records.map((record) => decodeRecord(store, record, isTooNew)))).flat();
}

async function decodeRecord(
  store: Store,
  record: Row,
  isTooNew: (kind: string) => boolean,
): Promise<JournalRow[]> {
  if (Number(record.version) > ROW_VERSION) throw newer(`record of version ${record.version}`);
  const text = record.blob === null ? String(record.data) : await readText(store, String(record.blob));
  const atMs = Number(record.at);
  let seq = Number(record.seq);
  let eventId = Number(record.event_id);
  return (JSON.parse(text) as Entry[]).map(([kind, data]) => {
    if (isTooNew(kind)) throw newer(`row of kind ${kind}`);
    return { seq: seq++, eventId: isPrivate(kind) ? null : eventId++, kind, atMs, data };
  });
}

/** Folding it half would be worse than stopping. */
function newer(what: string): NewerData {
  return new NewerData(`A journal has a ${what}: a newer Stepwell than this one has written it.`);
}

async function readText(store: Store, hash: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.openBlob(hash)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
