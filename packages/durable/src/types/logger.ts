export type DurableLogLevel = "INFO" | "WARN" | "ERROR" | "DEBUG";

/** What a log line says about where in the execution it was written. */
export interface DurableLogData {
  requestId: string;
  executionArn: string;
  tenantId?: string;
  /** The innermost running operation. */
  operationId?: string;
  operationName?: string;
  /** 1 for the first attempt of a step. */
  attempt?: number;
  [key: string]: unknown;
}

/** Given to a custom logger so that it can add the execution to its lines. */
export interface DurableLoggingContext {
  getDurableLogData: () => DurableLogData;
}

/** What a custom logger has to offer. Powertools' Logger and `console` fit. */
export interface DurableLogger {
  // biome-ignore-start lint/suspicious/noExplicitAny: loggers take anything.
  log?(level: DurableLogLevel, ...params: any): void;
  error(...params: any): void;
  warn(...params: any): void;
  info(...params: any): void;
  debug(...params: any): void;
  // biome-ignore-end lint/suspicious/noExplicitAny: loggers take anything.
  configureDurableLoggingContext?(context: DurableLoggingContext): void;
}

/** The logger of a context: the configured one, silent while the handler replays what it did before. */
export type DurableContextLogger<Logger extends DurableLogger> = Pick<
  Logger,
  "log" | "warn" | "info" | "error" | "debug"
>;

export interface LoggerConfig<Logger extends DurableLogger> {
  /** @defaultValue JSON lines on stdout and stderr */
  customLogger?: Logger;
  /** Whether lines are left out while the handler replays. @defaultValue true */
  modeAware?: boolean;
}
