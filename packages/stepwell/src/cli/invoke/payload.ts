import { readFile } from "node:fs/promises";
import { CliError, notFound, usageError } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

export interface PayloadOptions {
  /** JSON text. */
  readonly payload?: string;
  /** A file that holds it; `-` for stdin. */
  readonly payloadFile?: string;
}

const QUOTES = "Strings need double quotes inside, and the whole needs single quotes for the shell. ";
/** What AWS's command line and curl take for a file's content. */
const FILE_OR_STDIN = /^(@|fileb?:\/\/|-$)/;

/** The event that the options name, if any. Throws CliError when it cannot be had or is not JSON. */
export async function payloadOf(options: PayloadOptions, terminal: Terminal): Promise<string | undefined> {
  if (options.payload !== undefined) return checked(options.payload, "--payload");
  if (options.payloadFile === undefined) return undefined;
  if (options.payloadFile === "-") return checked(await terminal.readStdin(), "stdin");
  return checked(await readPayload(options.payloadFile), options.payloadFile);
}

async function readPayload(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw notFound(`There is no file ${file}.`);
    throw new CliError("UnreadableFile", `${file} cannot be read: ${message}.`, { cause: error });
  }
}

/** Lambda would refuse it too, but not say where it came from. */
function checked(payload: string, source: string): string {
  try {
    JSON.parse(payload);
  } catch (error) {
    throw usageError(
      `The event in ${source} is not JSON: ${(error as Error).message}.`,
      source === "--payload" && FILE_OR_STDIN.test(payload)
        ? "A file is named by --payload-file FILE; its - is stdin."
        : `${source === "--payload" ? QUOTES : ""}Example: stepwell invoke greet --payload '{"name":"Ada"}'`,
    );
  }
  return payload;
}
