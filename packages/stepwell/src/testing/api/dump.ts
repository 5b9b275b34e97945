import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Every row of every table, by table. */
export type Dump = Readonly<Record<string, readonly unknown[]>>;

/**
 * Everything that a data folder's database holds, as of the last commit, through a second connection that can only
 * read. No table is left out.
 */
export function dumpTables(folder: string): Dump {
  const database = new DatabaseSync(join(folder, "stepwell.db"), { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}" ORDER BY 1, 2`).all()]),
    );
  } finally {
    database.close();
  }
}
