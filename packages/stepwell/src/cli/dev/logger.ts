import type { LogFields, Logger } from "../../kernel/logger.ts";
import { styleOf } from "../style.ts";
import type { Output } from "../terminal.ts";
import { oneLine } from "../text.ts";

/** The server's own log for the person who runs it: warnings and errors, one line each, with the stack of an error. */
export function chatterLogger(output: Output): Logger {
  const style = styleOf(output.hasColors);
  const write = (level: string, { error, ...fields }: LogFields, message: string): void => {
    const about = Object.entries(fields).map(([name, value]) => ` ${name}=${oneLine(String(value))}`);
    const stack = error === undefined ? "" : `\n${style.faint(stackOf(error))}`;
    output.write(`${level} ${message}${style.faint(about.join(""))}${stack}\n`);
  };
  return {
    debug() {},
    info() {},
    warn: (fields, message) => write(style.waiting("warning:"), fields, message),
    error: (fields, message) => write(style.bad("error:"), fields, message),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
