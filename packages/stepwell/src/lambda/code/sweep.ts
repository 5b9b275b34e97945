import type { Logger } from "../../kernel/logger.ts";
import { type Store, statement } from "../../store/store.ts";
import type { CodeCache } from "./code-cache.ts";

const usedPackages = statement(
  "function.usedPackages",
  "SELECT DISTINCT hash FROM blob_refs WHERE owner >= 'lambda/' AND owner < 'lambda0'",
);

/**
 * Removes unpacked code that no function has any more. Never rejects: what could not be removed is logged and stays
 * until the next start. An embedded store has no other process; several nodes on one PostgreSQL may share the folder,
 * so there it is left alone.
 */
export async function sweepCode(store: Store, cache: CodeCache, log: Logger): Promise<void> {
  if (store.kind !== "sqlite") return;
  try {
    const rows = await store.read(usedPackages, []);
    await cache.sweep(new Set(rows.map(({ hash }) => String(hash))));
  } catch (error) {
    log.warn({ error }, "unpacked code that is not used any more could not be removed");
  }
}
