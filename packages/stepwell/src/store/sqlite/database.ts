import { DatabaseSync } from "node:sqlite";

const PAGE_CACHE_KIB = 8 * 1024;

/**
 * Opens a connection with the settings every connection of a store shares. The caller closes it.
 *
 * `synchronous=FULL` makes a commit durable when it returns (NORMAL would lose the last ones to a power cut), and on
 * macOS only F_FULLFSYNC reaches the disk at all (https://sqlite.org/pragma.html#pragma_fullfsync). Checkpoints are
 * the checkpointer's; `journal_size_limit` makes SQLite cut the log back to that size when it starts over, and the
 * part it keeps is written again without growing the file, which saves the file system a journal commit per fsync.
 */
export function openDatabase(file: string, walLimitBytes: number): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA busy_timeout = 2000");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("PRAGMA wal_autocheckpoint = 0");
    database.exec(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
    database.exec("PRAGMA temp_store = MEMORY");
    database.exec(`PRAGMA journal_size_limit = ${walLimitBytes}`);
    if (process.platform === "darwin") {
      database.exec("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
