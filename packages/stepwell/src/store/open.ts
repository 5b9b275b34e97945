import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Migration } from "./migrations/migration.ts";
import { isPostgresUrl } from "./place.ts";
import { openPostgresStore } from "./postgres.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";

export interface OpenOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** SQLite only; see SqliteOptions. */
  readonly writerThread?: "auto" | "on" | "off";
  /** PostgreSQL only: the schema that holds the tables. */
  readonly schema?: string;
  /** The schema's steps; the product's own unless a test says otherwise. */
  readonly migrations?: readonly Migration[];
}

/** Opens the store that `target` names: a folder, `:memory:`, or a `postgres://` URL. Throws StoreError. */
export async function openStore(target: string, options: OpenOptions): Promise<Store> {
  if (isPostgresUrl(target)) return openPostgresStore({ ...options, url: target });
  return openSqliteStore({ ...options, folder: target });
}
