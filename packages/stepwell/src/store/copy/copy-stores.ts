import { resolve } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { StoreError } from "../errors.ts";
import { isPostgresUrl } from "../place.ts";
import { type CopyReport, copyData } from "./copy.ts";
import type { CopySource, CopyTarget } from "./ends.ts";

export interface CopyRequest {
  /** A data folder, or a `postgres://` URL. */
  readonly from: string;
  readonly to: string;
  /** The schemas of those that are on PostgreSQL. */
  readonly fromSchema: string;
  readonly toSchema: string;
  readonly clock: Clock;
}

/** Copies all data of a store that nobody uses to a place without data. Throws StoreError. */
export async function copyStores(
  request: CopyRequest,
): Promise<CopyReport & { readonly from: string; readonly to: string }> {
  const { from, to, fromSchema, toSchema, clock } = request;
  if (from === ":memory:" || to === ":memory:") {
    throw new StoreError(
      "BadParameter",
      "Data in memory is gone when its process ends. Copy from and to folders or URLs.",
    );
  }
  if (placeOf(from, fromSchema) === placeOf(to, toSchema)) {
    throw new StoreError(
      "BadParameter",
      "The copy would go where it comes from. Name another folder, URL or schema.",
    );
  }
  const source = await openSource(from, fromSchema, clock);
  let target: CopyTarget | undefined;
  try {
    target = await openTarget(to, toSchema, clock);
    const report = await copyData(source, target);
    return { ...report, from: source.location, to: target.location };
  } catch (error) {
    await target?.abandon();
    if (error instanceof StoreError || !target) throw error;
    throw new StoreError(
      "StoreUnreachable",
      `Copying from ${source.location} to ${target.location} failed: ${(error as Error).message}. Nothing is there that ` +
        "a node would start on. Mend that, then copy again.",
      { cause: error },
    );
  } finally {
    await source.close();
  }
}

function placeOf(store: string, schema: string): string {
  if (!isPostgresUrl(store)) return resolve(store);
  if (!URL.canParse(store)) return store;
  const { host, pathname } = new URL(store);
  return `postgres://${host}${pathname}/${schema}`;
}

async function openSource(store: string, schema: string, clock: Clock): Promise<CopySource> {
  if (!isPostgresUrl(store)) {
    const { openSqliteSource } = await import("./sqlite-source.ts");
    return openSqliteSource(resolve(store), clock);
  }
  const [{ openPostgresSource }, { targetOf }] = await Promise.all([
    import("./postgres-source.ts"),
    import("../postgres/connect.ts"),
  ]);
  return openPostgresSource(targetOf(store, schema), clock);
}

async function openTarget(store: string, schema: string, clock: Clock): Promise<CopyTarget> {
  if (!isPostgresUrl(store)) {
    const { openSqliteTarget } = await import("./sqlite-target.ts");
    return openSqliteTarget(resolve(store), clock);
  }
  const [{ openPostgresTarget }, { targetOf }] = await Promise.all([
    import("./postgres-target.ts"),
    import("../postgres/connect.ts"),
  ]);
  return openPostgresTarget(targetOf(store, schema), clock);
}
