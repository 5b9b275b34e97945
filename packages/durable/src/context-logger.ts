import type { DurableContextLogger, DurableLogger } from "./types/logger.ts";

/** The logger a context shows: it passes on to `logger` what `shouldLog` lets through. */
export function contextLogger<L extends DurableLogger>(
  logger: L,
  shouldLog: () => boolean,
): DurableContextLogger<L> {
  const pass =
    (method: "debug" | "info" | "warn" | "error") =>
    (...params: unknown[]): void => {
      if (shouldLog()) logger[method](...params);
    };
  const shown: DurableLogger = {
    debug: pass("debug"),
    info: pass("info"),
    warn: pass("warn"),
    error: pass("error"),
  };
  if (logger.log) {
    shown.log = (level, ...params) => {
      if (shouldLog()) logger.log?.(level, ...params);
    };
  }
  return shown as DurableContextLogger<L>;
}
