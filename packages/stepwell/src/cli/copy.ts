import { copyStores } from "../store/copy/copy-stores.ts";
import { StoreError, type StoreErrorCode } from "../store/errors.ts";
import { CliError, EXIT } from "./exit.ts";
import { styleOf } from "./style.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly schema: string;
  readonly toSchema?: string;
  readonly json?: boolean;
}

/** What the person who copies can mend by asking for something else. */
const REFUSED: ReadonlySet<StoreErrorCode> = new Set([
  "BadParameter",
  "StoreInUse",
  "StoreNewerSchema",
  "StoreNotEmpty",
  "StoreUnfinished",
] as const);

/** `stepwell copy`: moves all data between a folder and PostgreSQL, or between two of either. */
export async function copy(terminal: Terminal, options: CopyOptions): Promise<number> {
  const { from, to, schema, toSchema = schema, json } = options;
  const { stdout, stderr, clock } = terminal;
  const report = await copyStores({ from, to, fromSchema: schema, toSchema, clock }).catch((error) => {
    throw explained(error);
  });
  if (json) {
    stdout.write(`${JSON.stringify(report)}\n`);
    return EXIT.ok;
  }
  const columns = [{ title: "TABLE" }, { title: "ROWS", align: "right" }] as const;
  const rows = Object.entries(report.tables).map(([name, count]) => [
    { text: name },
    { text: String(count) },
  ]);
  const titlePaint = styleOf(stdout.hasColors).faint;
  stdout.write(table(columns, rows, { lineWidth: stdout.columns, titlePaint }));
  stderr.write(
    `Copied from ${report.from} to ${report.to}, and counted there: ${report.blobs} blobs of ${report.blobBytes} bytes are ` +
      `among it. What it was copied from is as it was: do not start both.\n`,
  );
  return EXIT.ok;
}

function explained(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  const exitCode = REFUSED.has(error.code) ? EXIT.refused : EXIT.failed;
  return new CliError(error.code, error.message, { exitCode, cause: error });
}
