import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { silentLogger } from "../kernel/logger.ts";
import { StoreError } from "../store/errors.ts";
import { jsonDocument } from "./client/json.ts";
import { CliError, EXIT, notFound } from "./exit.ts";
import type { Session } from "./session.ts";

export interface BackupOptions {
  /** The data of a server that is stopped. */
  readonly data?: string;
}

/** `stepwell backup`: of a running server through it, of a stopped one's folder by opening that. */
export async function backup(session: Session, folder: string, { data }: BackupOptions): Promise<number> {
  const Folder = resolve(folder);
  if (data === undefined) await throughServer(session, Folder);
  else await fromFolder(session, resolve(data), Folder);
  if (session.json) session.print(jsonDocument("stepwell.BackupData", { Folder }));
  else session.print(`${Folder}\n`);
  session.say("Everything that was acknowledged before is in it. To start from the backup:");
  session.say(`→ stepwell dev APP --data ${shellWord(folder)}`);
  return EXIT.ok;
}

async function throughServer({ client }: Session, Folder: string): Promise<void> {
  try {
    await client.call("stepwell.BackupData", { Folder });
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NothingListens") throw error;
    const { code, message, exitCode, hint } = error;
    throw new CliError(code, message, {
      exitCode,
      hint: `The data of a stopped server: stepwell backup FOLDER --data .stepwell\n${hint}`,
      cause: error,
    });
  }
}

async function fromFolder({ terminal }: Session, data: string, Folder: string): Promise<void> {
  // Opening a store would make one.
  const there = await stat(join(data, "stepwell.db")).catch(() => undefined);
  if (!there)
    throw notFound(`There is no data of Stepwell in ${data}.`, "An app's data is in its .stepwell folder.");
  const { openSqliteStore } = await import("../store/sqlite.ts");
  try {
    const store = await openSqliteStore({ folder: data, clock: terminal.clock, log: silentLogger });
    await store.backupTo(Folder).finally(() => store.close());
  } catch (error) {
    throw explained(error, Folder);
  }
}

function explained(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof StoreError) {
    const inUse = error.code === "StoreInUse";
    return new CliError(error.code, message, {
      exitCode: inUse || error.code === "BadParameter" ? EXIT.refused : EXIT.failed,
      ...(inUse ? { hint: "To have the server that runs copy its data, leave out --data." } : {}),
      cause: error,
    });
  }
  if (code === undefined) return error;
  return new CliError("BackupRefused", `The backup could not be written to ${folder}: ${message}.`, {
    exitCode: EXIT.refused,
    cause: error,
  });
}

function shellWord(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
