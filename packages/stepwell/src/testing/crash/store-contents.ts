import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJournal } from "../../durable/journal.ts";
import type { JournalRow } from "../../durable/journal-row.ts";
import { RealClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSqliteStore } from "../../store/sqlite.ts";
import { type Row, type Store, statement } from "../../store/store.ts";

const everyExecution = statement("test.executions", "SELECT key, name, arn, status FROM executions");
const everyVersion = statement("test.versions", "SELECT account, region, name, version FROM functions");
const everyWork = statement("test.work", "SELECT key, kind, owner FROM work");
const everyInbox = statement("test.inbox", "SELECT execution, id FROM inbox");
const everyBlob = statement("test.blobs", "SELECT hash FROM blobs");
const everyReference = statement("test.references", "SELECT owner, hash FROM blob_refs");

/** The clocks of servers were fast: their blobs are younger than now. */
const LONG_MS = 365 * 86_400_000;

export interface StoredExecution {
  readonly key: string;
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  readonly rows: readonly JournalRow[];
}

/** What a server has left on the disk. */
export interface StoreContents {
  readonly executions: readonly StoredExecution[];
  readonly work: readonly Row[];
  readonly inbox: readonly Row[];
  readonly blobs: readonly string[];
  readonly references: readonly Row[];
  /** Who may refer to blobs: executions and versions of functions. */
  readonly owners: ReadonlySet<unknown>;
  /** The names of the files of blobs. */
  readonly files: readonly string[];
  /** The names of the folders of unpacked code. */
  readonly code: readonly string[];
}

/** Reads the data of a server that is gone, from a copy: the next start has to find it as it was left. */
export async function readContents(data: string): Promise<StoreContents> {
  const blobs = join(data, "blobs");
  const folder = mkdtempSync(join(tmpdir(), "stepwell-crash-copy-"));
  try {
    for (const name of ["stepwell.db", "stepwell.db-wal"]) {
      if (existsSync(join(data, name))) copyFileSync(join(data, name), join(folder, name));
    }
    if (existsSync(blobs)) symlinkSync(blobs, join(folder, "blobs"));
    const store = await openSqliteStore({ folder, clock: new RealClock(), log: silentLogger });
    try {
      const executions = await readExecutions(store);
      const versions = await store.read(everyVersion, []);
      return {
        executions,
        work: await store.read(everyWork, []),
        inbox: await store.read(everyInbox, []),
        blobs: (await store.read(everyBlob, [])).map(({ hash }) => String(hash)),
        references: await store.read(everyReference, []),
        owners: new Set([
          ...executions.map(({ key }) => key),
          ...versions.map(
            ({ account, region, name, version }) => `lambda/${account}/${region}/${name}/${version}`,
          ),
        ]),
        files: blobFiles(data),
        code: namesIn(join(data, "code")),
      };
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files of blobs that stay, though nothing refers to them, when blobs are collected; for data that is done with. */
export async function unreclaimedBlobs(data: string): Promise<string[]> {
  const store = await openSqliteStore({ folder: data, clock: new RealClock(), log: silentLogger });
  try {
    await store.collectBlobs(-LONG_MS);
    const referred = new Set((await store.read(everyReference, [])).map(({ hash }) => hash));
    return blobFiles(data).filter((name) => !referred.has(name));
  } finally {
    await store.close();
  }
}

function blobFiles(data: string): string[] {
  return namesIn(join(data, "blobs")).filter((name) => name !== "incoming");
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function readExecutions(store: Store): Promise<StoredExecution[]> {
  const rows = await store.read(everyExecution, []);
  return Promise.all(
    rows.map(async ({ key, name, arn, status }) => ({
      key: String(key),
      name: String(name),
      arn: String(arn),
      status: String(status),
      rows: await readJournal(store, String(key)),
    })),
  );
}
