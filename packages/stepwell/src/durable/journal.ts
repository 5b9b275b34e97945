import { referToBlob } from "../store/blobs/blobs.ts";
import type { Change, Row, Statement, Store } from "../store/store.ts";
import { type JournalRow, ROW_VERSION, type RowData, type RowKind } from "./journal-row.ts";
import { change, find } from "./tables.ts";

/** Longer rows are kept as blobs: a table of small rows stays fast to append to and to scan. */
const LONGEST_INLINE = 256 * 1024;

/** Rows of this version were written by a newer Stepwell: folding them half would be worse than stopping. */
class UnknownRow extends Error {
  override readonly name = "UnknownRow";
}

/**
 * The changes that append a draft's rows. Long rows are put into the blob store first; when the commit then fails,
 * what they left there is collected as unreferenced. Without a long row nothing is awaited.
 */
export function appendRows(
  store: Store,
  execution: string,
  rows: readonly JournalRow[],
): readonly Change[] | Promise<readonly Change[]> {
  const texts = rows.map((row) => JSON.stringify(row.data));
  if (texts.every((text) => text.length <= LONGEST_INLINE)) {
    return rows.map((row, i) => inserted(execution, row, texts[i]!, null));
  }
  return appendLongRows(store, execution, rows, texts);
}

async function appendLongRows(
  store: Store,
  execution: string,
  rows: readonly JournalRow[],
  texts: readonly string[],
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const [i, row] of rows.entries()) {
    const text = texts[i]!;
    if (text.length <= LONGEST_INLINE) {
      changes.push(inserted(execution, row, text, null));
    } else {
      const hash = await store.putBlob(Buffer.from(text));
      changes.push(inserted(execution, row, "", hash), { statement: referToBlob, params: [execution, hash] });
    }
  }
  return changes;
}

function inserted(execution: string, row: JournalRow, data: string, blob: string | null): Change {
  const { seq, eventId, kind, atMs } = row;
  return change.insertJournal([execution, seq, eventId, kind, ROW_VERSION, atMs, data, blob]);
}

/** The rows of an execution after `seq`. */
export function readJournal(store: Store, execution: string, afterSeq = 0): Promise<JournalRow[]> {
  return readRows(store, find.journal, [execution, afterSeq]);
}

/** Runs one of the journal's reads. */
export async function readRows(
  store: Store,
  statement: Statement,
  params: readonly (string | number)[],
): Promise<JournalRow[]> {
  const rows = await store.read(statement, params);
  return Promise.all(rows.map((row) => decodeRow(store, row)));
}

async function decodeRow(store: Store, row: Row): Promise<JournalRow> {
  if (Number(row.version) > ROW_VERSION) {
    throw new UnknownRow(
      `A journal row of version ${row.version} was written by a newer Stepwell than this one.`,
    );
  }
  const text = row.blob === null ? String(row.data) : await readText(store, String(row.blob));
  return {
    seq: Number(row.seq),
    eventId: row.event_id === null ? null : Number(row.event_id),
    kind: String(row.kind) as RowKind,
    atMs: Number(row.at),
    data: JSON.parse(text) as RowData,
  };
}

async function readText(store: Store, hash: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.openBlob(hash)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
