import { text } from "node:stream/consumers";
import { type Clock, RealClock } from "../kernel/clock.ts";

/** Where text goes, and what it may look like there. */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Characters in a line; unlimited where there are no lines to fill. */
  readonly columns: number;
  readonly hasColors: boolean;
}

/** Everything a command knows of the world around it; tests bring their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data: what a script would read. */
  readonly stdout: Output;
  /** Chatter: what a person would read. */
  readonly stderr: Output;
  readonly clock: Clock;
  /** All of stdin. */
  readStdin(): Promise<string>;
}

/** This process's own. */
export function processTerminal(): Terminal {
  return {
    env: process.env,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    clock: new RealClock(),
    readStdin: () => text(process.stdin),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (chunk) => void stream.write(chunk),
    isTty: stream.isTTY ?? false,
    columns: stream.columns || Number.POSITIVE_INFINITY,
    // Knows NO_COLOR, FORCE_COLOR and what TERM can do; only terminals have it.
    hasColors: stream.isTTY ? stream.hasColors() : false,
  };
}
