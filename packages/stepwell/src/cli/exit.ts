/** What a command's exit code says to a script. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line itself makes no sense. */
  usage: 2,
  notFound: 3,
  /** Refused by validation or because of a conflict. */
  refused: 4,
  /** The command did what it should; the function or execution it ran failed. */
  executionFailed: 5,
} as const;

/** An error that a user can act on: shown as its message and hint, never with a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** AWS's code (`ResourceNotFoundException`), or one of the command line's own (`NothingListens`). */
  readonly code: string;
  readonly exitCode: number;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { exitCode?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.hint = options.hint;
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError("Usage", message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}

export function notFound(message: string, hint?: string): CliError {
  return new CliError("NotFound", message, {
    exitCode: EXIT.notFound,
    ...(hint === undefined ? {} : { hint }),
  });
}
