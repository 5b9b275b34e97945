/** What a line is about, as data. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Four methods, fields first: a pino logger fits as it is. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** One JSON object a line: level, time (ISO 8601), message, then the fields. Errors appear with name, message, stack. */
export function jsonLogger(
  write: (line: string) => void,
  nowMs: () => number,
  least: LogLevel = "info",
): Logger {
  const log = (level: LogLevel) => (fields: LogFields, message: string) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    write(`${JSON.stringify({ level, time: new Date(nowMs()).toISOString(), message, ...fields }, plain)}\n`);
  };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

/** For tests and embedders that want silence. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === "bigint" ? value.toString() : value;
}
