import { type Command, InvalidArgumentError, Option } from "commander";
import { isPostgresUrl } from "../../store/place.ts";
import { usageError } from "../exit.ts";
import { type ConnectionOptions, openSession, type Session, withColor } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/** What commands are declared with. Each loads what it does only when it is run. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** Told the exit code of a command that ran. */
  readonly done: (exitCode: number) => void;
}

/**
 * Makes a command one that talks to a running Stepwell: adds its options, opens a session for it, closes that after
 * it, and passes its exit code on.
 */
export function connected<O extends object>(
  command: Command,
  { terminal, done }: Surroundings,
  act: (session: Session, args: readonly string[], options: O) => Promise<number>,
): void {
  command
    .option("--endpoint <url>", "where Stepwell listens (AWS_ENDPOINT_URL, else http://127.0.0.1:4566)")
    .option("--region <region>", "the region to ask (AWS_REGION, else us-east-1)")
    .action(async () => {
      const options = command.optsWithGlobals<O & ConnectionOptions & { readonly jsonl?: boolean }>();
      // Commander sees conflicts between options of one command only, and --json belongs to all of them.
      if (options.json && options.jsonl)
        throw usageError("--json and --jsonl cannot be used together.", ONE_OF);
      const session = openSession(withColor(terminal, options.color), options);
      try {
        done(await act(session, command.args, options));
      } finally {
        session.client.close();
      }
    });
}

const ONE_OF = "--json prints one document, --jsonl one for each thing, a line each.";

/** For commands that print many things of a kind. */
export function jsonlOption(): Option {
  return new Option("--jsonl", "print one JSON document for each, a line each");
}

/** Parses an option that counts things. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number above 0.");
  return Number(text);
}

/**
 * Parses an option that names a folder or PostgreSQL. Any text can be a folder's name, but another URL, or a variable
 * that is not set, is a mistake. What it was is not repeated: it may hold a password.
 */
export function parseStore(text: string): string {
  const hint = "Name a folder, or postgres://user:password@host:5432/database.";
  if (text === "") throw usageError("The place of the data is empty.", hint);
  if (isPostgresUrl(text)) return text;
  return refuseUrl(text, "Data is not kept at a", hint);
}

/** Parses what names a folder. */
export function parseFolder(text: string): string {
  const hint =
    "Name a folder. PostgreSQL is for stepwell start and stepwell copy, and is backed up with pg_dump.";
  if (text === "") throw usageError("The folder's name is empty.", hint);
  return refuseUrl(text, "A folder is asked for, not a", hint);
}

function refuseUrl(text: string, what: string, hint: string): string {
  // A single letter is a drive of Windows.
  const [scheme] = /^[a-z][a-z0-9+.-]+:\/\//i.exec(text) ?? [];
  if (scheme !== undefined) throw usageError(`${what} ${scheme} URL.`, hint);
  return text;
}
