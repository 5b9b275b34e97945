import { type Command, InvalidArgumentError } from "commander";
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
      const options = command.optsWithGlobals<O & ConnectionOptions>();
      const session = openSession(withColor(terminal, options.color), options);
      try {
        done(await act(session, command.args, options));
      } finally {
        session.client.close();
      }
    });
}

/** Parses an option that counts things. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number above 0.");
  return Number(text);
}
