import { createHash } from "node:crypto";
import { StoreError } from "../errors.ts";
import { SCHEMA_TABLE } from "../migrations/pending.ts";
import type { Row } from "../store.ts";
import type { CopySource, CopyTarget } from "./ends.ts";

/** What was copied. */
export interface CopyReport {
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  readonly blobs: number;
  readonly blobBytes: number;
}

/**
 * What a store makes for itself: the steps of its schema, who lives, the outcomes of its own flushes, and blobs' bytes,
 * which SQLite has as files.
 */
const OWN_TABLES: ReadonlySet<string> = new Set([
  SCHEMA_TABLE,
  "nodes",
  "flushes",
  "blob_uploads",
  "blob_chunks",
]);
const BLOBS = "blobs";

/**
 * Copies all data of one store to another of the same schema, which is empty. Every table that the target has is
 * copied, so that none can be forgotten. Throws StoreError; the target is then as good as empty.
 */
export async function copyData(source: CopySource, target: CopyTarget): Promise<CopyReport> {
  const tables = (await target.tables()).filter((table) => !OWN_TABLES.has(table));
  await checkTables(source, target, tables);
  const counts: Record<string, number> = {};
  let blobBytes = 0;
  for (const table of tables) {
    for await (const rows of source.rows(table)) {
      if (table !== BLOBS) {
        await target.insert(table, rows);
        continue;
      }
      for (const row of rows) {
        await target.insert(table, [{ ...row, upload: await copyBlob(source, target, row) }]);
        blobBytes += Number(row.size);
      }
    }
    counts[table] = await target.count(table);
    const expected = await source.count(table);
    if (counts[table] !== expected) {
      throw new StoreError(
        "StoreUnfinished",
        `The table ${table} has ${expected} rows in ${source.location} and ${counts[table]} in ${target.location}. ` +
          "Stop whatever else uses them, and copy again.",
      );
    }
  }
  await target.finish();
  return { tables: counts, blobs: counts[BLOBS] ?? 0, blobBytes };
}

/** Both have been brought to the newest schema, so a difference is somebody else's table. */
async function checkTables(source: CopySource, target: CopyTarget, tables: readonly string[]): Promise<void> {
  const known = new Set(tables);
  const others = (await source.tables()).filter((table) => !known.has(table) && !OWN_TABLES.has(table));
  if (others.length > 0) {
    throw new StoreError(
      "StoreUnsupported",
      `${source.location} has tables that are not Stepwell's (${others.join(", ")}), which ${target.location} would ` +
        "not have. Move them elsewhere first.",
    );
  }
}

async function copyBlob(source: CopySource, target: CopyTarget, row: Row): Promise<string | null> {
  const hash = String(row.hash);
  const digest = createHash("sha256");
  async function* digested(): AsyncIterable<Uint8Array> {
    for await (const bytes of source.blob(row)) {
      digest.update(bytes);
      yield bytes;
    }
  }
  const upload = await target.putBlob(hash, digested());
  if (digest.digest("hex") === hash) return upload;
  throw new StoreError(
    "StoreCorrupt",
    `The blob ${hash} of ${source.location} is damaged: its bytes are not those of its name. Restore it from a backup.`,
  );
}
