import type { Row } from "../store.ts";

/** Where a copy reads: data that nobody else uses meanwhile. */
export interface CopySource {
  readonly location: string;
  readonly kind: "sqlite" | "postgres";
  /** Every table of the data, as the database lists them. */
  tables(): Promise<readonly string[]>;
  count(table: string): Promise<number>;
  /** All rows of a table, some at a time. */
  rows(table: string): AsyncIterable<readonly Row[]>;
  /** The bytes of a blob, which `row` of the table `blobs` is about. */
  blob(row: Row): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Where a copy writes. Until `finish` resolves, a store that is opened there is refused, and another copy may start
 * over.
 */
export interface CopyTarget {
  readonly location: string;
  /** Every table that the newest schema has, those that others refer to first. */
  tables(): Promise<readonly string[]>;
  count(table: string): Promise<number>;
  insert(table: string, rows: readonly Row[]): Promise<void>;
  /** Keeps the bytes of a blob; resolves to the `upload` of its row. */
  putBlob(hash: string, content: AsyncIterable<Uint8Array>): Promise<string | null>;
  /** Frees what was held, and makes everything durable. */
  finish(): Promise<void>;
  /** Lets go without finishing. */
  abandon(): Promise<void>;
}

/** What a row may take of memory on its way is bounded by what a batch may. */
const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Rows in batches. */
export function* inBatches(rows: Iterable<Row>): Iterable<readonly Row[]> {
  let batch: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of Object.values(row)) {
      if (typeof value === "string") bytes += value.length;
      else if (value instanceof Uint8Array) bytes += value.byteLength;
    }
    if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** No other process can hold an item of data that was just copied. */
export const FREE_WORK = "UPDATE work SET owner = NULL, version = version + 1 WHERE owner IS NOT NULL";
