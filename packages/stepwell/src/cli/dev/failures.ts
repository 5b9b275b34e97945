import { ConfigError } from "../../app/config-error.ts";
import { StoreError } from "../../store/errors.ts";
import { TimeAhead } from "../../time/stored-time.ts";
import { OpenServerError } from "../../wire/exposure.ts";
import { KeyFileError } from "../../wire/signature/key-file.ts";
import { CliError, EXIT } from "../exit.ts";

/** What keeps a server from listening, by the operating system's code. */
const CANNOT_LISTEN = new Set(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENOTFOUND"]);

/** The command that starts a server. */
type Starter = "dev" | "start";

/** What else it may be told to use. */
const OTHER_DATA = { dev: "--data FOLDER, or --memory", start: "--store FOLDER" };

/** Turns what is known to keep a server from starting into an error for the person who started it. */
export async function explained<T>(starting: Promise<T>, starter: Starter = "dev"): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    throw explain(error, starter) ?? error;
  }
}

function explain(error: unknown, starter: Starter): CliError | undefined {
  if (error instanceof ConfigError) {
    return new CliError("ConfigError", error.message, { exitCode: EXIT.refused, cause: error });
  }
  if (error instanceof StoreError) {
    const inUse = error.code === "StoreInUse";
    return new CliError(error.code, error.message, {
      exitCode: inUse ? EXIT.refused : EXIT.failed,
      ...(inUse ? { hint: `For data of its own: stepwell ${starter} ${OTHER_DATA[starter]}.` } : {}),
      cause: error,
    });
  }
  if (error instanceof KeyFileError) {
    return new CliError("KeyFileError", error.message, { exitCode: EXIT.refused, cause: error });
  }
  if (error instanceof OpenServerError) {
    return new CliError("OpenServer", error.message, {
      exitCode: EXIT.refused,
      hint: `Name a file with access keys: stepwell ${starter} --auth FILE (see stepwell dev --help). Or listen on 127.0.0.1.`,
      cause: error,
    });
  }
  if (error instanceof TimeAhead) {
    return new CliError("TimeAhead", error.message, {
      exitCode: EXIT.refused,
      hint: "Go on in virtual time with stepwell dev --time virtual, or take other data with --data FOLDER.",
      cause: error,
    });
  }
  const { cause, message } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || !CANNOT_LISTEN.has(code)) return undefined;
  return new CliError("CannotListen", message, {
    exitCode: EXIT.refused,
    ...(code === "EADDRINUSE" ? { hint: `For another port: stepwell ${starter} --port 4567.` } : {}),
    cause: error,
  });
}
