import type { LogLine } from "../lambda/host/host.ts";

/** Something that a handler logged, with the durable logger, the console, or a write to a standard stream. */
export interface LogEntry {
  /** `DEBUG`, `INFO`, `WARN`, `ERROR`, `TRACE`. */
  readonly level: string;
  /** What was logged: text, or the value that the durable logger was given. */
  readonly message: unknown;
  /** In virtual time. */
  readonly at: Date;
  /** The operation it was logged in, as far as the durable logger tells. */
  readonly operationName?: string;
  readonly attempt?: number;
}

/** The lines that Lambda itself writes around those of a handler. */
const PLATFORM_LINE = /^(?:START|END|REPORT) RequestId: /;
/** A line of the console: time, request id, level and message between tabs. */
const CONSOLE_LINE = /^[^\t]+\t[^\t]+\t([A-Z]+)\t(.*)\n$/s;

/** Makes an entry of a line; undefined for one that Lambda itself has written. */
export function logEntry({ message, atMs }: LogLine): LogEntry | undefined {
  if (PLATFORM_LINE.test(message)) return undefined;
  const console = CONSOLE_LINE.exec(message);
  const text = console ? console[2]! : message.replace(/\n$/, "");
  return { level: console?.[1] ?? "INFO", message: text, at: new Date(atMs), ...durableFields(text) };
}

/** What a line of the durable logger says. */
function durableFields(text: string): Partial<LogEntry> {
  if (!text.startsWith("{")) return {};
  try {
    const { level, message, executionArn, errorMessage, operationName, attempt } = JSON.parse(text);
    if (executionArn === undefined) return {};
    return {
      level,
      message: message ?? errorMessage,
      ...(operationName === undefined ? {} : { operationName }),
      ...(attempt === undefined ? {} : { attempt }),
    };
  } catch {
    return {};
  }
}
